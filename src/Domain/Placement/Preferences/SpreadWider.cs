namespace Rdfe.Domain.Placement.Preferences;

/// <summary>
/// Prefer fault domains that host fewer of the group: a rack that fails then takes fewer than the half that P1 allows
/// (P1, P2). Minus one for each member that is there.
/// </summary>
internal static class SpreadWider
{
    public static double Value(int membersInFaultDomain) => -membersInFaultDomain;
}
