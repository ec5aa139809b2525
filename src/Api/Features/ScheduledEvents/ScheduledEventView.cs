// W3 from outside: the whole life of an event, which guests do not see, with what was measured.
using NodaTime;
using Rdfe.Domain.Notices;

namespace Rdfe.Api.Features.ScheduledEvents;

/// <param name="Name">The machine or role instance.</param>
/// <param name="MeasuredPause">How long it did not run; absent until that is known.</param>
public sealed record ScheduledEventResource(string Name, Duration? MeasuredPause);

/// <param name="By">A guest from inside, or the owner from outside.</param>
public sealed record ScheduledEventAcknowledgement(AcknowledgedBy By, Instant At);

/// <param name="Id">The GUID that guests know it by; for acknowledge.</param>
/// <param name="Status">scheduled, started, ended or withdrawn.</param>
/// <param name="NotBefore">It begins no earlier, unless it is acknowledged.</param>
/// <param name="HostUpdate">What it is for; absent where it is for no host update.</param>
/// <param name="PredictedPause">Absent where nobody can tell.</param>
/// <param name="Acknowledged">Absent where nobody did.</param>
/// <param name="Why">Why it was withdrawn, or what it ended with.</param>
public sealed record ScheduledEventView(
    string Id, NoticeType Type, NoticeStatus Status, NoticeSource Source, IReadOnlyList<ScheduledEventResource> Resources, string Description,
    string? HostUpdate, Instant PublishedAt, Instant NotBefore, Duration? PredictedPause, ScheduledEventAcknowledgement? Acknowledged,
    Instant? StartedAt, Instant? EndedAt, Duration? MeasuredPause, string? Why)
{
    public static ScheduledEventView Of(Notice n) => new(
        n.Id, n.Type, n.Status, n.Source, [.. n.Resources.Select(r => new ScheduledEventResource(r.Name, r.Measured))], n.Description,
        n.Update, n.PublishedAt, n.NotBefore, n.Predicted, n.Acknowledged is { } a ? new ScheduledEventAcknowledgement(a.By, a.At) : null,
        n.StartedAt, n.EndedAt, n.Measured, n.Why);
}
