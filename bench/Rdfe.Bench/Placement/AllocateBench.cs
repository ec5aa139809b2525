// Instances placed a second: fill an empty cluster to 85 % of its cores, then churn (a service goes, another comes).
// Reports are on, as in production; committing the placement to the book is part of the time.
using System.Diagnostics;
using Rdfe.Domain;
using Rdfe.Domain.Placement;

namespace Rdfe.Bench.Placement;

internal static class AllocateBench
{
    private const double Fill = 0.85;

    private readonly record struct Phase(int Instances, TimeSpan Took)
    {
        public double PerSecond => Instances / Took.TotalSeconds;
    }

    public static int Run(string[] args)
    {
        var runs = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 3;
        Console.WriteLine("warming up");
        for (var i = 0; i < 6; i++)
        {
            Measure(1_000, 1, indexed: true);
            Measure(100, 1, indexed: false);
        }

        Console.WriteLine($"median of {runs} runs; fill to {Fill:P0}, then churn");
        Console.WriteLine("| nodes | allocator | fill: instances/s | churn: instances/s | nodes with one update domain | bytes per instance |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var small = Row(1_000, runs, indexed: true);
        var large = Row(10_000, runs, indexed: true);
        var naive = Row(1_000, 1, indexed: false);
        Console.WriteLine($"10,000 nodes beside 1,000: {small.Fill / large.Fill:0.00} times slower per instance in fill, {small.Churn / large.Churn:0.00} in churn");
        Console.WriteLine($"beside the full scan at 1,000 nodes: {small.Fill / naive.Fill:0.0} times faster in fill, {small.Churn / naive.Churn:0.0} in churn");
        return 0;
    }

    private static (double Fill, double Churn) Row(int nodes, int runs, bool indexed)
    {
        var all = Enumerable.Range(1, runs).Select(r => Measure(nodes, (ulong)r, indexed)).ToList();
        var fill = all.Select(a => a.Fill.PerSecond).Order().ElementAt(runs / 2);
        var churn = all.Select(a => a.Churn.PerSecond).Order().ElementAt(runs / 2);
        Console.WriteLine($"| {nodes:N0} | {(indexed ? "ours" : "full scan")} | {fill:N0} | {churn:N0} | {all[0].Pure:P1} | {all[0].Bytes:N0} |");
        return (fill, churn);
    }

    private static (Phase Fill, Phase Churn, double Pure, double Bytes) Measure(int nodes, ulong seed, bool indexed)
    {
        var town = new Town(seed);
        var capacity = Town.Cluster(nodes);
        var scan = new FullScan(capacity);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var alive = new List<PlacementRequest>();

        // Requests are made before the clock starts: only placing them is measured.
        var waiting = new Queue<PlacementRequest>(Enumerable.Range(0, nodes / 2 + 1_000).Select(_ => town.NextService()));
        GC.Collect();
        var count = 0;
        var clock = Stopwatch.StartNew();
        while (capacity.CoresUsed < Fill * capacity.CoresAllocatable && waiting.Count > 0)
        {
            count += PlaceNext();
        }

        var fill = new Phase(count, clock.Elapsed);
        var churned = 0;
        var turns = Math.Min(1_000, waiting.Count);
        clock.Restart();
        for (var turn = 0; turn < turns; turn++)
        {
            var goes = (int)(alive.Count * Draw.Unit(seed, "churn", "goes", turn));
            foreach (var seat in alive[goes].Groups[0].Seats)
            {
                capacity.Release(seat.Instance);
            }

            alive.RemoveAt(goes);
            churned += PlaceNext();
        }

        var churn = new Phase(churned, clock.Elapsed);
        waiting.Clear();
        alive.Clear();
        var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / (double)Math.Max(1, capacity.InstanceCount);
        var busy = capacity.Nodes.Where(n => capacity.On(n.Id).Any()).ToList();
        var pure = busy.Count(n => capacity.On(n.Id).Select(o => o.UpdateDomain).Distinct().Count() == 1);
        GC.KeepAlive(capacity);
        return (fill, churn, (double)pure / busy.Count, bytes);

        int PlaceNext()
        {
            var request = waiting.Dequeue();
            var placement = indexed
                ? Allocator.Place(capacity, request, PlacementSettings.Default).Placement
                : scan.Place(request);
            if (placement is null)
            {
                return 0;
            }

            Town.Occupy(capacity, request, placement);
            alive.Add(request);
            return placement.Instances.Length;
        }
    }
}
