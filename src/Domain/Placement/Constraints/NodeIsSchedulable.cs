namespace Rdfe.Domain.Placement.Constraints;

/// <summary>Only nodes that are ready and not reserved for the fabric controller take new instances (P1, F1).</summary>
internal static class NodeIsSchedulable
{
    public static bool Allows(Shelf shelf, int slot) => shelf.State[slot] != NodeState.Unschedulable;
}
