// May this instance go to that node, and how good would it be? The constraints and preferences, in their fixed order.
using Rdfe.Domain.Placement.Constraints;
using Rdfe.Domain.Placement.Preferences;

namespace Rdfe.Domain.Placement;

/// <summary>Applies every constraint (P1, P6) and every preference (P2) to one node.</summary>
internal sealed class Judge
{
    private readonly int[] racksAway;
    private readonly double[] nearPoints;

    public Judge(ClusterCapacity capacity, List<GroupPlan> plans, PlacementSettings settings)
    {
        Settings = settings;
        racksAway = new int[capacity.FaultDomainCount];
        nearPoints = new double[capacity.FaultDomainCount];
        Array.Fill(racksAway, int.MaxValue);
        foreach (var member in plans.SelectMany(p => p.Members))
        {
            ComeNear(member.Node.Capacity.FaultDomain);
        }
    }

    /// <summary>The weights in force.</summary>
    public PlacementSettings Settings { get; }

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
            nearPoints[shelf.FaultDomain]);

    public double SpreadPoints(GroupPlan plan, int faultDomain) =>
        plan.Grouped ? Settings.SpreadWiderWeight * SpreadWider.Value(plan.MembersPerFaultDomain[faultDomain]) : 0.0;

    /// <summary>For each fault domain, the points for being near the service.</summary>
    public double[] NearPoints => nearPoints;

    /// <summary>The service now has an instance in that rack.</summary>
    public void ComeNear(int faultDomain)
    {
        // Once a rack is nearer to another one of the service, so are all beyond it.
        for (var f = faultDomain; f < racksAway.Length && Nearer(f, f - faultDomain); f++)
        {
        }

        for (var f = faultDomain - 1; f >= 0 && Nearer(f, faultDomain - f); f--)
        {
        }
    }

    private bool Nearer(int faultDomain, int away)
    {
        if (racksAway[faultDomain] <= away)
        {
            return false;
        }

        racksAway[faultDomain] = away;
        nearPoints[faultDomain] = Settings.NearTheServiceWeight * NearTheService.Value(away);
        return true;
    }
}
