// Where do these instances go (P1, P2, P4)? The constraints say where they may, the preferences where they should; the
// best node for one seat after the other is found exactly. Three attempts, each only when the one before found no room:
//   1. seat by seat  large sizes first, each seat on its best node. Nearly every placement ends here.
//   2. compactly     update domain by update domain, and without the wish for evenness: a group that fits on few
// nodes only
//                    must not spend them on spreading further than P1 demands.
//   3. backtracking  tries every combination up to a number of looks; complete on small clusters (Backtracking.cs).
// When counting alone shows that the seats can't fit (too few places on the nodes that would do), 2 and 3 are left out.
namespace Rdfe.Domain.Placement;

/// <summary>Places the instances of a request on the nodes of a cluster: all of them, or none (P4).</summary>
public static class Allocator
{
    /// <summary>
    /// Finds a node for every seat of the request. The book is unchanged afterwards: the caller occupies the nodes once
    /// the placement is committed.
    /// </summary>
    /// <param name="capacity">The cluster's capacity book. Not changed, but not to be read by others meanwhile.</param>
    /// <param name="request">What to place. An instance that is in the book already is a bug and throws.</param>
    /// <param name="settings">Weights and limits.</param>
    /// <returns>The placement, or the constraint that bound; and always a report.</returns>
    public static PlacementResult Place(
        ClusterCapacity capacity, PlacementRequest request, PlacementSettings settings)
    {
        using var first = new Attempt(capacity, request, settings);
        var wishes = first.Wishes();
        if (wishes.Find(w => capacity.NodeOf(w.Seat.Instance) is not null) is { Seat: { } seated })
        {
            throw new InvalidOperationException($"{seated.Instance} has a node already.");
        }

        if (SeatBySeat(first, wishes) is not { } stuck)
        {
            return Answer(first, "seat by seat");
        }

        var noRoom = Explanation.Of(first, stuck);
        first.Dispose();
        if (!Headcount.Fits(first))
        {
            return Refuse("seat by seat");
        }

        // An update domain's instances may share a node, two update domains may not: so those that can share come
        // together.
        using var second = new Attempt(capacity, request, settings with { SpreadWiderWeight = 0 });
        if (SeatBySeat(second, ByUpdateDomain(second)) is null)
        {
            return Answer(second, "compactly");
        }

        second.Dispose();
        using var third = new Attempt(capacity, request, settings);
        return Backtracking.Seat(third, ByUpdateDomain(third))
            ? new(third.Answer(), null, new(request.Subject, "backtracking", [.. first.Reports]))
            : Refuse("backtracking");

        PlacementResult Answer(Attempt attempt, string name) =>
            new(attempt.Answer(), null, new(request.Subject, name, [.. attempt.Reports]));

        PlacementResult Refuse(string name) =>
            new(null, noRoom, new(request.Subject, name, [.. first.Reports]));
    }

    private static List<Wish> ByUpdateDomain(Attempt attempt) => attempt.Wishes()
        .OrderByDescending(w => w.Plan.Needs.Cores)
        .ThenBy(w => attempt.Plans.IndexOf(w.Plan))
        .ThenBy(w => w.Seat.UpdateDomain)
        .ToList();

    /// <summary>Seats them one after the other; returns the one that found no node, or null when all are
    /// seated.</summary>
    private static Wish? SeatBySeat(Attempt attempt, List<Wish> wishes)
    {
        var one = new Shortlist(1);
        var several = new Shortlist(Math.Max(1, attempt.Settings.BestNodes));
        GroupPlan? reported = null;
        foreach (var wish in wishes)
        {
            // The first seat of each group is explained; it is as good an example as any, and the rest stays fast.
            var list = wish.Plan == reported ? one : several;
            attempt.Search.Best(wish.Plan, wish.Seat.UpdateDomain, list);
            if (wish.Plan != reported || list.Count == 0)
            {
                reported = wish.Plan;
                Explanation.Report(attempt, wish, list);
            }

            if (list.Count == 0)
            {
                return wish;
            }

            attempt.Take(wish, list[0]);
            attempt.Judge.ComeNear(list[0].Capacity.FaultDomain);
        }

        return null;
    }
}
