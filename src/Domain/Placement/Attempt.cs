// One attempt to seat everybody: tentative occupation that is always taken back, whatever happens (P4).
using System.Runtime.InteropServices;

namespace Rdfe.Domain.Placement;

/// <summary>A seat with its plan, and its place in the request, which is the order of the answer.</summary>
internal readonly record struct Wish(GroupPlan Plan, Seat Seat, int Place);

/// <summary>Seats placed tentatively in the book.</summary>
internal sealed class Attempt : IDisposable
{
    private readonly List<(Wish Wish, NodeSlot Node)> taken = [];

    public Attempt(ClusterCapacity capacity, PlacementRequest request, PlacementSettings settings)
    {
        Capacity = capacity;
        Plans = GroupPlan.Of(capacity, request);
        Judge = new Judge(capacity, Plans, settings);
        Search = new Search(capacity, Judge);
        Settings = settings;
    }

    public ClusterCapacity Capacity { get; }

    public List<GroupPlan> Plans { get; }

    public Judge Judge { get; }

    public Search Search { get; }

    public PlacementSettings Settings { get; }

    public List<GroupReport> Reports { get; } = [];

    public bool HasTaken(NodeSlot node) => taken.Exists(t => t.Node == node);

    /// <summary>Every seat, large sizes first because they fit in fewer places; otherwise in the order of the
    /// request.</summary>
    public List<Wish> Wishes()
    {
        var wishes = new List<Wish>();
        foreach (var plan in Plans)
        {
            foreach (var seat in plan.Demand.Seats)
            {
                if (plan.Grouped && seat.UpdateDomain is < 0 or >= UpdateDomains.Most)
                {
                    throw new InvalidOperationException($"{seat.Instance} has update domain {seat.UpdateDomain}.");
                }

                wishes.Add(new Wish(plan, seat, wishes.Count));
            }
        }

        return Plans.Count == 1 ? wishes : wishes.OrderByDescending(w => w.Plan.Needs.Cores).ToList();
    }

    public void Take(Wish wish, NodeSlot node)
    {
        var (plan, ud) = (wish.Plan, wish.Seat.UpdateDomain);
        node.Take(plan.Needs, plan.Grouped, ud, plan.Demand.Isolated);
        taken.Add((wish, node));
        if (plan.Grouped)
        {
            plan.Tally.Add(node, ud);
        }
    }

    /// <summary>Takes back the last <see cref="Take"/>.</summary>
    public void GiveLast()
    {
        var (wish, node) = taken[^1];
        taken.RemoveAt(taken.Count - 1);
        node.Give(wish.Plan.Needs, wish.Plan.Grouped, wish.Seat.UpdateDomain, wish.Plan.Demand.Isolated);
        if (wish.Plan.Grouped)
        {
            wish.Plan.Tally.RemoveLast();
        }
    }

    /// <summary>What has been taken, as an answer in the order of the request.</summary>
    public Placement Answer()
    {
        var instances = new PlacedInstance[taken.Count];
        foreach (var (wish, node) in taken)
        {
            instances[wish.Place] = new(wish.Seat.Instance, node.Capacity.Id, node.Capacity.FaultDomain);
        }

        return new Placement(ImmutableCollectionsMarshal.AsImmutableArray(instances));
    }

    /// <summary>Leaves the book as it was before the attempt.</summary>
    public void Dispose()
    {
        while (taken.Count > 0)
        {
            GiveLast();
        }
    }
}
