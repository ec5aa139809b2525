namespace Rdfe.Domain.Placement.Constraints;

/// <summary>A size runs on nodes of one hardware family only (P1).</summary>
internal static class SameHardware
{
    public static bool Allows(GroupPlan plan, Shelf shelf) => shelf.Family == plan.Demand.Size.Family;
}
