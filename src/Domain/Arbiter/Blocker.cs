// "Why is it waiting?" as data: everything that waits says for what, since when, and what would end the wait.
using NodaTime;

namespace Rdfe.Domain.Arbiter;

/// <summary>What something waits for.</summary>
/// <param name="Code">Stable code, see <see cref="BlockerCodes"/>.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Resource">What blocks: an instance, a node, the cluster.</param>
/// <param name="Detail">One sentence with figures.</param>
/// <param name="UnblockedBy">What would end the wait.</param>
/// <param name="ForcedAt">When it goes on regardless; null when never by itself.</param>
public sealed record Blocker(
    string Code, Instant Since, string Resource, string Detail, string UnblockedBy, Instant? ForcedAt = null)
{
    /// <summary>The same wait seen again: it began when it was first seen.</summary>
    public Blocker Continuing(Blocker? before) =>
        before is not null && before.Code == Code && before.Resource == Resource ? this with { Since = before.Since } : this;

    /// <summary>
    /// True where both wait for the same, and until the same time, or neither waits. Sentences change with every instance that
    /// starts; what is written down is what is waited for.
    /// </summary>
    public static bool AreSame(Blocker? a, Blocker? b) => a?.Code == b?.Code && a?.Resource == b?.Resource && a?.ForcedAt == b?.ForcedAt;
}

/// <summary>Codes of blockers: part of the contract.</summary>
public static class BlockerCodes
{
    /// <summary>Another update domain of the role or availability set is down (M1).</summary>
    public const string Promise = "promise";

    /// <summary>A node that comes earlier in the plan would be held up (M2).</summary>
    public const string Yields = "yields";

    /// <summary>The instance is being changed by something else.</summary>
    public const string Busy = "busy";

    /// <summary>The load balancer is drained first (N2).</summary>
    public const string Draining = "draining";

    /// <summary>No node has room.</summary>
    public const string NoRoom = "noRoom";

    /// <summary>The cascade brake holds (L2).</summary>
    public const string Brake = "brake";

    /// <summary>Too many nodes fell silent at once: the controller takes itself for blind (L2).</summary>
    public const string HeartbeatCliff = "heartbeatCliff";

    /// <summary>The healing cap of this interval is used up (L2).</summary>
    public const string HealingCap = "healingCap";

    /// <summary>Safe mode holds (L3).</summary>
    public const string SafeMode = "safeMode";

    /// <summary>The instance has taken too many nodes to Human Investigate (L2).</summary>
    public const string Condemned = "condemned";

    /// <summary>The owner has to order the walk to the next update domain (U1, manual mode).</summary>
    public const string ManualWalk = "manualWalk";

    /// <summary>An instance of the present update domain is not healthy (U1).</summary>
    public const string UpdateDomainUnhealthy = "updateDomainUnhealthy";

    /// <summary>The update waits for instances of the present update domain (U1).</summary>
    public const string UpdateDomainUnderWay = "updateDomainUnderWay";

    /// <summary>The node was booted for maintenance less than a month ago (M5).</summary>
    public const string RebootedLately = "rebootedLately";

    /// <summary>The owner may choose the moment (W1).</summary>
    public const string SelfService = "selfService";

    /// <summary>The owner has put it off (W1).</summary>
    public const string Deferred = "deferred";

    /// <summary>The owner's window is closed (W5).</summary>
    public const string Window = "window";

    /// <summary>The owner bears less than what would be done (M4).</summary>
    public const string Ceiling = "ceiling";

    /// <summary>Guests have been told and have their time yet (W3).</summary>
    public const string ScheduledEvent = "scheduledEvent";

    /// <summary>Versions would be on one node that do not go together (F5).</summary>
    public const string Incompatible = "incompatibleVersions";

    /// <summary>Too few instances of a cluster are healthy to go on (L4).</summary>
    public const string NotEnoughHealthy = "notEnoughHealthyInstances";
}
