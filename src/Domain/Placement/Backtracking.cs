// The last attempt: try every combination, best nodes first, until all are seated or the looks are used up. On a small
// cluster this finds a placement whenever there is one; on a large one it gives up rather than hold the cluster's
// actor.
namespace Rdfe.Domain.Placement;

/// <summary>Exhaustive search with a limit.</summary>
internal static class Backtracking
{
    // Each seat takes one level of the stack.
    private const int MostSeats = 1_000;

    public static bool Seat(Attempt attempt, List<Wish> wishes)
    {
        var looks = attempt.Settings.BacktrackingLooks;
        return wishes.Count <= MostSeats && SeatFrom(attempt, wishes, 0, ref looks);
    }

    private static bool SeatFrom(Attempt attempt, List<Wish> wishes, int next, ref int looks)
    {
        if (next == wishes.Count)
        {
            return true;
        }

        var wish = wishes[next];
        var (plan, ud) = (wish.Plan, wish.Seat.UpdateDomain);
        var tried = new HashSet<(int FaultDomain, Resources Free)>();
        foreach (var node in BestFirst(attempt, plan, ud, ref looks))
        {
            // Nodes of one rack with equal room, untouched by this request and its groups, are as good as each other.
            var fresh = !attempt.HasTaken(node) && !attempt.Plans.Exists(p => p.Members.Exists(m => m.Node == node));
            if (fresh && !tried.Add((node.Capacity.FaultDomain, node.Free)))
            {
                continue;
            }

            attempt.Take(wish, node);
            if (SeatFrom(attempt, wishes, next + 1, ref looks))
            {
                return true;
            }

            attempt.GiveLast();
            if (looks <= 0)
            {
                return false;
            }
        }

        return false;
    }

    private static List<NodeSlot> BestFirst(Attempt attempt, GroupPlan plan, int updateDomain, ref int looks)
    {
        var scored = new List<(double Score, NodeSlot Node)>();
        foreach (var node in attempt.Search.Candidates(plan))
        {
            looks--;
            if (Judge.TurnsAway(plan, node.Shelf, node.Slot, updateDomain) is null)
            {
                scored.Add((attempt.Judge.Score(plan, node.Shelf, node.Slot, updateDomain).Total, node));
            }
        }

        return scored.OrderByDescending(s => s.Score).Select(s => s.Node).ToList();
    }
}
