// Could the seats fit at all? Counting is cheap and says no to most hopeless requests before anything is tried.
namespace Rdfe.Domain.Placement;

/// <summary>Compares the seats of each demand with the places that there are, were it alone.</summary>
internal static class Headcount
{
    /// <summary>False when some demand has more seats than places: then no order of placing can help.</summary>
    public static bool Fits(Attempt attempt) => attempt.Plans.TrueForAll(plan => Places(attempt, plan) >= plan.Demand.Seats.Length);

    // A fault domain offers what its nodes do, but never more than the group may have there.
    private static long Places(Attempt attempt, GroupPlan plan) => attempt.Search.Candidates(plan)
        .Where(n => WouldDo(plan, n))
        .GroupBy(n => n.Capacity.FaultDomain, n => PlacesOn(plan, n))
        .Sum(g => plan.Grouped
            ? Math.Min(g.Sum(), plan.MostPerFaultDomain - plan.MembersPerFaultDomain[g.Key])
            : g.Sum());

    private static bool WouldDo(GroupPlan plan, NodeSlot node) => plan.Demand.Seats
        .Select(s => s.UpdateDomain)
        .Distinct()
        .Any(ud => Judge.TurnsAway(plan, node.Shelf, node.Slot, ud) is null);

    private static long PlacesOn(GroupPlan plan, NodeSlot node)
    {
        if (plan.Demand.Isolated)
        {
            return 1;
        }

        var (free, needs) = (node.Free, plan.Needs);
        return Math.Min(
            Math.Min(Times(free.Cores, needs.Cores), Times(free.MemoryMib, needs.MemoryMib)),
            Math.Min(Times(free.LocalDiskGib, needs.LocalDiskGib), Times(free.NetworkMbps, needs.NetworkMbps)));
    }

    // What needs nothing fits any number of times; the cap keeps sums from overflowing.
    private static long Times(long free, long need) => need == 0 ? int.MaxValue : free / need;
}
