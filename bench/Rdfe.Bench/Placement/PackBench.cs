// How many nodes does the real trace need? The production allocator with its production settings, VM by VM as each
// comes,
// knowing no lifetimes; beside it best fit on cores and first fit, on the same events.
using System.Diagnostics;
using Rdfe.Domain;
using Rdfe.Domain.Placement;

namespace Rdfe.Bench.Placement;

internal static class PackBench
{
    public static int Run(string[] args)
    {
        var trace = Trace.Read();
        var demand = PeakCores(trace);
        var bound = (int)((demand + Trace.Node.Cores - 1) / Trace.Node.Cores);
        Console.WriteLine($"{trace.Count(e => e.IsCreate)} creates; peak demand {demand / 100.0:0} cores; no cluster below {bound} nodes can do");
        Console.WriteLine("| policy | smallest cluster without rejection | 10 more nodes in a row also do | time of one run |");
        Console.WriteLine("|---|---|---|---|");
        Measure("ours", bound, n => ServesAll(trace, n));
        Measure("best fit on cores", bound, n => Simple(trace, n, bestFit: true));
        Measure("first fit", bound, n => Simple(trace, n, bestFit: false));
        return 0;
    }

    public static ClusterCapacity Cluster(int nodes)
    {
        var capacity = new ClusterCapacity(new ClusterId("trace"));
        for (var i = 0; i < nodes; i++)
        {
            capacity.AddNode(new(new NodeId($"n{i}"), new RackId($"r{i / 40}"), i / 40, "any", Trace.Node), schedulable: true);
        }

        return capacity;
    }

    /// <summary>Places or releases one VM of the trace; false when there was no room.</summary>
    public static bool Apply(ClusterCapacity capacity, TraceEvent e)
    {
        var id = new InstanceId(e.Vm);
        if (!e.IsCreate)
        {
            return capacity.Release(id);
        }

        var demand = new GroupDemand(null, new VmSize("any", "any", e.Needs), 0, [new Seat(id, 0)]);
        var result = Allocator.Place(capacity, new PlacementRequest(e.Vm, [demand]), PlacementSettings.Default);
        if (result.Placement is not { } placement)
        {
            return false;
        }

        capacity.Occupy(placement.Instances[0].Node, new Occupant(id, null, 0, e.Needs, null, false));
        return true;
    }

    private static bool ServesAll(List<TraceEvent> trace, int nodes)
    {
        var capacity = Cluster(nodes);
        return trace.TrueForAll(e => Apply(capacity, e));
    }

    // More nodes are no guarantee for fewer rejections, so that the answer of the binary search is checked upwards.
    private static void Measure(string name, int bound, Func<int, bool> serves)
    {
        var (low, high) = (bound, bound + 64);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = serves(middle) ? (low, middle) : (middle + 1, high);
        }

        var clock = Stopwatch.StartNew();
        serves(low);
        var took = clock.Elapsed;
        var steady = Enumerable.Range(low + 1, 10).All(serves);
        Console.WriteLine($"| {name} | {low} | {(steady ? "yes" : "no")} | {took.TotalSeconds:0.00} s |");
    }

    private static bool Simple(List<TraceEvent> trace, int nodes, bool bestFit)
    {
        var free = new Resources[nodes];
        Array.Fill(free, Trace.Node);
        var at = new Dictionary<string, (int Node, Resources Needs)>(StringComparer.Ordinal);
        foreach (var e in trace)
        {
            if (!e.IsCreate)
            {
                at.Remove(e.Vm, out var was);
                free[was.Node] += was.Needs;
                continue;
            }

            var best = -1;
            for (var n = 0; n < nodes; n++)
            {
                if (e.Needs.FitsIn(free[n]) && (best < 0 || (bestFit && free[n].Cores < free[best].Cores)))
                {
                    best = n;
                    if (!bestFit)
                    {
                        break;
                    }
                }
            }

            if (best < 0)
            {
                return false;
            }

            free[best] -= e.Needs;
            at[e.Vm] = (best, e.Needs);
        }

        return true;
    }

    private static long PeakCores(List<TraceEvent> trace)
    {
        var (now, peak) = (0L, 0L);
        var cores = trace.Where(e => e.IsCreate).ToDictionary(e => e.Vm, e => e.Needs.Cores, StringComparer.Ordinal);
        foreach (var e in trace)
        {
            now += e.IsCreate ? cores[e.Vm] : -cores[e.Vm];
            peak = Math.Max(peak, now);
        }

        return peak;
    }
}
