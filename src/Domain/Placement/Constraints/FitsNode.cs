namespace Rdfe.Domain.Placement.Constraints;

/// <summary>Cores, memory, local disk and network of the instance fit in what the node has free (P1).</summary>
internal static class FitsNode
{
    public static bool Allows(GroupPlan plan, Shelf shelf, int slot) => plan.Needs.FitsIn(shelf.Free[slot]);
}
