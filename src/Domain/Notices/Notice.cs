// W3: what a guest is told before something is done to its machine, and everything that comes of it: published, acknowledged,
// started, ended with what was measured, or withdrawn. Guests see the first half in the form of Azure's scheduled events; their
// owners see all of it.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Rdfe.Domain.Notices;

/// <summary>What is going to happen to a machine; the names are Azure's.</summary>
public enum NoticeType
{
    /// <summary>It stands still for a moment; memory and open files are kept.</summary>
    Freeze,

    /// <summary>It is restarted; what is not on a disk is lost.</summary>
    Reboot,

    /// <summary>It goes to another node; its temporary disk is lost.</summary>
    Redeploy,

    /// <summary>It is taken back; only what could be had for less would be, and this fabric has no such machines.</summary>
    Preempt,

    /// <summary>It is about to be deleted, by its owner.</summary>
    Terminate,
}

/// <summary>How far it has come. Guests see the first two; what has ended is no longer there for them.</summary>
public enum NoticeStatus
{
    /// <summary>It is announced.</summary>
    Scheduled,

    /// <summary>It is being done.</summary>
    Started,

    /// <summary>It is over.</summary>
    Ended,

    /// <summary>It does not happen.</summary>
    Withdrawn,
}

/// <summary>Whose wish it is.</summary>
public enum NoticeSource
{
    /// <summary>The platform's.</summary>
    Platform,

    /// <summary>The owner's.</summary>
    User,
}

/// <summary>Who said that it may begin before its time.</summary>
public enum AcknowledgedBy
{
    /// <summary>A guest, from inside.</summary>
    Guest,

    /// <summary>The owner, from outside.</summary>
    Owner,
}

/// <summary>An acknowledgement.</summary>
/// <param name="By">Whose.</param>
/// <param name="At">When.</param>
public sealed record Acknowledgement(AcknowledgedBy By, Instant At);

/// <summary>A machine or role instance that is touched.</summary>
/// <param name="Instance">Which.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Measured">How long it did not run; null until that is known.</param>
public sealed record NoticeResource(InstanceId Instance, string Name, Duration? Measured = null);

/// <summary>What is announced: maintenance of a node, or an act on an instance. The one who does it asks by it.</summary>
/// <param name="Node">The node that is maintained; null where it is an act.</param>
/// <param name="Generation">Which maintenance of it.</param>
/// <param name="Act">The instance that something is done to; null where it is a node.</param>
/// <param name="AskedAt">When the act was asked for; null where nobody asked, for something broke.</param>
/// <param name="Install">True where the node gets a bundle; its number is that install's then.</param>
/// <param name="Deletes">The operation that deletes the machine; null where it is something else.</param>
public sealed record NoticeCause(
    NodeId? Node = null, int Generation = 0, InstanceId? Act = null, Instant? AskedAt = null, bool Install = false, OperationId? Deletes = null);

/// <summary>A scheduled event (W3).</summary>
public sealed record Notice
{
    /// <summary>Its GUID.</summary>
    public required string Id { get; init; }

    /// <summary>What is going to happen.</summary>
    public required NoticeType Type { get; init; }

    /// <summary>What it announces.</summary>
    public required NoticeCause Cause { get; init; }

    /// <summary>The machines that are touched.</summary>
    public required ImmutableArray<NoticeResource> Resources { get; init; }

    /// <summary>How far it has come.</summary>
    public NoticeStatus Status { get; init; }

    /// <summary>Not before this, unless it is acknowledged.</summary>
    public required Instant NotBefore { get; init; }

    /// <summary>For people.</summary>
    public required string Description { get; init; }

    /// <summary>Whose wish it is.</summary>
    public NoticeSource Source { get; init; }

    /// <summary>How long machines are predicted not to run; null where nobody can tell.</summary>
    public Duration? Predicted { get; init; }

    /// <summary>The host update that it belongs to; null for none.</summary>
    public string? Update { get; init; }

    /// <summary>When it was first there to be seen.</summary>
    public required Instant PublishedAt { get; init; }

    /// <summary>Who let it begin before its time; null for nobody.</summary>
    public Acknowledgement? Acknowledged { get; init; }

    /// <summary>When it began; null until then.</summary>
    public Instant? StartedAt { get; init; }

    /// <summary>When it was over, or called off.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>Why it was withdrawn, or what it ended with; null where there is nothing to say.</summary>
    public string? Why { get; init; }

    /// <summary>True while nobody is to feel anything of it.</summary>
    public bool Holds(Instant now) => Status == NoticeStatus.Scheduled && Acknowledged is null && now < NotBefore;

    /// <summary>The longest that was measured; null where nothing was.</summary>
    [JsonIgnore]
    public Duration? Measured => Resources.Max(r => r.Measured);

    /// <summary>True for an instance that it names.</summary>
    public bool Names(InstanceId instance) => Resources.Any(r => r.Instance == instance);
}

/// <summary>What happened to a notice: what owners are told of.</summary>
public enum NoticeStep
{
    /// <summary>It is there.</summary>
    Published,

    /// <summary>Somebody let it begin.</summary>
    Acknowledged,

    /// <summary>It has begun.</summary>
    Started,

    /// <summary>It is something else than was thought, or of fewer machines.</summary>
    Changed,

    /// <summary>It is over.</summary>
    Ended,

    /// <summary>It does not happen.</summary>
    Withdrawn,
}

/// <summary>A step of a notice.</summary>
/// <param name="Step">Which.</param>
/// <param name="Scope">Whose board it is, or was, on.</param>
/// <param name="Subscription">The owner.</param>
/// <param name="Notice">The notice after it.</param>
public sealed record NoticeChange(NoticeStep Step, string Scope, SubscriptionId Subscription, Notice Notice);
