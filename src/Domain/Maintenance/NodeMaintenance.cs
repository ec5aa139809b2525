// M4, M6: maintenance of one node as it is kept: what is done, how, how far it is, and what it did to whom. Everything else is
// read off the node, so that a restart can't lose it.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Domain.Maintenance;

/// <summary>How far maintenance of a node has come, as its controller sees it.</summary>
public enum MaintenanceStage
{
    /// <summary>The node fetches what is to be installed; nobody is touched (F4).</summary>
    Staging,

    /// <summary>It has it, and waits for the promise (M1).</summary>
    Waiting,

    /// <summary>What runs on the node is taken out of the load balancer (N2).</summary>
    Draining,

    /// <summary>Guests leave the node.</summary>
    Emptying,

    /// <summary>The node was told to go on.</summary>
    Working,
}

/// <summary>A phase that a node came to.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="At">When.</param>
public sealed record PhaseRecord(MaintenancePhase Phase, Instant At);

/// <summary>Maintenance of a node that has not ended (M4).</summary>
public sealed record NodeMaintenance
{
    /// <summary>Its number on this node: answers to an earlier one are told apart by it.</summary>
    public required int Generation { get; init; }

    /// <summary>What is done, and how.</summary>
    public required MaintenanceChoice Choice { get; init; }

    /// <summary>The technology that is under way: the chosen one, or the reboot that it has come to.</summary>
    public required Technology Technology { get; init; }

    /// <summary>Everything that the node shall have after it.</summary>
    public required VersionSet Versions { get; init; }

    /// <summary>How far it has come.</summary>
    public MaintenanceStage Stage { get; init; }

    /// <summary>Phases that the node came to in this try, in order (M6).</summary>
    public ImmutableArray<PhaseRecord> Phases { get; init; } = [];

    /// <summary>Which try, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When it began.</summary>
    public required Instant BeganAt { get; init; }

    /// <summary>When it is next to be looked at.</summary>
    public Instant? Deadline { get; init; }

    /// <summary>What it waits for; null while nothing holds it.</summary>
    public Blocker? Blocker { get; init; }

    /// <summary>Guests were told of what would otherwise be done at once (W3).</summary>
    public bool IsAnnounced { get; init; }

    /// <summary>The update's name.</summary>
    [JsonIgnore]
    public string Update => Choice.Update.Name;

    /// <summary>Nobody is placed on the node meanwhile; who came now would be told late.</summary>
    [JsonIgnore]
    public bool ClosesNode => IsAnnounced || Technology is not (Technology.HotPatch or Technology.AgentRestart or Technology.HypervisorHotRestart);

    /// <summary>The node's agent is silent for this, and nobody has to wonder (H1).</summary>
    [JsonIgnore]
    public bool ExpectsSilence => Stage == MaintenanceStage.Working
        && Technology is Technology.MemoryPreservingHeavy or Technology.Reboot or Technology.LiveMigration;

    /// <summary>Guests are to leave the node as they run, and have not all done so (M4).</summary>
    [JsonIgnore]
    public bool EmptiesLive => Technology == Technology.LiveMigration && Stage != MaintenanceStage.Working;

    /// <summary>Guests say nothing for a while, and nobody has to wonder (H1).</summary>
    [JsonIgnore]
    public bool PausesGuests => Stage == MaintenanceStage.Working
        && Technology is Technology.MemoryPreservingLight or Technology.MemoryPreservingHeavy or Technology.Reboot;
}

/// <summary>How the last maintenance of a node ended.</summary>
/// <param name="Update">The update.</param>
/// <param name="Technology">How it was done in the end.</param>
/// <param name="BeganAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Failure">Why it came to nothing; null where it did not.</param>
/// <param name="RebootedAt">When the node last booted for maintenance (M5: at most once a month); null where it never did.</param>
/// <param name="ClimbsAgain">True where nobody has felt it, and something was learnt that makes another rung the one to take.</param>
public sealed record PastNodeMaintenance(
    string Update, Technology Technology, Instant BeganAt, Instant EndedAt, string? Failure, Instant? RebootedAt, bool ClimbsAgain = false);

/// <summary>What maintenance did to an instance (M6).</summary>
/// <param name="Update">The update.</param>
/// <param name="Technology">How it was done in the end.</param>
/// <param name="Predicted">How long it was predicted not to run; null where nothing was, since it came later.</param>
/// <param name="Measured">How long it did not run.</param>
/// <param name="At">When it was over.</param>
/// <param name="By">Who chose the moment (W1).</param>
public sealed record PastMaintenance(
    string Update, Technology Technology, Duration? Predicted, Duration Measured, Instant At, MaintainedBy By = MaintainedBy.Platform);

/// <summary>Who chose the moment of an instance's maintenance (W1).</summary>
public enum MaintainedBy
{
    /// <summary>The platform.</summary>
    Platform,

    /// <summary>Its owner.</summary>
    Tenant,
}

/// <summary>How long an instance did not run.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Milliseconds">How long, ms.</param>
public sealed record MeasuredPause(InstanceId Instance, double Milliseconds);
