// How fast does a rollout go (M1, M2, M5)? A cluster of 1,000 nodes and 5,500 role instances on a real store: every node is
// rebooted for a firmware update while one in a hundred fails, and the promise is looked at minute by minute.
using System.Diagnostics;
using System.Globalization;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Testing;

namespace Rdfe.Bench.Fabric;

internal static class RollOut
{
    private const int PerService = 10;
    private static readonly string[] Sizes = ["Small", "Medium", "Large"];
    private static readonly int[] UpdateDomains = [2, 3, 5, 10, 20];
    private static readonly ClusterId Cluster = new("north-c1");
    private static readonly Duration Longest = Duration.FromHours(48);

    private static readonly HostUpdate Firmware = new()
    {
        Name = "firmware",
        Component = MaintainedComponent.Firmware,
        Version = "8.0",
        NeedsHostReboot = true,
        LiveMigratable = false,
    };

    public static int Run(string[] args)
    {
        var inMemory = args.Contains("--memory");
        args = [.. args.Where(a => a != "--memory")];
        var racks = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20;
        var grain = args.Length > 1 ? Duration.FromSeconds(double.Parse(args[1], CultureInfo.InvariantCulture)) : Duration.FromSeconds(1);
        var (services, failing) = (racks * 550 / 20, Math.Max(1, racks / 2));
        var file = Path.GetTempFileName();
        File.WriteAllText(file, Heal.Topology.Replace("r{01..20}", $"r{{01..{racks:00}}}", StringComparison.Ordinal));
        using var town = FabricTown.Open(file, grain: grain);
        for (var service = 0; service < services; service++)
        {
            town.Deploy($"s{service}", PerService, Sizes[service % Sizes.Length], UpdateDomains[service % UpdateDomains.Length]);
        }

        // In steps: a town waits for an advance for three minutes, and a busy machine takes longer for an hour of this.
        for (var minutes = 0; minutes < 60; minutes += 5)
        {
            town.Advance(Duration.FromMinutes(5));
        }

        if (town.All<FabricInstance>().Count(i => i.IsHealthy) != services * PerService)
        {
            Console.Error.WriteLine("Not all instances came up.");
            return 1;
        }

        Begin(town);
        var faults = Faults(town, failing);
        // Twice in memory: the first run's code is compiled as it goes, as it is for whoever has just started the program.
        return !inMemory ? OnDisk(town, faults) : InMemory(town, faults, controller: 1) + InMemory(town, faults, controller: 2);
    }

    private static int OnDisk(FabricTown town, List<Fault> faults)
    {
        town.Hosts.SetFaults(faults);
        var (start, events, rounds) = (town.Clock.Now, town.All<EventRow>().Count, town.Engine.Rounds);
        var (real, busy, most) = (new Stopwatch(), TimeSpan.Zero, 0);
        while (Rollout(town).EndedAt is null)
        {
            if (town.Clock.Now - start > Longest || Rollout(town).Status == RolloutStatus.Paused)
            {
                Console.Error.WriteLine($"It does not end: {Rollout(town).Status} {Rollout(town).PausedBecause}");
                return 1;
            }

            var busyBefore = Process.GetCurrentProcess().TotalProcessorTime;
            real.Start();
            town.Advance(Duration.FromMinutes(10));
            real.Stop();
            busy += Process.GetCurrentProcess().TotalProcessorTime - busyBefore;
            var (nodes, instances) = (town.All<FabricNode>(), town.All<FabricInstance>());
            if (WhoBreaksThePromise(nodes, instances) is { } broken)
            {
                Console.Error.WriteLine(broken);
                return 1;
            }

            most = Math.Max(most, nodes.Count(n => n.Maintenance is not null));
        }

        Report(town.All<FabricNode>(), faults.Count, most, town.Clock.Now - start, real.Elapsed, busy, town.All<EventRow>().Count - events, town.Engine.Rounds - rounds);
        town.CheckBooks();
        return 0;
    }

    // From where the rollout has come to the cluster, without the store: the same decisions of the same hosts' reports.
    private static int InMemory(FabricTown town, List<Fault> faults, int controller)
    {
        // What is asked of it is there, and of the hosts as well, before they get another controller.
        town.Advance(Duration.Zero);
        using var cluster = new MemoryCluster(town, Cluster, faults, controller);
        var (start, real, busy, most) = (cluster.Clock.Now, new Stopwatch(), TimeSpan.Zero, 0);
        while (cluster.State.Rollout is { Stage: not ClusterStage.Done } r)
        {
            if (cluster.Clock.Now - start > Longest || r.Stage == ClusterStage.Stopped)
            {
                Console.Error.WriteLine($"It does not end: {r.Stage} {r.HeldBecause}");
                return 1;
            }

            var busyBefore = Process.GetCurrentProcess().TotalProcessorTime;
            real.Start();
            cluster.Advance(Duration.FromMinutes(10));
            real.Stop();
            busy += Process.GetCurrentProcess().TotalProcessorTime - busyBefore;
            if (WhoBreaksThePromise(cluster.State.Nodes.Values, cluster.State.Instances.Values) is { } broken)
            {
                Console.Error.WriteLine(broken);
                return 1;
            }

            most = Math.Max(most, cluster.State.Maintained.Count);
        }

        Report(cluster.State.Nodes.Values, faults.Count, most, cluster.Clock.Now - start, real.Elapsed, busy, cluster.Events, cluster.Rounds);
        return 0;
    }

    private static void Report(
        IEnumerable<FabricNode> nodes, int failed, int most, Duration fabric, TimeSpan real, TimeSpan busy, int events, long rounds)
    {
        var done = nodes.Count(n => n.Cluster == Cluster && Firmware.Versions.IsIn(n.Versions));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{done:#,0} nodes rebooted, {failed} failed meanwhile, at most {most} at a time: {fabric.TotalMinutes:0} min of the fabric's in {real.TotalSeconds:0.0} s ({busy.TotalSeconds:0.0} s of processors), {fabric.TotalSeconds / real.TotalSeconds:#,0} x real time"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{events:#,0} events, {events / real.TotalSeconds:#,0}/s; {rounds:#,0} rounds; no minute with two update domains down but for nodes that failed"));
    }

    private static void Begin(FabricTown town) => town.BeginRollout("r", Firmware, new RolloutSpec
    {
        HostUpdate = Firmware.Name,
        Clusters = [Cluster],
        Stages = [new RolloutStage("all", null, 1, Duration.Zero)],
        MaxConcurrentNodes = 1000,
        MaxFailures = 100,
        SelfService = Duration.Zero,
        Scheduled = Duration.Zero,
    });

    // One node in a hundred loses its power, one every ten minutes: what ran there heals elsewhere meanwhile.
    private static List<Fault> Faults(FabricTown town, int failing)
    {
        var nodes = town.All<FabricNode>().Where(n => n.Cluster == Cluster && !town.Catalogue.Topology.Find(n.Id)!.FcReserved)
            .OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList();
        return [.. Enumerable.Range(0, failing).Select(i => new Fault(
            $"f{i}", i + 1, FaultKind.PowerLoss, new FaultTarget(FaultScope.Node, nodes[i * nodes.Count / failing].Id.Value),
            town.Clock.Now + Duration.FromMinutes(10 * (i + 1)), null, new FaultParameters()))];
    }

    // Planned work alone: an instance that is down with a node under maintenance, while one of another update domain is too.
    private static string? WhoBreaksThePromise(IEnumerable<FabricNode> nodes, IEnumerable<FabricInstance> instances)
    {
        var maintained = nodes.Where(n => n.Maintenance is { Stage: MaintenanceStage.Working }).Select(n => n.Id).ToHashSet();
        var down = instances.Where(i => i.Group is not null && !i.IsHealthy && i.Node is { } n && maintained.Contains(n));
        return down.GroupBy(i => i.Group).FirstOrDefault(g => g.Select(i => i.UpdateDomain).Distinct().Count() > 1) is { } broken
            ? $"{broken.Key} has {string.Join(", ", broken.Select(i => $"{i.Name} on {i.Node}"))} down together."
            : null;
    }

    private static Rollout Rollout(FabricTown town) => StoreJson.Read<Rollout>(town.One<RolloutRow>(r => r.NameKey == "r").Json);
}
