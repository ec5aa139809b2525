namespace Rdfe.Domain.Placement.Preferences;

/// <summary>
/// Prefer racks near those that host the rest of the service, for the sake of the network between them (P2). Racks with
/// neighbouring indices are taken to be neighbours. It never outweighs a wider spread: it is worth less than one
/// member.
/// </summary>
internal static class NearTheService
{
    /// <summary>1 in the same rack, ½ next door, and so on. Asked once the service has a rack; before that no rack is near.</summary>
    public static double Value(int racksAway) => 1.0 / (1 + racksAway);
}
