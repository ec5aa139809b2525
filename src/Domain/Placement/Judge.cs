// May this instance go to that node, and how good would it be? The constraints and preferences, in their fixed order.
using Rdfe.Domain.Placement.Constraints;
using Rdfe.Domain.Placement.Preferences;

namespace Rdfe.Domain.Placement;

/// <summary>Applies every constraint (P1, P6) and every preference (P2) to one node.</summary>
internal sealed class Judge
{
    private readonly int[] racksAway;

    public Judge(ClusterCapacity capacity, List<GroupPlan> plans, PlacementSettings settings)
    {
        Settings = settings;
        racksAway = new int[capacity.FaultDomainCount];
        Array.Fill(racksAway, int.MaxValue);
        foreach (var member in plans.SelectMany(p => p.Members))
        {
            ComeNear(member.Node.Capacity.FaultDomain);
        }
    }

    /// <summary>The weights in force.</summary>
    public PlacementSettings Settings { get; set; }

    /// <summary>The first constraint that turns the node away; null when it would do.</summary>
    public static Constraint? TurnsAway(GroupPlan plan, Shelf shelf, int slot, int updateDomain) =>
        !SameHardware.Allows(plan, shelf) ? Constraint.SameHardware
        : !NodeIsSchedulable.Allows(shelf, slot) ? Constraint.NodeIsSchedulable
        : !DedicatedTo.Allows(plan, shelf, slot) ? Constraint.DedicatedTo
        : !FitsNode.Allows(plan, shelf, slot) ? Constraint.FitsNode
        : !SpreadsFaultDomains.Allows(plan, shelf.FaultDomain) ? Constraint.SpreadsFaultDomains
        : !OneUpdateDomainPerNode.Allows(plan, shelf, slot, updateDomain) ? Constraint.OneUpdateDomainPerNode
        : null;

    /// <summary>The points of a node that would do.</summary>
    public PreferenceScores Score(GroupPlan plan, Shelf shelf, int slot, int updateDomain) =>
        new(
            plan.Grouped
                ? Settings.SameUpdateDomainIndexWeight * SameUpdateDomainIndex.Value(shelf.UdMask[slot], updateDomain)
                : 0.0,
            SpreadPoints(plan, shelf.FaultDomain),
            Settings.PacksTightlyWeight * PacksTightly.Value(plan.Needs, shelf.Free[slot], shelf.Largest),
            Settings.KeepsNodesEmptyWeight * KeepsNodesEmpty.Value(shelf.Key[slot] == Shelf.EmptyKey),
            NearPoints(shelf.FaultDomain));

    public double SpreadPoints(GroupPlan plan, int faultDomain) =>
        plan.Grouped ? Settings.SpreadWiderWeight * SpreadWider.Value(plan.MembersPerFaultDomain[faultDomain]) : 0.0;

    public double NearPoints(int faultDomain) =>
        Settings.NearTheServiceWeight * NearTheService.Value(racksAway[faultDomain]);

    /// <summary>The service now has an instance in that rack.</summary>
    public void ComeNear(int faultDomain)
    {
        if (racksAway[faultDomain] == 0)
        {
            return;
        }

        for (var f = 0; f < racksAway.Length; f++)
        {
            racksAway[f] = Math.Min(racksAway[f], Math.Abs(f - faultDomain));
        }
    }
}
