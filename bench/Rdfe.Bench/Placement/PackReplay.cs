// The first 2,000 VMs that came after the start of the trace and were deleted in it: all their events in order, through
// the placement code alone. Every node must end with the capacity that it began with.
using System.Diagnostics;
using Rdfe.Domain;
using Rdfe.Domain.Placement;

namespace Rdfe.Bench.Placement;

internal static class PackReplay
{
    /// <summary>Machines that are replayed.</summary>
    internal const int Vms = 2_000;
    private const int Nodes = 800;

    public static int Run(string[] args)
    {
        var events = Events(Trace.Read());
        foreach (var warm in new[] { true, false })
        {
            var capacity = PackBench.Cluster(Nodes);
            var before = Free(capacity);
            var clock = Stopwatch.StartNew();
            var refused = events.Count(e => !PackBench.Apply(capacity, e));
            var took = clock.Elapsed;
            if (refused > 0 || capacity.InstanceCount > 0 || capacity.CoresUsed != 0 || !Free(capacity).SequenceEqual(before))
            {
                Console.Error.WriteLine($"The books do not balance: {refused} refused, {capacity.InstanceCount} left behind.");
                return 1;
            }

            if (!warm)
            {
                Console.WriteLine(
                    $"{events.Count} events of {Vms} VMs on {Nodes} nodes: {took.TotalMilliseconds:0.0} ms, "
                    + $"{events.Count / took.TotalSeconds:0} events/s; every node ends as free as it began");
            }
        }

        return 0;
    }

    /// <summary>The events of those VMs, in the order of the trace.</summary>
    internal static List<TraceEvent> Events(List<TraceEvent> trace, int vms = Vms)
    {
        var deleted = trace.Where(e => !e.IsCreate).Select(e => e.Vm).ToHashSet(StringComparer.Ordinal);
        var chosen = trace
            .Where(e => e.IsCreate && e.TimeS > 0 && deleted.Contains(e.Vm))
            .Take(vms)
            .Select(e => e.Vm)
            .ToHashSet(StringComparer.Ordinal);
        return trace.Where(e => chosen.Contains(e.Vm)).ToList();
    }

    private static List<Resources> Free(ClusterCapacity capacity) =>
        capacity.Nodes.Select(n => capacity.FreeOf(n.Id)).ToList();
}
