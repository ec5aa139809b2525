// What is kept for a while only: idempotency records in real time, events, activity, ended operations and rollouts in fabric time, content of
// packages whose last deployment has gone (clusters end deployments, and do not know of packages), history whose days are
// billed: days are closed before anything is trimmed. Trimmed a little at a time, so that nobody waits long for it.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Billing;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api;

public sealed partial class Trimmer(
    Committer committer, DayClosing days, PackageGarbage packages, IOptions<RdfeOptions> options, TimeProvider clock, FabricClock fabric,
    ILogger<Trimmer> log) : BackgroundService
{
    // The last event stays whatever its age: the next one's number follows from it, and numbers are never given twice.
    private const string OldEvents = """
        DELETE FROM "Events" WHERE "At" < @p0 AND "Id" < (SELECT MAX("Id") FROM "Events")
        AND "Id" IN (SELECT "Id" FROM "Events" ORDER BY "Id" LIMIT @p1)
        """;

    private const string OldOperations = """
        DELETE FROM "Operations" WHERE "Id" IN
        (SELECT "Id" FROM "Operations" WHERE "EndedAt" IS NOT NULL AND "EndedAt" < @p0 LIMIT @p1)
        """;

    // The last entry stays, for the same reason.
    private const string OldActivity = """
        DELETE FROM "Activity" WHERE "At" < @p0 AND "Sequence" < (SELECT MAX("Sequence") FROM "Activity")
        AND "Sequence" IN (SELECT "Sequence" FROM "Activity" ORDER BY "Sequence" LIMIT @p1)
        """;

    private const string OldRollouts = """
        DELETE FROM "Rollouts" WHERE "NameKey" IN
        (SELECT "NameKey" FROM "Rollouts" WHERE "EndedAt" IS NOT NULL AND "EndedAt" < @p0 LIMIT @p1)
        """;

    private const string OldPlans = """
        DELETE FROM "RolloutPlans" WHERE "Id" IN (SELECT "Id" FROM "RolloutPlans" WHERE "CreatedAt" < @p0 LIMIT @p1)
        """;

    private const string OldNotices = """
        DELETE FROM "PastNotices" WHERE ("SubscriptionId", "Key") IN
        (SELECT "SubscriptionId", "Key" FROM "PastNotices" WHERE "EndedAt" < @p0 LIMIT @p1)
        """;

    private const string OldServiceNotices = """
        DELETE FROM "ServiceNotices" WHERE "Id" IN
        (SELECT "Id" FROM "ServiceNotices" WHERE "ClosedAt" IS NOT NULL AND "ClosedAt" < @p0 LIMIT @p1)
        """;

    // The last entry stays, for the same reason.
    private const string OldLedger = """
        DELETE FROM "MaintenanceLedger" WHERE "At" < @p0 AND "Id" < (SELECT MAX("Id") FROM "MaintenanceLedger")
        AND "Id" IN (SELECT "Id" FROM "MaintenanceLedger" ORDER BY "Id" LIMIT @p1)
        """;

    /// <summary>Gives how many records went.</summary>
    public async Task<int> TrimAsync(CancellationToken cancel)
    {
        var billing = options.Value.Billing;
        await days.CloseAsync(fabric.Now - Duration.FromTimeSpan(billing.CloseAfter), cancel);
        var before = Instant.FromDateTimeOffset(clock.GetUtcNow() - options.Value.Limits.IdempotencyRetention);
        var records = await committer.CommitAsync(
            unit => unit.Db.Set<IdempotencyRow>().Where(r => r.CreatedAt < before).ExecuteDelete(), cancel);
        var settings = options.Value.Events;
        return records + await InBatchesAsync(OldEvents, settings.Retention, cancel)
            + await InBatchesAsync(OldOperations, settings.OperationRetention, cancel)
            + await InBatchesAsync(OldActivity, settings.ActivityRetention, cancel)
            + await InBatchesAsync(OldRollouts, options.Value.Rollouts.Retention, cancel)
            + await InBatchesAsync(OldPlans, options.Value.Rollouts.PlanRetention, cancel)
            + await InBatchesAsync(OldNotices, options.Value.Notices.Retention, cancel)
            + await InBatchesAsync(OldLedger, options.Value.Windows.LedgerRetention, cancel)
            + await InBatchesAsync(OldServiceNotices, options.Value.ServiceHealth.Retention, cancel)
            + await days.TrimAsync(fabric.Now - Duration.FromTimeSpan(billing.HistoryRetention), settings.TrimBatch, cancel)
            + await TrimDaysAsync(fabric.Now - Duration.FromTimeSpan(billing.DayRetention), cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Events.TrimInterval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await TrimAsync(stoppingToken);
                await packages.SweepAsync();
            }
            catch (Exception fault) when (fault is StoreFault or System.Data.Common.DbException or IOException)
            {
                // The next round tries again.
                TrimFailed(log, fault);
            }
        }
    }

    private Task<int> TrimDaysAsync(Instant before, CancellationToken cancel)
    {
        var first = before.InUtc().Date;
        return committer.CommitAsync(unit => unit.Db.Set<UsageDayRow>().Where(r => r.Day < first).ExecuteDelete(), cancel);
    }

    private async Task<int> InBatchesAsync(string sql, TimeSpan retention, CancellationToken cancel)
    {
        var before = (fabric.Now - Duration.FromTimeSpan(retention)).ToUnixTimeTicks();
        var most = options.Value.Events.TrimBatch;
        var (all, gone) = (0, 0);
        do
        {
            gone = await committer.CommitAsync(unit => unit.Execute(sql, before, most), cancel);
            all += gone;
        }
        while (gone >= most);

        return all;
    }

    [LoggerMessage(1, LogLevel.Warning, "Old records and packages were not trimmed")]
    private static partial void TrimFailed(ILogger log, Exception cause);
}
