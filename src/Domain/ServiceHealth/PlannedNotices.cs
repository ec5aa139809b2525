// W4: what tenants are told of a rollout of a host update: before it comes to them, as it goes, and what it really did. Pure: a
// notice before, the rollout as it was and is, and what is known of the subscription's instances give the notice after. Why an
// operator does something is theirs; that it stands still, goes on or is taken back is everybody's.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>Notices of planned maintenance.</summary>
public static class PlannedNotices
{
    private static readonly InstantPattern Date = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm 'UTC'");

    /// <summary>The cause of a rollout's notices: one of the same name, were there ever another, is another cause.</summary>
    public static string CauseOf(Rollout rollout) =>
        string.Create(CultureInfo.InvariantCulture, $"rollout/{rollout.Name.ToLowerInvariant()}/{rollout.CreatedAt.ToUnixTimeTicks()}");

    /// <summary>Opens a notice for a subscription with instances in the scope.</summary>
    public static ServiceNotice Open(
        Rollout rollout, SubscriptionId subscription, IReadOnlyList<AffectedResource> affected, Instant now, ServiceHealthSettings settings)
    {
        var update = rollout.Update;
        var chooses = rollout.SelfServiceUntil > now;
        var notice = new ServiceNotice
        {
            Id = ServiceNotice.IdOf(subscription, CauseOf(rollout), now, 0),
            Subscription = subscription,
            Kind = NoticeKind.PlannedMaintenance,
            Cause = CauseOf(rollout),
            Title = $"Maintenance of the servers' {NoticeWords.Of(update.Component)} ({update.Name})",
            Sentence = $"Servers that host instances of yours get an update of their {NoticeWords.Of(update.Component)}."
                + (update.Impact is { } impact ? $" What is felt of it: {impact.TrimEnd('.')}." : "")
                + " Never are instances of two update domains of one role or availability set taken down together."
                + (chooses ? $" Until {Date.Format(rollout.SelfServiceUntil)} owners of virtual machines choose the moment themselves." : "")
                + $" Maintenance windows are kept to until {Date.Format(rollout.ForcedAt)}.",
            HostUpdate = update.Name,
            OpenedAt = now,
            BeginsAt = affected.Select(a => NotBefore(rollout, a.Cluster)).Min(),
            SelfServiceUntil = rollout.SelfServiceUntil,
            ForcedAt = rollout.ForcedAt,
        };
        return notice.Said(now, $"Planned for {NoticeWords.Count(affected.Count, "instance")}.", settings);
    }

    /// <summary>When a cluster's wave comes at the earliest: those before it are watched for a time.</summary>
    public static Instant NotBefore(Rollout rollout, ClusterId cluster)
    {
        var at = rollout.CreatedAt;
        foreach (var wave in rollout.Waves.TakeWhile(w => w.Targets.All(t => t.Cluster != cluster)))
        {
            at += wave.Bake;
        }

        return at;
    }

    /// <summary>Tells of what has become of a rollout.</summary>
    /// <param name="notice">The notice, which is not closed.</param>
    /// <param name="before">The rollout as it was; null when it begins.</param>
    /// <param name="after">The rollout as it is.</param>
    /// <param name="looked">Clusters whose instances were looked at just now.</param>
    /// <param name="found">What of the subscription was found there.</param>
    /// <param name="now">The time.</param>
    /// <param name="settings">The figures.</param>
    public static ServiceNotice Tell(
        ServiceNotice notice, Rollout? before, Rollout after, IReadOnlySet<ClusterId> looked, IReadOnlyList<AffectedResource> found,
        Instant now, ServiceHealthSettings settings)
    {
        var next = Looked(notice, looked, found, settings);
        var clusters = next.Affected.Select(a => a.Cluster).ToHashSet();
        var mine = after.Clusters.Where(c => clusters.Contains(c.Cluster)).ToList();
        if (next.BeganAt is null && mine.Exists(c => c.Stage != ClusterStage.NotStarted))
        {
            next = (next with { State = NoticeState.Active, BeganAt = now }).Said(now, "It has begun on servers that host instances of yours.", settings);
        }
        else if (before is not null && mine.Find(c => c.Stage != ClusterStage.NotStarted
            && before.Clusters.FirstOrDefault(b => b.Cluster == c.Cluster) is { Stage: ClusterStage.NotStarted }) is not null)
        {
            next = next.Said(now, "It has come to more of the servers that host instances of yours.", settings);
        }

        if (before is not null && before.Status != after.Status && !after.Ended)
        {
            next = next.Said(now, after.Status switch
            {
                RolloutStatus.Paused => "It stands still for now; what was begun is finished.",
                RolloutStatus.RollingBack => "It is being taken back; what was changed is changed back in the same careful way.",
                _ => "It goes on.",
            }, settings);
        }

        if (after.Ended)
        {
            return Close(next, after, now, settings);
        }

        var left = next.Affected.Any(a => a.State == AffectedState.Pending);
        return next switch
        {
            { State: NoticeState.Active } when !left && mine.TrueForAll(c => c.Stage is ClusterStage.Done or ClusterStage.Baking) =>
                (next with { State = NoticeState.Mitigated, EndedAt = now }).Said(now, "All that is yours is done; it goes on elsewhere.", settings),
            { State: NoticeState.Mitigated } when left => next with { State = NoticeState.Active, EndedAt = null },
            _ => next,
        };
    }

    /// <summary>Owners have no longer the choice (W1); said once.</summary>
    public static ServiceNotice SelfServiceEnded(ServiceNotice notice, Instant now, ServiceHealthSettings settings) =>
        notice.Doing == "selfServiceEnded" ? notice : (notice with { Doing = "selfServiceEnded" }).Said(
            now, "Owners' time to choose the moment is over; the platform does the rest, inside maintenance windows where there are some.", settings);

    /// <summary>How an instance stands: by what its node has, and by what was done to it.</summary>
    /// <param name="update">The update.</param>
    /// <param name="since">What was done before does not count.</param>
    /// <param name="nodeHasIt">True where its node has the update.</param>
    /// <param name="past">What maintenance has done to it.</param>
    /// <param name="a">The instance.</param>
    public static AffectedResource Look(HostUpdate update, Instant since, bool nodeHasIt, ImmutableArray<PastMaintenance> past, AffectedResource a)
    {
        // There may be several: tries that came to nothing, and being taken back. All of them were felt.
        var felt = past.Where(p => p.Update == update.Name && p.At >= since).ToList();
        return felt.Count == 0
            ? a with { State = nodeHasIt ? AffectedState.Untouched : AffectedState.Pending }
            : a with
            {
                State = AffectedState.Done,
                Technology = felt[0].Technology,
                Predicted = felt.TrueForAll(p => p.Predicted is not null) ? felt.Aggregate(Duration.Zero, (sum, p) => sum + p.Predicted!.Value) : null,
                Down = felt.Aggregate(Duration.Zero, (sum, p) => sum + p.Measured),
                By = felt[0].By,
                At = felt[0].At,
            };
    }

    // What was known of other clusters stays. One that is no longer there has gone; one whose node had the update from the start
    // is not affected at all.
    private static ServiceNotice Looked(
        ServiceNotice notice, IReadOnlySet<ClusterId> looked, IReadOnlyList<AffectedResource> found, ServiceHealthSettings settings)
    {
        if (looked.Count == 0)
        {
            return notice;
        }

        var here = found.ToDictionary(a => a.Instance);
        var known = notice.Affected.Select(a => a.Instance).ToHashSet();
        var all = notice.Affected
            .Select(a => !looked.Contains(a.Cluster) ? a : here.GetValueOrDefault(a.Instance) ?? a with { State = AffectedState.Gone })
            .Concat(found.Where(a => !known.Contains(a.Instance) && a.State != AffectedState.Untouched))
            .OrderBy(a => a.Instance.Value, StringComparer.Ordinal).ToList();
        // Those that don't fit are counted, as long as nothing is known of them any more.
        var beyond = Math.Max(notice.AffectedCount - notice.Affected.Length, all.Count - settings.MostAffected);
        var kept = all.Count <= settings.MostAffected ? all : [.. all.Where(a => known.Contains(a.Instance)).Concat(all.Where(a => !known.Contains(a.Instance))).Take(settings.MostAffected)];
        return notice with { Affected = [.. kept], AffectedCount = kept.Count + Math.Max(0, beyond) };
    }

    private static ServiceNotice Close(ServiceNotice notice, Rollout rollout, Instant now, ServiceHealthSettings settings)
    {
        var begun = notice.BeganAt is not null && notice.Affected.Any(a => a.State is AffectedState.Done or AffectedState.Untouched);
        if (!begun && rollout.Status != RolloutStatus.Succeeded)
        {
            const string Off = "It was called off before it came to anything that is yours.";
            return (notice with { State = NoticeState.Cancelled, EndedAt = notice.EndedAt ?? now, ClosedAt = now, Outcome = Off }).Said(now, Off, settings, last: true);
        }

        var outcome = rollout.Status switch
        {
            RolloutStatus.RolledBack => "It was taken back. ",
            RolloutStatus.Canceled => "It was ended early. ",
            _ => "",
        } + NoticeWords.OutcomeOfMaintenance(notice.Affected, notice.AffectedCount, rollout.Status != RolloutStatus.Succeeded);
        return (notice with { State = NoticeState.Closed, EndedAt = notice.EndedAt ?? now, ClosedAt = now, Outcome = outcome })
            .Said(now, outcome, settings, last: true);
    }
}
