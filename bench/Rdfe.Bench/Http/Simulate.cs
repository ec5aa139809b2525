// How fast does an idle fabric pass? One cluster of 1,000 nodes with machines that run and that nobody touches, and its
// clock moved on by 35 days.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using NodaTime;

namespace Rdfe.Bench.Http;

internal static class Simulate
{
    private const int Machines = 3_000;
    private const int Callers = 64;
    private const string Topology = """
        {
          "hardware": [ { "name": "general-16", "family": "general", "cores": 16, "memoryMib": 65536, "localDiskGib": 6000, "networkMbps": 10000 } ],
          "geos": [ { "name": "one", "regions": [
            { "name": "main", "pair": "spare", "clusters": [ { "name": "main-c1", "vipPool": "65.52.0.0/22", "dipPool": "10.1.0.0/16",
              "fabricController": { "replicas": 5 }, "racks": [ { "names": "r{01..20}", "nodes": 50, "hardware": "general-16" } ] } ] },
            { "name": "spare", "pair": "main", "clusters": [ { "name": "spare-c1", "vipPool": "65.53.0.0/28", "dipPool": "10.4.0.0/24",
              "fabricController": { "replicas": 1 }, "racks": [ { "name": "r01", "nodes": 2, "hardware": "general-16" } ] } ] } ] } ]
        }
        """;

    public static int Run(string[] args) => RunAsync().GetAwaiter().GetResult();

    private static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-bench-").FullName;
        var topology = Path.Combine(folder, "topology.json");
        await File.WriteAllTextAsync(topology, Topology);
        using var server = new BenchServer(topology, rate: 0, folder);
        var (tenant, http) = await server.TenantAsync();
        await Parallel.ForEachAsync(Enumerable.Range(0, Machines), new ParallelOptions { MaxDegreeOfParallelism = Callers }, async (i, _) =>
            await BenchServer.Sent(
                http.PutAsJsonAsync($"/subscriptions/{tenant}/virtualMachines/vm-{i}", new { region = "main", size = "Small", image = "ubuntu-24.04" }, CancellationToken.None),
                202));
        var clock = new BenchClock(server);
        var busy = Stopwatch.StartNew();
        var start = await clock.NowAsync();
        await clock.AdvanceToAsync(start + Duration.FromHours(2));
        busy.Stop();
        server.CheckBooks();
        var days = Duration.FromDays(35);
        var idle = Stopwatch.StartNew();
        var rounds = server.Rounds;
        await clock.AdvanceToAsync(start + Duration.FromHours(2) + days);
        var took = idle.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            {Machines} machines brought up on 1,000 nodes: {busy.Elapsed.TotalSeconds:0.0} s for two hours of fabric time
            35 days with all of them running and nothing asked: {took:0.000} s and {server.Rounds - rounds} rounds, {days.TotalSeconds / took:#,0} times real time
            """));
        return 0;
    }
}
