// M5, M6: a rollout as it is kept for the whole fabric: which wave it is in, and how far each cluster has come. What happens on
// nodes is their cluster's affair (ClusterRollout.cs); here it is decided which cluster goes when.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Rollouts;

/// <summary>How a rollout stands.</summary>
public enum RolloutStatus
{
    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It has stopped, by an operator or at the first sign of harm; nodes that were begun are finished.</summary>
    Paused,

    /// <summary>What it has changed is changed back.</summary>
    RollingBack,

    /// <summary>Every node has it, or is accounted for.</summary>
    Succeeded,

    /// <summary>What it had changed has been changed back.</summary>
    RolledBack,

    /// <summary>Ended by an operator; nodes keep what they have.</summary>
    Canceled,
}

/// <summary>How far one cluster has come.</summary>
public enum ClusterStage
{
    /// <summary>Its wave has not come.</summary>
    NotStarted,

    /// <summary>Nodes are being done.</summary>
    Working,

    /// <summary>Its share is done but for nodes that wait for their tenants, and is being watched.</summary>
    Baking,

    /// <summary>Its share is done but for nodes that wait for their tenants, and well.</summary>
    Done,

    /// <summary>It has stopped and says why.</summary>
    Stopped,
}

/// <summary>What a cluster reports of a rollout.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Stage">How far it has come with its present wave.</param>
/// <param name="Nodes">Nodes that the rollout goes over.</param>
/// <param name="Done">Nodes that have the update.</param>
/// <param name="Failed">Nodes on which it came to nothing.</param>
/// <param name="Why">Why it has stopped; null while it has not.</param>
/// <param name="Waiting">Nodes that wait for their tenants' moments. The next wave does not wait for them (W1); the end of the rollout does.</param>
public sealed record ClusterReport(
    ClusterId Cluster, ClusterStage Stage, int Nodes = 0, int Done = 0, int Failed = 0, string? Why = null, int Waiting = 0);

/// <summary>An operator's order, with what they gave as the reason.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">Why.</param>
/// <param name="At">When.</param>
public sealed record RolloutOrder(string By, string Reason, Instant At);

/// <summary>The order of a plan that was approved.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Nodes">Its nodes.</param>
/// <param name="Moves">Live migrations of the plan, which come first (M2).</param>
public sealed record ApprovedOrder(ClusterId Cluster, ImmutableArray<NodeId> Nodes, ImmutableArray<PlannedMove> Moves = default);

/// <summary>A rollout.</summary>
public sealed record Rollout
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What was asked.</summary>
    public required RolloutSpec Spec { get; init; }

    /// <summary>The update as it was when the rollout began: what is published under its name later is another one.</summary>
    public required HostUpdate Update { get; init; }

    /// <summary>Size of the update's image, MiB; 0 where it has none, and nothing is staged ahead of time (F4).</summary>
    public long ImageMib { get; init; }

    /// <summary>Its waves.</summary>
    public required ImmutableArray<RolloutWave> Waves { get; init; }

    /// <summary>Its operation.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>When it began.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>When it ended; null while it goes on.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>How it stands.</summary>
    public RolloutStatus Status { get; init; } = RolloutStatus.Running;

    /// <summary>The wave that it is in, from 0.</summary>
    public int Wave { get; init; }

    /// <summary>Each cluster's last report, in the order of the scope.</summary>
    public ImmutableArray<ClusterReport> Clusters { get; init; } = [];

    /// <summary>The orders of the plan that was approved; empty where none was.</summary>
    public ImmutableArray<ApprovedOrder> Orders { get; init; } = [];

    /// <summary>Why it is paused; null while it is not.</summary>
    public string? PausedBecause { get; init; }

    /// <summary>The order to go on past the gate and the limits; null while there is none.</summary>
    public RolloutOrder? Override { get; init; }

    /// <summary>True when nothing more comes of it.</summary>
    public bool Ended => Status is RolloutStatus.Succeeded or RolloutStatus.RolledBack or RolloutStatus.Canceled;

    /// <summary>True where nodes fetch its image before their turn (F4).</summary>
    public bool StagesAhead => Update.Image is not null && ImageMib > 0;

    /// <summary>Until when tenants choose their own moment (W1).</summary>
    public Instant SelfServiceUntil => CreatedAt + Spec.SelfService;

    /// <summary>From when on windows are no longer waited for (W2).</summary>
    public Instant ForcedAt => SelfServiceUntil + Spec.Scheduled;
}
