// A node as the fabric controller keeps it: its place in provisioning (F3) and the generation of its goal state (P5).
// What the hardware is stands in the topology; what runs on the node stands with the instances.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Prediction;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Fabric;

/// <summary>A node's changing state (F3, P5).</summary>
public sealed record FabricNode
{
    /// <summary>Its id.</summary>
    public required NodeId Id { get; init; }

    /// <summary>Its cluster.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>Where it stands in the provisioning machine (F3).</summary>
    public NodeState State { get; init; }

    /// <summary>Which try of the present step, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>Fabric time at which it came to this state.</summary>
    public Instant Since { get; init; }

    /// <summary>When the present step times out; null where nothing is awaited.</summary>
    public Instant? Deadline { get; init; }

    /// <summary>Why the last try failed.</summary>
    public string? LastFailure { get; init; }

    /// <summary>Raised by one each time provisioning starts again, so that late answers of an earlier run are told apart.</summary>
    public int ProvisionRun { get; init; }

    /// <summary>The host OS image that it runs, once Ready.</summary>
    public string? HostOs { get; init; }

    /// <summary>
    /// What is on it (F5): without the components that are not known, since it was told of another version and did not answer.
    /// Null for a node that was never provisioned.
    /// </summary>
    public VersionSet? Versions { get; init; }

    /// <summary>Number of the last install that it was, or is to be, told of.</summary>
    public int InstallGeneration { get; init; }

    /// <summary>The install that has not ended; null for none (L4).</summary>
    public NodeInstall? Install { get; init; }

    /// <summary>Number of the last maintenance that it was, or is to be, told of.</summary>
    public int MaintenanceGeneration { get; init; }

    /// <summary>The maintenance that has not ended; null for none (M4).</summary>
    public NodeMaintenance? Maintenance { get; init; }

    /// <summary>How its last maintenance ended; null before the first (M6).</summary>
    public PastNodeMaintenance? LastMaintenance { get; init; }

    /// <summary>Number of the last command to stage ahead of time, or to forget it, that it was, or is to be, told (F4).</summary>
    public int StagingGeneration { get; init; }

    /// <summary>What it stages ahead of its turn; null for nothing (F4).</summary>
    public NodeStaging? Staging { get; init; }

    /// <summary>Generation of its goal state; an agent refuses an older one (P5).</summary>
    public long GoalGeneration { get; init; }

    /// <summary>Key of the dedicated host that owns it (P6).</summary>
    public string? Owner { get; init; }

    /// <summary>What is to be said of its health; null when nothing is (H1).</summary>
    public NodeHealth? Health { get; init; }

    /// <summary>What is remembered of its signals (H4); null where it has reported none since it was provisioned.</summary>
    public NodeEvidence? Evidence { get; init; }

    /// <summary>True for one that serves and is likely to fail (H4): something is to be done about it.</summary>
    public bool IsSuspect => State == NodeState.Ready && Evidence is { IsLikely: true };

    /// <summary>Copies of instances that were moved away and may still run on it (H3).</summary>
    public ImmutableArray<Ghost> Ghosts => Health?.Ghosts ?? [];

    /// <summary>Heard, and with nothing the matter (H1): what may be placed, installed or maintained on it may be begun.</summary>
    public bool IsWell => Health is null or { Trouble: NodeTrouble.None, SilentSince: null };

    /// <summary>True where all that the update brings is on the node already, and it need only boot into it (F4).</summary>
    public bool Holds(HostUpdate update) => Staging is { Stage: StagingStage.Staged } s && s.IsOf(update);

    /// <summary>When it is next to be looked at.</summary>
    public Instant? NextDeadline
    {
        get
        {
            Instant? next = null;
            foreach (var due in new[] { Deadline, Health?.Deadline, Install?.Deadline, Maintenance?.Deadline, Staging?.Deadline })
            {
                next = due is { } at && (next is not { } before || at < before) ? at : next;
            }

            return next;
        }
    }

    /// <summary>The operation that waits for it; null when none does.</summary>
    public OperationId? Operation { get; init; }

    /// <summary>The provisioning machine's view of it.</summary>
    public ProvisioningProgress Progress => new(State, Attempt, Since, Deadline, LastFailure);

    /// <summary>The node after a step of the provisioning machine.</summary>
    public FabricNode With(ProvisioningProgress progress) => this with
    {
        State = progress.State,
        Attempt = progress.Attempt,
        Since = progress.Since,
        Deadline = progress.Deadline,
        LastFailure = progress.LastFailure,
    };
}
