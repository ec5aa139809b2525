// The best nodes for one instance, exactly, without looking at all of them. Each rack's score is bounded from above by
// its masks; racks are opened from the highest bound on, and only those that may still beat the best node found.
// The bound adds the same terms in the same order as the score does, so rounding can't make it too low.
using System.Numerics;
using Rdfe.Domain.Placement.Preferences;

namespace Rdfe.Domain.Placement;

/// <summary>Finds the nodes with the highest scores.</summary>
internal sealed class Search(ClusterCapacity capacity, Judge judge)
{
    private readonly double[] tightness = new double[Shelf.Steps + 1];
    private double[] bounds = [];
    private ulong roomySteps;
    private (GroupPlan? Plan, int Version) tightnessOf;

    /// <summary>Puts the best nodes for an instance of that update domain on the list.</summary>
    public void Best(GroupPlan plan, int updateDomain, Shortlist list)
    {
        list.Clear();
        if (plan.OnSharedNodes)
        {
            BestShared(plan, updateDomain, list);
            return;
        }

        foreach (var node in Candidates(plan))
        {
            if (Judge.TurnsAway(plan, node.Shelf, node.Slot, updateDomain) is null)
            {
                OfferIfBetter(plan, node.Shelf, node.Slot, updateDomain, list);
            }
        }
    }

    /// <summary>Every node that the demand could possibly mean, whether it fits or not.</summary>
    public IEnumerable<NodeSlot> Candidates(GroupPlan plan)
    {
        if (plan.Demand.OnlyNode is { } only)
        {
            return capacity.TryGetSlot(only, out var node) ? [node] : [];
        }

        return plan.Demand.Owner is { } owner
            ? capacity.HostsOf(owner)
            : capacity.AisleOf(plan.Demand.Size.Family).Shelves.SelectMany(s => s.Nodes);
    }

    private void BestShared(GroupPlan plan, int updateDomain, Shortlist list)
    {
        var aisle = capacity.AisleOf(plan.Demand.Size.Family);
        var shelves = aisle.Shelves;
        if (bounds.Length < shelves.Count)
        {
            bounds = new double[shelves.Count];
        }

        var first = plan.Grouped ? BoundGrouped(plan, aisle, updateDomain) : BoundLone(plan, aisle);
        if (first < 0)
        {
            return;
        }

        Open(plan, shelves[first], updateDomain, list);
        for (var i = 0; i < shelves.Count; i++)
        {
            if (bounds[i] > list.ToBeat && i != first)
            {
                Open(plan, shelves[i], updateDomain, list);
            }
        }
    }

    private void Open(GroupPlan plan, Shelf shelf, int updateDomain, Shortlist list)
    {
        var free = shelf.Free;
        for (var slot = 0; slot < shelf.Nodes.Count; slot++)
        {
            // The same constraints as in Judge; family and fault domain hold for the whole rack and were checked
            // before.
            if (shelf.State[slot] == NodeState.Open
                && plan.Needs.FitsIn(free[slot])
                && Constraints.OneUpdateDomainPerNode.Allows(plan, shelf, slot, updateDomain))
            {
                OfferIfBetter(plan, shelf, slot, updateDomain, list);
            }
        }
    }

    private void OfferIfBetter(GroupPlan plan, Shelf shelf, int slot, int updateDomain, Shortlist list)
    {
        var score = judge.Score(plan, shelf, slot, updateDomain).Total;
        if (score > list.ToBeat)
        {
            list.Offer(score, shelf.Nodes[slot]);
        }
    }

    // Both bound every rack: at least the score of its best node, minus infinity when none can do. They return the rack
    // with the highest bound, or -1 when no rack can do. They run once for each seat over all racks, so they add plain
    // numbers; the order of the terms is that of PreferenceScores.Total.
    private int BoundLone(GroupPlan plan, Aisle aisle)
    {
        var steps = PrepareTightness(plan, aisle);
        var near = judge.NearPoints;
        var inUse = judge.Settings.KeepsNodesEmptyWeight;
        var (used, empty) = (aisle.Used, aisle.Masks(Shelf.EmptyKey));
        var first = -1;
        var highest = double.NegativeInfinity;
        for (var i = 0; i < used.Length; i++)
        {
            var here = near[aisle.FaultDomains[i]];
            var bound = Math.Max(
                tightness[BitOperations.TrailingZeroCount(used[i] & steps)] + inUse + here,
                tightness[BitOperations.TrailingZeroCount(empty[i] & steps)] + 0.0 + here);
            bounds[i] = bound;
            (first, highest) = bound > highest ? (i, bound) : (first, highest);
        }

        return first;
    }

    private int BoundGrouped(GroupPlan plan, Aisle aisle, int updateDomain)
    {
        var steps = PrepareTightness(plan, aisle);
        var settings = judge.Settings;
        var near = judge.NearPoints;
        var inUse = settings.KeepsNodesEmptyWeight;
        var weight = settings.SameUpdateDomainIndexWeight;
        var (only, none, among, other) = (weight * SameUpdateDomainIndex.Only, weight * SameUpdateDomainIndex.None,
            weight * SameUpdateDomainIndex.AmongOthers, weight * SameUpdateDomainIndex.Other);
        var (own, free, empty, mixed, used) = (aisle.Masks(updateDomain), aisle.Masks(Shelf.NoUpdateDomainKey),
            aisle.Masks(Shelf.EmptyKey), aisle.Masks(Shelf.MixedKey), aisle.Used);
        var (members, tight, faultDomains) = (plan.MembersPerFaultDomain, settings.PacksTightlyWeight, aisle.FaultDomains);
        var spreadWeight = settings.SpreadWiderWeight;
        var first = -1;
        var highest = double.NegativeInfinity;
        for (var i = 0; i < own.Length; i++)
        {
            var fd = faultDomains[i];
            var (spread, here) = (spreadWeight * SpreadWider.Value(members[fd]), near[fd]);
            var bound = double.NegativeInfinity;
            if (Constraints.SpreadsFaultDomains.Allows(plan, fd))
            {
                bound = only + spread + tightness[BitOperations.TrailingZeroCount(own[i] & steps)] + inUse + here;

                // Usually nothing else in a rack can match a node of the same index; then its other cells need no look.
                if (bound < none + spread + tight + inUse + here)
                {
                    bound = Math.Max(bound, none + spread + Fit(free[i]) + inUse + here);
                    bound = Math.Max(bound, none + spread + Fit(empty[i]) + 0.0 + here);
                    bound = Math.Max(bound, among + spread + Fit(mixed[i]) + inUse + here);
                    bound = Math.Max(bound, other + spread + Fit(used[i]) + inUse + here);
                }
            }

            bounds[i] = bound;
            (first, highest) = bound > highest ? (i, bound) : (first, highest);
        }

        return first;

        double Fit(ulong mask) => tightness[BitOperations.TrailingZeroCount(mask & steps)];
    }

    // For each step of free cores, the most points for a tight fit that a node in it or in a higher one can get; minus
    // infinity for step 64, which stands for no node at all. Returns the steps whose nodes may have room.
    private ulong PrepareTightness(GroupPlan plan, Aisle aisle)
    {
        if (tightnessOf != (plan, aisle.Version))
        {
            tightnessOf = (plan, aisle.Version);
            roomySteps = ulong.MaxValue << aisle.StepOf(plan.Needs.Cores);
            tightness[Shelf.Steps] = double.NegativeInfinity;
            for (var step = Shelf.Steps - 1; step >= 0; step--)
            {
                // A step in which no node ever was has nothing to give.
                tightness[step] = tightness[step + 1];
                if (aisle.LeastCoresOf(step) != long.MaxValue)
                {
                    var leastCores = Math.Max(plan.Needs.Cores, aisle.LeastCoresOf(step));
                    var fit = PacksTightly.Most(plan.Needs, leastCores, aisle.MostMemory(step), aisle.Largest);
                    tightness[step] = Math.Max(tightness[step], judge.Settings.PacksTightlyWeight * fit);
                }
            }
        }

        return roomySteps;
    }
}
