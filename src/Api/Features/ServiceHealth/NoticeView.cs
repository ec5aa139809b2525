// A notice of service health as its subscription reads it, and as operators do: only they read of clusters and causes.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.ServiceHealth;

public sealed record NoticeUpdateView(Instant At, string Sentence);

/// <param name="Resource">Path of the virtual machine or role instance.</param>
/// <param name="Within">Path of the availability set or deployment that it belongs to.</param>
/// <param name="Since">Since when it is down or not heard.</param>
/// <param name="DownMs">How long it was down or paused, ms; absent where it was not.</param>
/// <param name="UnheardMs">How long nothing was heard of it although it went on running, ms.</param>
/// <param name="Technology">How it was maintained.</param>
/// <param name="PredictedMs">How long it was predicted not to run, ms.</param>
/// <param name="By">Who chose the moment.</param>
/// <param name="At">When it was over.</param>
public sealed record AffectedView(
    string Resource, string? Within, AffectedState State, Instant? Since, double? DownMs, double? UnheardMs, Technology? Technology,
    double? PredictedMs, MaintainedBy? By, Instant? At)
{
    public static AffectedView Of(AffectedResource a) => new(
        a.Path, a.Within, a.State, a.Since, Milliseconds(a.State == AffectedState.Done || a.Down > Duration.Zero ? a.Down : null),
        Milliseconds(a.Unheard > Duration.Zero ? a.Unheard : null), a.Technology, Milliseconds(a.Predicted), a.By, a.At);

    private static double? Milliseconds(Duration? d) => d is { } known ? Math.Round(known.TotalMilliseconds, 3) : null;
}

/// <param name="HostUpdate">The update of hosts that it is about; it is pending in the list of maintenance.</param>
/// <param name="BeginsAt">When it begins at the earliest; absent for what nobody has planned.</param>
/// <param name="BeganAt">When it began here, or was first seen.</param>
/// <param name="EndedAt">When nothing of the subscription was affected any more.</param>
/// <param name="ClosedAt">When nothing more came of it.</param>
/// <param name="SelfServiceUntil">Until when owners of virtual machines choose the moment.</param>
/// <param name="ForcedAt">From when on windows are no longer waited for.</param>
/// <param name="AffectedCount">How many are affected; as many of them as the settings say are named.</param>
/// <param name="Outcome">What really happened, once it is closed.</param>
public sealed record NoticeView(
    string Id, NoticeKind Kind, string Title, string Sentence, NoticeState State, string? HostUpdate, Instant OpenedAt, Instant? BeginsAt,
    Instant? BeganAt, Instant? EndedAt, Instant? ClosedAt, Instant? SelfServiceUntil, Instant? ForcedAt, int AffectedCount,
    IReadOnlyList<AffectedView> Affected, IReadOnlyList<NoticeUpdateView> Updates, string? Outcome)
{
    public static NoticeView Of(ServiceNotice n) => new(
        n.Id, n.Kind, n.Title, n.Sentence, n.State, n.HostUpdate, n.OpenedAt, n.BeginsAt, n.BeganAt, n.EndedAt, n.ClosedAt,
        n.SelfServiceUntil, n.ForcedAt, n.AffectedCount, [.. n.Affected.Select(AffectedView.Of)],
        [.. n.Updates.Select(u => new NoticeUpdateView(u.At, u.Sentence))], n.Outcome);
}

/// <param name="Subscription">Whose it is.</param>
/// <param name="Cluster">Whose controller keeps it; absent for what concerns several.</param>
/// <param name="Cause">What belongs together; it names parts of the fabric.</param>
public sealed record FabricNoticeView(Guid Subscription, string? Cluster, string Cause, NoticeView Notice)
{
    public static FabricNoticeView Of(ServiceNoticeRow r) => new(r.SubscriptionId.Value, r.Cluster?.Value, r.Cause, NoticeView.Of(r.Notice));
}
