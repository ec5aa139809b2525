// What is known of an instance's health beyond its phase (H1): who is silent, what was tried, where it has been.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.Health;

/// <summary>Why an instance needs another node.</summary>
/// <param name="Why">camelCase: <c>nodeLost</c>, <c>guestAgentNeverConnected</c>, <c>hardwareFault</c>, <c>evacuation</c>, <c>predictedFailure</c>, <c>redeploy</c>.</param>
/// <param name="Since">Since when it waits for one.</param>
/// <param name="Blocker">What it waits for; null until it was looked at.</param>
public sealed record Healing(string Why, Instant Since, Arbiter.Blocker? Blocker = null);

/// <summary>The last move of an instance (H3).</summary>
/// <param name="At">When.</param>
/// <param name="From">The node it left.</param>
/// <param name="To">The node it went to.</param>
/// <param name="Why">As in <see cref="Healing"/>.</param>
/// <param name="TemporaryDiskLost">
/// True: the resource disk is not moved, and the tenant is told (H3). False only where it was moved live, with all that it has (M4).
/// </param>
public sealed record Move(Instant At, NodeId From, NodeId To, string Why, bool TemporaryDiskLost = true);

/// <summary>Health of one instance; null on the instance while there is nothing to say.</summary>
public sealed record InstanceHealth
{
    /// <summary>Nothing to say.</summary>
    public static InstanceHealth Nothing { get; } = new();

    /// <summary>Last beat of its guest agent (a virtual machine's: of the hypervisor), while it is silent (H2).</summary>
    public Instant? GuestSilentSince { get; init; }

    /// <summary>Last beat of its role, while it is silent.</summary>
    public Instant? RoleSilentSince { get; init; }

    /// <summary>Last answer to the load balancer's probe, while it is silent (N2).</summary>
    public Instant? ProbeSilentSince { get; init; }

    /// <summary>Its node's agent is silent: what it says of itself is old.</summary>
    public bool NodeSilent { get; init; }

    /// <summary>The role's silence has lasted over its timeout (H2: 30 s).</summary>
    public bool Unresponsive { get; init; }

    /// <summary>The load balancer has taken it out of rotation (N2: 30 s).</summary>
    public bool ProbeLost { get; init; }

    /// <summary>Starts on its present node that the guest agent did not connect in (L1).</summary>
    public int ConnectFailures { get; init; }

    /// <summary>Crashes of its role in a row.</summary>
    public int RoleCrashes { get; init; }

    /// <summary>When the role is started again; null where it need not be.</summary>
    public Instant? RestartRoleAt { get; init; }

    /// <summary>Restarts of the VM in a row because it was silent (H1).</summary>
    public int VmRestarts { get; init; }

    /// <summary>When it became unhealthy; null while it is healthy.</summary>
    public Instant? DownSince { get; init; }

    /// <summary>When, since then, it was first started again: it holds planned work only so long after that (M1).</summary>
    public Instant? RestartedAt { get; init; }

    /// <summary>When it was written down that it no longer holds planned work (M1); null while it does, or is healthy.</summary>
    public Instant? LetGoAt { get; init; }

    /// <summary>When, healthy again, its failures are forgotten.</summary>
    public Instant? StableAt { get; init; }

    /// <summary>It needs another node.</summary>
    public Healing? Healing { get; init; }

    /// <summary>Its last move.</summary>
    public Move? LastMove { get; init; }

    /// <summary>Nodes that it has taken to Human Investigate (L2: memory of pairings).</summary>
    public ImmutableArray<NodeId> NodesTaken { get; init; } = [];

    /// <summary>It is placed no more: it has taken too many nodes. An update or a reimage by its owner ends that.</summary>
    public bool Condemned { get; init; }

    /// <summary>True while nobody who should be heard of it is silent.</summary>
    public bool IsHeard =>
        GuestSilentSince is null && RoleSilentSince is null && !NodeSilent && !Unresponsive && !ProbeLost;

    // Immutable arrays compare by reference; the list is empty or the same one in nearly every comparison.
    private bool SaysNothing => this with { NodesTaken = Nothing.NodesTaken } == Nothing && NodesTaken.IsDefaultOrEmpty;

    /// <summary>
    /// The instance with what a change means for its health: since when it is down, and that a healthy one is not.
    /// </summary>
    public static FabricInstance Noted(FabricInstance? old, FabricInstance next, Instant now, HealthSettings settings)
    {
        var h = next.Health ?? Nothing;
        if (next.IsHealthy || next.Power != PowerGoal.Running)
        {
            if (next.Health is null)
            {
                return next;
            }

            var failed = h.RoleCrashes > 0 || h.VmRestarts > 0 || h.ConnectFailures > 0;
            h = h with
            {
                DownSince = null,
                RestartedAt = null,
                LetGoAt = null,
                StableAt = failed && next.IsHealthy ? h.StableAt ?? now + settings.StableAfter : null,
            };
        }
        else
        {
            h = h with { DownSince = h.DownSince ?? now, StableAt = null };
            if (h.RestartedAt is null && next.IsCurrent && next.CurrentPhase >= InstancePhase.Booting
                && (old is null || old.CurrentPhase != next.CurrentPhase || !old.IsCurrent))
            {
                h = h with { RestartedAt = now };
            }
        }

        InstanceHealth? noted = h.SaysNothing ? null : h;
        return noted == next.Health ? next : next with { Health = noted };
    }
}
