namespace Rdfe.Domain.Placement.Preferences;

/// <summary>
/// Prefer nodes that host the same update domain index, whatever the service (P2). Nodes of one index can be rebooted
/// together, so a cluster whose nodes each host one index needs about as many rounds as there are update domains.
/// </summary>
internal static class SameUpdateDomainIndex
{
    /// <summary>The node hosts this index and no other.</summary>
    public const double Only = 1.0;

    /// <summary>It hosts no index yet: taking it costs a node that another index could have had.</summary>
    public const double None = 0.6;

    /// <summary>It is mixed already, and this index is among those it hosts: nothing gets worse.</summary>
    public const double AmongOthers = 0.3;

    /// <summary>It is mixed already and becomes more so.</summary>
    public const double MoreMixed = 0.1;

    /// <summary>It hosts another index alone, and would become mixed.</summary>
    public const double Other = 0.0;

    public static double Value(uint udMask, int updateDomain)
    {
        var own = 1u << updateDomain;
        return udMask == own ? Only
            : udMask == 0 ? None
            : (udMask & own) != 0 ? AmongOthers
            : (udMask & (udMask - 1)) != 0 ? MoreMixed
            : Other;
    }
}
