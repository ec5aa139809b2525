// M4: the live migration of one instance as it is kept: where it goes, how far it is, until when it may, and how the last one
// ended. It stands on the instance, so that its place on the other node is taken in the very commit that begins it.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain.Arbiter;

namespace Rdfe.Domain.Migration;

/// <summary>How far a live migration has come, as its controller sees it.</summary>
public enum MigrationStage
{
    /// <summary>Its memory is copied as it runs; it can be called off.</summary>
    Copying,

    /// <summary>It is paused for the rest, and goes on here or there in a moment; nobody can call it off any more.</summary>
    Pausing,

    /// <summary>It was called off, and both nodes were told: whichever answers first says where the instance is.</summary>
    Canceling,
}

/// <summary>A live migration that has not ended (M4).</summary>
public sealed record InstanceMigration
{
    /// <summary>Its number on this instance: what is said of an earlier one is told apart by it.</summary>
    public required int Generation { get; init; }

    /// <summary>The node that it goes to; its place there is taken for as long as this lasts (P1).</summary>
    public required NodeId Target { get; init; }

    /// <summary>For people and programs: <c>maintenance</c>, <c>evacuation</c>, <c>plan</c> …</summary>
    public required string Why { get; init; }

    /// <summary>The host update that it makes way for; null for none.</summary>
    public string? Update { get; init; }

    /// <summary>How far it has come.</summary>
    public MigrationStage Stage { get; init; }

    /// <summary>When the first try began.</summary>
    public required Instant BeganAt { get; init; }

    /// <summary>The lease that the hosts have: they do not begin the pause after it, whoever hears them by then.</summary>
    public required Instant Until { get; init; }

    /// <summary>When it is next to be looked at.</summary>
    public Instant? Deadline { get; init; }

    /// <summary>The boot that it was begun in: one that is started anew is not moved on.</summary>
    public int Boot { get; init; }

    /// <summary>The image that it was begun with.</summary>
    public int Image { get; init; }

    /// <summary>The start of the role that it was begun in.</summary>
    public int Role { get; init; }

    /// <summary>What is predicted of it: rounds, and the pause.</summary>
    public required PredictedMove Predicted { get; init; }

    /// <summary>Nodes that were tried before this one, in vain.</summary>
    public ImmutableArray<NodeId> Tried { get; init; } = [];

    /// <summary>Why it was called off; null where it was not. Only one that somebody called off is not tried elsewhere.</summary>
    public MigrationFailure? Canceled { get; init; }

    /// <summary>What is asked for when it comes to nothing; null for nothing.</summary>
    public PlannedAct? Otherwise { get; init; }

    /// <summary>Which try, from 1.</summary>
    [JsonIgnore]
    public int Attempt => Tried.Length + 1;
}

/// <summary>What is predicted of a live migration, see <see cref="Maintenance.Technologies.LiveMigration.Plan"/>.</summary>
/// <param name="PreCopy">How long the copying takes while it runs.</param>
/// <param name="Pause">How long it stands for the rest.</param>
/// <param name="Rounds">In so many rounds.</param>
public sealed record PredictedMove(Duration PreCopy, Duration Pause, int Rounds);

/// <summary>What was measured of a live migration on the hosts.</summary>
/// <param name="Rounds">Rounds of pre-copy.</param>
/// <param name="CopiedMib">What they copied, MiB.</param>
/// <param name="DirtyMibPerSecond">What the guest wrote meanwhile, MiB/s.</param>
/// <param name="PreCopyMilliseconds">How long they took, ms.</param>
/// <param name="PauseMilliseconds">How long the guest stood still, ms; 0 where it never did.</param>
public sealed record MeasuredMove(
    int Rounds, double CopiedMib, double DirtyMibPerSecond, double PreCopyMilliseconds, double PauseMilliseconds);

/// <summary>Why a live migration came to nothing.</summary>
/// <param name="Code">One of <see cref="MigrationFailures"/>.</param>
/// <param name="Sentence">For people, with figures.</param>
public sealed record MigrationFailure(string Code, string Sentence);

/// <summary>Codes of failures.</summary>
public static class MigrationFailures
{
    /// <summary>The guest writes its memory faster than the network carries it away.</summary>
    public const string DoesNotConverge = "doesNotConverge";

    /// <summary>It was called off.</summary>
    public const string Canceled = "canceled";

    /// <summary>Its lease ran out before the pause.</summary>
    public const string OutOfTime = "outOfTime";

    /// <summary>The node that it left from, or the guest itself, is not well.</summary>
    public const string SourceFailed = "sourceFailed";

    /// <summary>The node that it was to go to is not well.</summary>
    public const string TargetFailed = "targetFailed";

    /// <summary>What was done did not succeed, for no fault of either node.</summary>
    public const string Failed = "failed";

    /// <summary>Its node could not be emptied in time because of it.</summary>
    public const string Stuck = "stuck";
}

/// <summary>How the last live migration of an instance ended.</summary>
/// <param name="Generation">Which.</param>
/// <param name="From">The node that it was on.</param>
/// <param name="To">The node that it went to, or was to go to in the last try.</param>
/// <param name="Why">As it was begun for.</param>
/// <param name="BeganAt">When the first try began.</param>
/// <param name="EndedAt">When it was over.</param>
/// <param name="Attempts">How many tries it took.</param>
/// <param name="Predicted">What was predicted.</param>
/// <param name="Measured">What was measured; null where nothing was.</param>
/// <param name="Failure">Why it came to nothing; null where the instance moved.</param>
public sealed record PastMigration(
    int Generation, NodeId From, NodeId To, string Why, Instant BeganAt, Instant EndedAt, int Attempts, PredictedMove? Predicted,
    MeasuredMove? Measured, MigrationFailure? Failure);

/// <summary>Why an instance is not moved as it runs.</summary>
/// <param name="Code">A stable code.</param>
/// <param name="Sentence">For people, with figures.</param>
/// <param name="Passes">True where it need only be waited for: others are moved first, or it is starting.</param>
public sealed record WhyNotMoved(string Code, string Sentence, bool Passes = false)
{
    /// <summary>No other node takes it.</summary>
    public const string NoRoom = "noRoomElsewhere";

    /// <summary>Others are moved first.</summary>
    public const string OthersFirst = "othersFirst";
}
