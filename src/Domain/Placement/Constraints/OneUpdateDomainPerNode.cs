namespace Rdfe.Domain.Placement.Constraints;

/// <summary>
/// A node never hosts two update domains of one group: rebooting that one node would take both offline at the same
/// time,
/// which the promise forbids (M1), so no plan for its maintenance could exist.
/// </summary>
internal static class OneUpdateDomainPerNode
{
    public static bool Allows(GroupPlan plan, Shelf shelf, int slot, int updateDomain)
    {
        // Most fault domains host none of the group, and most nodes host no other update domain: neither needs the
        // list.
        if (!plan.Grouped
            || plan.MembersPerFaultDomain[shelf.FaultDomain] == 0
            || (shelf.UdMask[slot] & ~(1u << updateDomain)) == 0)
        {
            return true;
        }

        var node = shelf.Nodes[slot];
        foreach (var member in plan.Members)
        {
            if (member.Node == node && member.UpdateDomain != updateDomain)
            {
                return false;
            }
        }

        return true;
    }
}
