namespace Rdfe.Domain.Placement.Constraints;

/// <summary>
/// A dedicated host takes its owner's instances only, and they go nowhere else; an isolated instance needs an empty
/// node,
/// which is then closed to everybody (P6). A node asked for by name is the only one that will do.
/// </summary>
internal static class DedicatedTo
{
    public static bool Allows(GroupPlan plan, Shelf shelf, int slot)
    {
        var demand = plan.Demand;

        // The common case touches one byte: an open node has no owner, and nobody holds it whole.
        if (shelf.State[slot] == NodeState.Open && demand is { Owner: null, Isolated: false, OnlyNode: null })
        {
            return true;
        }

        var node = shelf.Nodes[slot];
        return node.Owner == demand.Owner
            && !node.TakenWhole
            && (!demand.Isolated || node.IsEmpty)
            && (demand.OnlyNode is not { } only || only == node.Capacity.Id);
    }
}
