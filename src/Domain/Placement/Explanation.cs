// The words and figures of a report: which nodes were best, which constraint bound (P4).
using System.Collections.Immutable;
using System.Globalization;

namespace Rdfe.Domain.Placement;

/// <summary>Turns what the search saw into reports.</summary>
internal static class Explanation
{
    /// <summary>Explains the choice for one seat, in the book as it stands before the seat is taken.</summary>
    public static void Report(Attempt attempt, Wish wish, Shortlist list)
    {
        var (plan, ud) = (wish.Plan, wish.Seat.UpdateDomain);
        var census = NodeCensus.Take(attempt.Capacity, plan, ud);
        var best = ImmutableArray.CreateBuilder<NodeScore>(list.Count);
        for (var place = 0; place < list.Count; place++)
        {
            var node = list[place];
            best.Add(new(node.Capacity.Id, node.Capacity.FaultDomain, attempt.Judge.Score(plan, node.Shelf, node.Slot, ud)));
        }

        attempt.Reports.Add(new(
            plan.Demand.Group, wish.Seat.Instance, census.Nodes, census.Eligible, census.TurnedAway, best.MoveToImmutable(),
            attempt.Settings.AllNodes ? [.. attempt.Capacity.Slots().Select(n => Verdict(attempt, wish, n))] : []));
    }

    /// <summary>Says which constraint bound for a seat that found no node.</summary>
    public static NoRoom Of(Attempt attempt, Wish stuck)
    {
        var (plan, ud) = (stuck.Plan, stuck.Seat.UpdateDomain);
        var bound = NodeCensus.Take(attempt.Capacity, plan, ud).Deepest;
        var nearest = attempt.Capacity.Slots()
            .Where(n => Judge.TurnsAway(plan, n.Shelf, n.Slot, ud) == bound)
            .ToList();
        var faultDomains = nearest.Select(n => n.Capacity.FaultDomain).Distinct().Count();
        long? bestFree = nearest.Count == 0 ? null : nearest.Max(n => n.Free.Cores);
        return new(bound, stuck.Seat.Instance, plan.Needs, bestFree, faultDomains,
            Sentence(attempt, stuck, bound, nearest, faultDomains));
    }

    private static NodeVerdict Verdict(Attempt attempt, Wish wish, NodeSlot node)
    {
        var turnedAway = Judge.TurnsAway(wish.Plan, node.Shelf, node.Slot, wish.Seat.UpdateDomain);
        return new(node.Capacity.Id, node.Capacity.FaultDomain, turnedAway, turnedAway is null
            ? attempt.Judge.Score(wish.Plan, node.Shelf, node.Slot, wish.Seat.UpdateDomain)
            : null);
    }

    private static string Sentence(
        Attempt attempt, Wish stuck, Constraint bound, List<NodeSlot> nearest, int faultDomains)
    {
        var plan = stuck.Plan;
        var who = $"{stuck.Seat.Instance} ({plan.Demand.Size.Name})";
        var nodes = $"{nearest.Count} {(nearest.Count == 1 ? "node" : "nodes")} in {faultDomains} fault domains";
        return bound switch
        {
            Constraint.SameHardware =>
                $"{who} needs hardware family {plan.Demand.Size.Family}; none of the {attempt.Capacity.NodeCount} nodes has it.",
            Constraint.NodeIsSchedulable =>
                $"{who} found {nodes} of family {plan.Demand.Size.Family}, none of them open for placements.",
            Constraint.DedicatedTo when plan.Demand.OnlyNode is { } only =>
                $"{who} may only go to node {only}, which is not its owner's or not empty.",
            Constraint.DedicatedTo when plan.Demand.Isolated =>
                $"{who} needs a whole node; none of the {nodes} is empty.",
            Constraint.DedicatedTo =>
                $"{who} runs on {plan.Demand.Owner ?? "shared nodes"}; the {nodes} are dedicated to others or shared.",
            Constraint.FitsNode => Short(plan, who, nearest, faultDomains),
            Constraint.SpreadsFaultDomains =>
                $"{who} would fit on {nodes}, each with {plan.MostPerFaultDomain} of its group already, the most that one "
                + "fault domain may host.",
            _ => $"{who} would fit on {nodes} that host another update domain of its group.",
        };
    }

    // Cores are named first, as they run out first; when cores would do, the resource that does not is named.
    private static string Short(GroupPlan plan, string who, List<NodeSlot> nearest, int faultDomains)
    {
        var needs = plan.Needs;
        var roomy = nearest.Where(n => n.Free.Cores >= needs.Cores).Select(n => n.Free).ToList();
        var (what, needed, best, unit) =
            roomy.Count == 0 ? ("cores", needs.Cores / 100.0, nearest.Max(n => n.Free.Cores) / 100.0, "cores")
            : roomy.Max(f => f.MemoryMib) < needs.MemoryMib
                ? ("memory", needs.MemoryMib, roomy.Max(f => f.MemoryMib), "MiB")
            : roomy.Max(f => f.LocalDiskGib) < needs.LocalDiskGib
                ? ("local disk", needs.LocalDiskGib, roomy.Max(f => f.LocalDiskGib), "GiB")
            : roomy.Max(f => f.NetworkMbps) < needs.NetworkMbps
                ? ("network", needs.NetworkMbps, roomy.Max(f => f.NetworkMbps), "Mbit/s")
            : ("cores, memory, disk and network together", needs.Cores / 100.0, roomy.Max(f => f.Cores) / 100.0, "cores");
        return string.Create(CultureInfo.InvariantCulture,
            $"{who} found too little {what}: needed {needed:0.##} {unit}, best node {best:0.##} free, in {faultDomains} fault domains.");
    }
}
