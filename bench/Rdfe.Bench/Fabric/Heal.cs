// What does health cost (H1)? A cluster of 1,000 nodes and 10,000 role instances, on a real store: first left alone at real
// time, then one of its racks loses its power and everything that ran there is healed.
using System.Diagnostics;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;

namespace Rdfe.Bench.Fabric;

internal static class Heal
{
    private const int Services = 1_000;
    private const int PerService = 10;
    private const int Seconds = 20;
    internal const string Topology = """
        {
          "hardware": [ { "name": "general-16", "family": "general", "cores": 16, "memoryMib": 65536, "localDiskGib": 6000, "networkMbps": 10000 } ],
          "geos": [ { "name": "one", "regions": [
            { "name": "north", "pair": "spare", "clusters": [ { "name": "north-c1", "vipPool": "65.52.0.0/21", "dipPool": "10.1.0.0/16",
              "fabricController": { "replicas": 5 }, "racks": [ { "names": "r{01..20}", "nodes": 50, "hardware": "general-16" } ] } ] },
            { "name": "spare", "pair": "north", "clusters": [ { "name": "spare-c1", "vipPool": "65.53.0.0/28", "dipPool": "10.4.0.0/24",
              "fabricController": { "replicas": 1 }, "racks": [ { "name": "r01", "nodes": 2, "hardware": "general-16" } ] } ] } ] } ]
        }
        """;

    public static int Run(string[] args)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, Topology);
        using var town = FabricTown.Open(file, real: TimeProvider.System);
        var all = Stopwatch.StartNew();
        for (var service = 0; service < Services; service++)
        {
            town.Deploy($"s{service}", PerService);
        }

        Until(town, () => town.All<FabricInstance>() is var i && i.Count == Services * PerService && i.TrueForAll(x => x.IsHealthy));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Services * PerService:#,0} instances brought up on 1,000 nodes in {all.Elapsed.TotalSeconds:0.0} s"));

        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        Task.Delay(TimeSpan.FromSeconds(Seconds), TimeProvider.System).GetAwaiter().GetResult();
        self.Refresh();
        var used = (self.TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"left alone for {Seconds} s at rate 1: {used:0.000} s of one core, {100 * used / Seconds:0.00} %"));

        var rack = town.Catalogue.Topology.Find(new Domain.ClusterId("north-c1"))!.Racks[10];
        var there = rack.Nodes.Select(n => n.Id).ToHashSet();
        var before = town.All<FabricInstance>().Count(i => i.Node is { } n && there.Contains(n));
        var events = town.All<EventRow>().Count;
        town.Hosts.SetFaults([new Fault(
            "power", 1, FaultKind.PowerLoss, new FaultTarget(FaultScope.Rack, rack.Id.Value), town.Clock.Now, null, new FaultParameters())]);
        var start = town.Clock.Now;
        var rounds = town.Engine.Rounds;
        var heal = Stopwatch.StartNew();
        var healed = TimeSpan.Zero;
        for (var minute = 0; minute < 90; minute += 5)
        {
            town.Advance(Duration.FromMinutes(5));
            // Looking at it is not a part of healing.
            heal.Stop();
            var now = town.All<FabricInstance>();
            if (minute > 0 && now.TrueForAll(i => i.IsHealthy && !there.Contains(i.Node!.Value)))
            {
                healed = heal.Elapsed;
                break;
            }

            heal.Start();
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"a rack of {there.Count} nodes with {before} instances lost and healed: {healed.TotalSeconds:0.00} s of real time for {(town.Clock.Now - start).TotalMinutes:0} min of the fabric's, {town.Engine.Rounds - rounds:#,0} rounds, {town.All<EventRow>().Count - events:#,0} events"));
        town.CheckBooks();
        File.Delete(file);
        return healed == TimeSpan.Zero ? 1 : 0;
    }

    private static void Until(FabricTown town, Func<bool> done)
    {
        for (var i = 0; i < 60; i++)
        {
            town.Advance(Duration.FromMinutes(10));
            if (done())
            {
                return;
            }
        }

        throw new InvalidOperationException("The town was not brought up.");
    }
}
