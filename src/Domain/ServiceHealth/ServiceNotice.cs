// W4: what a tenant is told of what the platform does, or of what happens to it: "customers must know what is going on." One notice
// is about one cause and one subscription. It names that subscription's own resources and nobody else's, no node and no operator.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>What a notice is about (W4).</summary>
public enum NoticeKind
{
    /// <summary>Something that the platform means to do.</summary>
    PlannedMaintenance,

    /// <summary>Something that has failed.</summary>
    Incident,

    /// <summary>A server that is likely to fail is emptied before it does (H4).</summary>
    PredictedFailure,

    /// <summary>Changes are not accepted for now (L3).</summary>
    SafeMode,
}

/// <summary>How far it has come.</summary>
public enum NoticeState
{
    /// <summary>It has not begun for this subscription.</summary>
    Planned,

    /// <summary>It goes on.</summary>
    Active,

    /// <summary>Nothing of this subscription is affected any more; whether it stays so is being watched.</summary>
    Mitigated,

    /// <summary>It is over, and says what really happened.</summary>
    Closed,

    /// <summary>It was called off before it came to this subscription.</summary>
    Cancelled,
}

/// <summary>How a resource stands.</summary>
public enum AffectedState
{
    /// <summary>Its turn has not come.</summary>
    Pending,

    /// <summary>It runs where it can't stay.</summary>
    AtRisk,

    /// <summary>It is down, or not heard.</summary>
    Down,

    /// <summary>It is healthy again.</summary>
    Recovered,

    /// <summary>It was maintained.</summary>
    Done,

    /// <summary>It is where nothing was left to be done, and felt nothing.</summary>
    Untouched,

    /// <summary>It did not start in all its tries; it is left alone until its owner changes it.</summary>
    GivenUp,

    /// <summary>Its owner has stopped or deleted it meanwhile.</summary>
    Gone,
}

/// <summary>Something that was said of a notice; what has been said is never changed.</summary>
/// <param name="At">When.</param>
/// <param name="Sentence">What.</param>
public sealed record NoticeUpdate(Instant At, string Sentence);

/// <summary>An instance of the subscription that a notice is about.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Cluster">Where it is; it is not shown.</param>
/// <param name="Path">Path of the virtual machine or role instance.</param>
/// <param name="Within">Path of the availability set or deployment that it belongs to; null for a lone machine.</param>
/// <param name="State">How it stands.</param>
public sealed record AffectedResource(InstanceId Instance, ClusterId Cluster, string Path, string? Within, AffectedState State)
{
    /// <summary>Since when it is down or not heard; null while it is neither.</summary>
    public Instant? Since { get; init; }

    /// <summary>How long in all it was down or paused.</summary>
    public Duration Down { get; init; }

    /// <summary>How long in all nothing was heard of it although, as was seen later, it went on running.</summary>
    public Duration Unheard { get; init; }

    /// <summary>By which technology it was maintained; null where it was not.</summary>
    public Technology? Technology { get; init; }

    /// <summary>How long it was predicted not to run; null where nothing was.</summary>
    public Duration? Predicted { get; init; }

    /// <summary>Who chose the moment (W1); null where it was not maintained.</summary>
    public MaintainedBy? By { get; init; }

    /// <summary>When it was over; null while it is not.</summary>
    public Instant? At { get; init; }

    /// <summary>True while it keeps an incident going.</summary>
    public bool IsTroubled => State is AffectedState.AtRisk or AffectedState.Down;
}

/// <summary>A notice of service health (W4).</summary>
public sealed record ServiceNotice
{
    private static readonly InstantPattern Opened = InstantPattern.CreateWithInvariantCulture("uuuuMMdd'T'HHmmss");

    /// <summary>Its id; ids sort by the time of opening.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required SubscriptionId Subscription { get; init; }

    /// <summary>The cluster whose controller keeps it; null for what concerns several.</summary>
    public ClusterId? Cluster { get; init; }

    /// <summary>What it is about.</summary>
    public required NoticeKind Kind { get; init; }

    /// <summary>The cause by which what belongs together is told: for operators only, since it names parts of the fabric.</summary>
    public required string Cause { get; init; }

    /// <summary>A few words.</summary>
    public required string Title { get; init; }

    /// <summary>What it means for the subscription.</summary>
    public required string Sentence { get; init; }

    /// <summary>How far it has come.</summary>
    public NoticeState State { get; init; }

    /// <summary>The update of hosts that it is about; null where it is about none.</summary>
    public string? HostUpdate { get; init; }

    /// <summary>When it was opened.</summary>
    public required Instant OpenedAt { get; init; }

    /// <summary>When it begins at the earliest; null for what nobody has planned.</summary>
    public Instant? BeginsAt { get; init; }

    /// <summary>When it began for this subscription, or was first seen; null while it has not.</summary>
    public Instant? BeganAt { get; init; }

    /// <summary>When nothing of the subscription was affected any more; null while something is.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>When nothing more came of it; null until then.</summary>
    public Instant? ClosedAt { get; init; }

    /// <summary>Until when owners choose their own moment (W1); null where there is nothing to choose.</summary>
    public Instant? SelfServiceUntil { get; init; }

    /// <summary>From when on windows are no longer waited for (W2).</summary>
    public Instant? ForcedAt { get; init; }

    /// <summary>What of the subscription is affected, in order of id: at most as many as the settings say.</summary>
    public ImmutableArray<AffectedResource> Affected { get; init; } = [];

    /// <summary>How many are affected in all.</summary>
    public int AffectedCount { get; init; }

    /// <summary>What was said of it, in order.</summary>
    public ImmutableArray<NoticeUpdate> Updates { get; init; } = [];

    /// <summary>What really happened; null until it is closed.</summary>
    public string? Outcome { get; init; }

    /// <summary>What the fabric was last said to be doing, so that it is said once.</summary>
    public string? Doing { get; init; }

    /// <summary>The id of the notice of this cause and subscription that is opened at a time.</summary>
    /// <param name="subscription">Whose it is.</param>
    /// <param name="cause">The cause.</param>
    /// <param name="at">When it is opened.</param>
    /// <param name="number">Told apart from others of the same moment by this.</param>
    public static string IdOf(SubscriptionId subscription, string cause, Instant at, int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Opened.Format(at)}-{Draw.Hash(0, subscription + "/" + cause, "notice", (at.ToUnixTimeTicks() * 64) + number) >> 16:x12}");

    /// <summary>The notice with another update; where there are too many, only the last word is still added.</summary>
    public ServiceNotice Said(Instant at, string sentence, ServiceHealthSettings settings, bool last = false) =>
        last || Updates.Length < settings.MostUpdates ? this with { Updates = Updates.Add(new NoticeUpdate(at, sentence)) } : this;
}
