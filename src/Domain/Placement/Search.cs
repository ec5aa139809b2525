// The best nodes for one instance, exactly, without looking at all of them. Each rack's score is bounded from above by
// its masks; racks are opened from the highest bound on, and only those that may still beat the best node found.
// The bound adds the same terms in the same order as the score does, so rounding can't make it too low.
using Rdfe.Domain.Placement.Preferences;

namespace Rdfe.Domain.Placement;

/// <summary>Finds the nodes with the highest scores.</summary>
internal sealed class Search(ClusterCapacity capacity, Judge judge)
{
    private readonly double[] tightness = new double[Shelf.Steps];
    private double[] bounds = [];
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
            : capacity.ShelvesOf(plan.Demand.Size.Family).SelectMany(s => s.Nodes);
    }

    private void BestShared(GroupPlan plan, int updateDomain, Shortlist list)
    {
        var shelves = capacity.ShelvesOf(plan.Demand.Size.Family);
        if (bounds.Length < shelves.Count)
        {
            bounds = new double[shelves.Count];
        }

        var first = -1;
        for (var i = 0; i < shelves.Count; i++)
        {
            bounds[i] = Bound(plan, shelves[i], updateDomain);
            if (bounds[i] > double.NegativeInfinity && (first < 0 || bounds[i] > bounds[first]))
            {
                first = i;
            }
        }

        if (first < 0)
        {
            return;
        }

        Open(plan, shelves[first], updateDomain, list);
        for (var i = 0; i < shelves.Count; i++)
        {
            if (i != first && bounds[i] > list.ToBeat)
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

    /// <summary>At least the score of the rack's best node; minus infinity when none of its nodes can do.</summary>
    private double Bound(GroupPlan plan, Shelf shelf, int updateDomain)
    {
        var cores = plan.Needs.Cores;
        var empty = shelf.LowestStep(shelf.Mask(Shelf.EmptyKey), cores);
        var used = shelf.LowestStep(shelf.UsedMask, cores);
        if ((empty == Shelf.Steps && used == Shelf.Steps)
            || !Constraints.SpreadsFaultDomains.Allows(plan, shelf.FaultDomain))
        {
            return double.NegativeInfinity;
        }

        PrepareTightness(plan, shelf);
        var settings = judge.Settings;
        var spread = judge.SpreadPoints(plan, shelf.FaultDomain);
        var near = judge.NearPoints(shelf.FaultDomain);
        var inUse = settings.KeepsNodesEmptyWeight * KeepsNodesEmpty.Value(false);
        var best = double.NegativeInfinity;

        if (!plan.Grouped)
        {
            Raise(0.0, used, inUse);
            Raise(0.0, empty, 0.0);
            return best;
        }

        var weight = settings.SameUpdateDomainIndexWeight;
        var own = shelf.LowestStep(shelf.Mask(updateDomain), cores);
        Raise(weight * SameUpdateDomainIndex.Only, own, inUse);

        // Usually nothing else can match a node of the same index; then the other cells need no look.
        if (own < Shelf.Steps && tightness[own] + weight * (SameUpdateDomainIndex.Only - SameUpdateDomainIndex.None) > settings.PacksTightlyWeight)
        {
            return best;
        }

        var none = weight * SameUpdateDomainIndex.None;
        Raise(none, shelf.LowestStep(shelf.Mask(Shelf.NoUpdateDomainKey), cores), inUse);
        Raise(none, empty, 0.0);
        Raise(weight * SameUpdateDomainIndex.AmongOthers, shelf.LowestStep(shelf.Mask(Shelf.MixedKey), cores), inUse);
        Raise(weight * SameUpdateDomainIndex.Other, used, inUse);
        return best;

        void Raise(double index, int step, double use)
        {
            if (step < Shelf.Steps)
            {
                best = Math.Max(best, new PreferenceScores(index, spread, tightness[step], use, near).Total);
            }
        }
    }

    // For each step of free cores, the points for the tightest fit that a node in it can give. Racks of one family
    // nearly always have equal nodes, so one table serves the whole demand.
    private void PrepareTightness(GroupPlan plan, Shelf shelf)
    {
        if (tightnessOf == (plan, shelf.Largest))
        {
            return;
        }

        tightnessOf = (plan, shelf.Largest);
        for (var step = 0; step < Shelf.Steps; step++)
        {
            var leastCores = Math.Max(plan.Needs.Cores, shelf.LeastCoresOf(step));
            tightness[step] = judge.Settings.PacksTightlyWeight
                * PacksTightly.Most(plan.Needs, leastCores, shelf.Largest);
        }
    }
}
