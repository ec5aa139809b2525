// One demand of a request while it is being placed, and the members of its group wherever they stand by now.
namespace Rdfe.Domain.Placement;

/// <summary>Where the members of a group stand: those of the book and those placed so far.</summary>
internal sealed class GroupTally(int faultDomains)
{
    public int[] PerFaultDomain { get; } = new int[faultDomains];

    public List<(NodeSlot Node, int UpdateDomain)> Members { get; } = [];

    /// <summary>The most members that a fault domain may host once the request is placed.</summary>
    public int MostPerFaultDomain { get; set; }

    /// <summary>Places among them that are kept for members which are moved live: they count where they stand, and not as members (M4).</summary>
    public int Arrivals { get; set; }

    public void Add(NodeSlot node, int updateDomain)
    {
        Members.Add((node, updateDomain));
        PerFaultDomain[node.Capacity.FaultDomain]++;
    }

    /// <summary>Takes back the last <see cref="Add"/>.</summary>
    public void RemoveLast()
    {
        PerFaultDomain[Members[^1].Node.Capacity.FaultDomain]--;
        Members.RemoveAt(Members.Count - 1);
    }
}

/// <summary>A demand with what the constraints and preferences need to judge a node quickly.</summary>
internal sealed class GroupPlan(GroupDemand demand, GroupTally tally)
{
    public GroupDemand Demand { get; } = demand;

    public Resources Needs { get; } = demand.Size.Needs;

    public bool Grouped { get; } = demand.Group is not null;

    public GroupTally Tally { get; } = tally;

    public int[] MembersPerFaultDomain { get; } = tally.PerFaultDomain;

    public int MostPerFaultDomain => Tally.MostPerFaultDomain;

    public List<(NodeSlot Node, int UpdateDomain)> Members => Tally.Members;

    /// <summary>True when any open node may do, so that the index answers; the rest is few nodes, or rare.</summary>
    public bool OnSharedNodes { get; } = demand is { Owner: null, Isolated: false, OnlyNode: null };

    /// <summary>
    /// The plans of a request. Demands with the same group share one tally: an availability set may have VMs of two
    /// sizes.
    /// </summary>
    public static List<GroupPlan> Of(ClusterCapacity capacity, PlacementRequest request)
    {
        var plans = new List<GroupPlan>(request.Groups.Length);
        foreach (var demand in request.Groups)
        {
            var known = demand.Group is null ? null : plans.Find(p => p.Demand.Group == demand.Group);
            plans.Add(new GroupPlan(demand, known?.Tally ?? TallyOf(capacity, demand)));
        }

        foreach (var plan in plans.Where(p => p.Grouped))
        {
            var ofGroup = plans.Where(p => p.Tally == plan.Tally).ToList();
            plan.Tally.MostPerFaultDomain = Constraints.SpreadsFaultDomains.MostPerFaultDomain(
                plan.Members.Count - plan.Tally.Arrivals + ofGroup.Sum(p => p.Demand.Seats.Length),
                ofGroup.Max(p => p.Demand.MinFaultDomains));
        }

        return plans;
    }

    private static GroupTally TallyOf(ClusterCapacity capacity, GroupDemand demand)
    {
        var tally = new GroupTally(capacity.FaultDomainCount);
        if (demand.Group is { } group)
        {
            foreach (var standing in capacity.StandingsOf(group))
            {
                tally.Add(standing.Slot, standing.Occupant.UpdateDomain);
                tally.Arrivals += standing.Occupant.IsArrival ? 1 : 0;
            }
        }

        return tally;
    }
}
