// The best nodes for one instance, exactly, without looking at all of them. Each rack's score is bounded from above by
// its masks; racks are opened from the highest bound on, and only those that may still beat the best node found.
// The bound adds the same terms in the same order as the score does, so rounding can't make it too low.
using System.Numerics;
using Rdfe.Domain.Placement.Preferences;

namespace Rdfe.Domain.Placement;

/// <summary>Finds the nodes with the highest scores.</summary>
internal sealed class Search(ClusterCapacity capacity, Judge judge)
{
    private readonly double[] tightness = new double[Shelf.Steps];
    private double[] bounds = [];
    private ulong roomySteps;
    private (GroupPlan? Plan, Resources Largest) tightnessOf;

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
            // The same constraints as in Judge; family and fault domain hold for the whole rack and were checked before.
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
    // with the highest bound, or -1 when no rack can do.
    private int BoundLone(GroupPlan plan, Aisle aisle)
    {
        var near = judge.NearPoints;
        var inUse = judge.Settings.KeepsNodesEmptyWeight;
        var (used, empty) = (aisle.Used, aisle.Masks(Shelf.EmptyKey));
        var first = -1;
        for (var i = 0; i < aisle.Shelves.Count; i++)
        {
            var shelf = aisle.Shelves[i];
            var steps = PrepareTightness(plan, shelf);
            var bound = Math.Max(
                Bound(plan, shelf, Shelf.Keys, used[i] & steps, new(0.0, 0.0, 0.0, inUse, near[shelf.FaultDomain])),
                Bound(plan, shelf, Shelf.EmptyKey, empty[i] & steps, new(0.0, 0.0, 0.0, 0.0, near[shelf.FaultDomain])));
            first = Keep(i, bound, first);
        }

        return first;
    }

    private int BoundGrouped(GroupPlan plan, Aisle aisle, int updateDomain)
    {
        var settings = judge.Settings;
        var near = judge.NearPoints;
        var inUse = settings.KeepsNodesEmptyWeight;
        var weight = settings.SameUpdateDomainIndexWeight;
        var (own, none, empty, mixed, used) = (aisle.Masks(updateDomain), aisle.Masks(Shelf.NoUpdateDomainKey),
            aisle.Masks(Shelf.EmptyKey), aisle.Masks(Shelf.MixedKey), aisle.Used);

        var first = -1;
        for (var i = 0; i < aisle.Shelves.Count; i++)
        {
            var shelf = aisle.Shelves[i];
            var fd = shelf.FaultDomain;
            if (!Constraints.SpreadsFaultDomains.Allows(plan, fd))
            {
                bounds[i] = double.NegativeInfinity;
                continue;
            }

            var steps = PrepareTightness(plan, shelf);
            var spread = judge.SpreadPoints(plan, fd);
            var bound = Of(updateDomain, own[i], SameUpdateDomainIndex.Only, inUse);
            // Usually nothing else in a rack can match a node of the same index; then its other cells need no look.
            if (bound < weight * SameUpdateDomainIndex.None + spread + settings.PacksTightlyWeight + inUse + near[fd])
            {
                bound = Math.Max(bound, Of(Shelf.NoUpdateDomainKey, none[i], SameUpdateDomainIndex.None, inUse));
                bound = Math.Max(bound, Of(Shelf.EmptyKey, empty[i], SameUpdateDomainIndex.None, 0.0));
                bound = Math.Max(bound, Of(Shelf.MixedKey, mixed[i], SameUpdateDomainIndex.AmongOthers, inUse));
                bound = Math.Max(bound, Of(Shelf.Keys, used[i], SameUpdateDomainIndex.Other, inUse));
            }

            double Of(int key, ulong mask, double index, double use) =>
                Bound(plan, shelf, key, mask & steps, new(weight * index, spread, 0.0, use, near[fd]));

            first = Keep(i, bound, first);
        }

        return first;
    }

    private int Keep(int shelf, double bound, int first)
    {
        bounds[shelf] = bound;
        return bound > (first < 0 ? double.NegativeInfinity : bounds[first]) ? shelf : first;
    }

    /// <summary>At least the score of the best node in those steps of that key, given its points but for the fit.</summary>
    private double Bound(GroupPlan plan, Shelf shelf, int key, ulong steps, PreferenceScores points)
    {
        var best = double.NegativeInfinity;
        for (; steps != 0; steps &= steps - 1)
        {
            // From here on nothing fits more tightly than this, however much memory it keeps.
            var step = BitOperations.TrailingZeroCount(steps);
            if ((points with { PacksTightly = tightness[step] }).Total <= best)
            {
                break;
            }

            var memory = shelf.MostMemory(key, step);
            if (memory >= plan.Needs.MemoryMib)
            {
                var fit = judge.Settings.PacksTightlyWeight * PacksTightly.Most(
                    plan.Needs, Math.Max(plan.Needs.Cores, shelf.LeastCoresOf(step)), memory, shelf.Largest);
                best = Math.Max(best, (points with { PacksTightly = fit }).Total);
            }
        }

        return best;
    }

    // For each step of free cores, the points for the tightest fit that a node in it can give. Racks of one family
    // nearly always have equal nodes, so one table serves the whole demand. Returns the steps whose nodes may have room.
    private ulong PrepareTightness(GroupPlan plan, Shelf shelf)
    {
        if (tightnessOf.Plan == plan && tightnessOf.Largest == shelf.Largest)
        {
            return roomySteps;
        }

        tightnessOf = (plan, shelf.Largest);
        roomySteps = ulong.MaxValue << shelf.StepOf(plan.Needs.Cores);
        for (var step = 0; step < Shelf.Steps; step++)
        {
            var leastCores = Math.Max(plan.Needs.Cores, shelf.LeastCoresOf(step));
            tightness[step] = judge.Settings.PacksTightlyWeight
                * PacksTightly.Most(plan.Needs, leastCores, shelf.Largest.MemoryMib, shelf.Largest);
        }

        return roomySteps;
    }
}
