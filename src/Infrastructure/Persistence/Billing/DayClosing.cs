// R2: days that are over are closed, so that the history behind them may be trimmed. First they are sealed: whatever is
// committed afterwards counts in later days. Then they are computed and stored, from a history that can't change any more:
// a crash in between costs nothing, and computing a closed day again gives what is stored.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain.Billing;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence.Billing;

public sealed class DayClosing(Committer committer, IDbContextFactory<RdfeDbContext> reads)
{
    private const string OldHistory = """
        DELETE FROM "UsageIntervals" WHERE "Id" IN (SELECT "Id" FROM "UsageIntervals" WHERE "To" < @p0 LIMIT @p1)
        """;

    /// <summary>Closes every day that ended before <paramref name="over"/>; gives how many days it stored figures of.</summary>
    public async Task<int> CloseAsync(Instant over, CancellationToken cancel)
    {
        var today = UsageDays.DayOf(over);
        // Asked again inside the unit: a clock that was set back unseals nothing.
        var until = await committer.CommitAsync(unit =>
        {
            var before = UsageHistory.Read(unit.Find<MetaRow>(UsageHistory.SealedKey));
            if (before >= today)
            {
                return before.Value;
            }

            unit.Upsert(UsageHistory.Write(UsageHistory.SealedKey, today));
            return today;
        }, cancel);

        var closed = 0;
        await using var db = await reads.CreateDbContextAsync(cancel);
        var day = UsageHistory.ClosedBefore(db) ?? LocalDate.MinIsoValue;
        while (day < until)
        {
            // Days on which nobody had anything have no figures.
            if (FirstUseSince(db, day) is not { } next || next >= until)
            {
                await committer.CommitAsync(unit => unit.Upsert(UsageHistory.Write(UsageHistory.ClosedKey, until)), cancel);
                break;
            }

            await StoreAsync(db, next, cancel);
            day = next.PlusDays(1);
            closed++;
        }

        return closed;
    }

    /// <summary>
    /// Deletes history that ended before <paramref name="before"/>, as far as its days are closed; gives how much went.
    /// </summary>
    public async Task<int> TrimAsync(Instant before, int most, CancellationToken cancel)
    {
        await using var db = await reads.CreateDbContextAsync(cancel);
        if (UsageHistory.ClosedBefore(db) is not { } closed)
        {
            return 0;
        }

        var to = Instant.Min(before, UsageDays.StartOf(closed)).ToUnixTimeTicks();
        var (all, gone) = (0, 0);
        do
        {
            gone = await committer.CommitAsync(unit => unit.Execute(OldHistory, to, most), cancel);
            all += gone;
        }
        while (gone >= most);

        return all;
    }

    private Task StoreAsync(RdfeDbContext db, LocalDate day, CancellationToken cancel)
    {
        var used = UsageDays.Of(UsageHistory.Between(db, day, day), day, day, UsageDays.StartOf(day.PlusDays(1)));
        return committer.CommitAsync(unit =>
        {
            foreach (var ((_, tenant), sum) in used)
            {
                unit.Upsert(new UsageDayRow
                {
                    SubscriptionId = tenant,
                    Day = day,
                    InstanceSeconds = sum.InstanceSeconds,
                    CoreSeconds = sum.CoreSeconds,
                    VipSeconds = sum.VipSeconds,
                });
            }

            unit.Upsert(UsageHistory.Write(UsageHistory.ClosedKey, day.PlusDays(1)));
        }, cancel);
    }

    // The first day from this one on that something lasted on.
    private static LocalDate? FirstUseSince(RdfeDbContext db, LocalDate day)
    {
        var start = day == LocalDate.MinIsoValue ? Instant.FromUnixTimeTicks(0) : UsageDays.StartOf(day);
        var since = db.Set<MeterRow>().AsNoTracking().Min(m => (Instant?)m.Since);
        var from = db.Set<UsageIntervalRow>().AsNoTracking().Where(i => i.To > start).Min(i => (Instant?)i.From);
        var first = since is { } s && from is { } f ? Instant.Min(s, f) : since ?? from;
        return first is { } at ? UsageDays.DayOf(Instant.Max(at, start)) : null;
    }
}
