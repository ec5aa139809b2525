// R2: how usage is written, and how it is read again. Written inside the commit that changes the state, so that a crash
// loses both or neither; read as closed days where there are any, and from the history where there are none yet.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain;
using Rdfe.Domain.Billing;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence.Billing;

/// <summary>What a subscription used on a day.</summary>
/// <param name="Day">The day (UTC).</param>
/// <param name="Used">What was used.</param>
/// <param name="Closed">True once it is stored for good.</param>
public sealed record UsageDay(LocalDate Day, Used Used, bool Closed);

public static class UsageHistory
{
    /// <summary>Days before this one are sealed: no change that is committed from now on counts in them.</summary>
    internal const string SealedKey = "billing.sealed";

    /// <summary>Days before this one are closed: their figures are stored.</summary>
    internal const string ClosedKey = "billing.closed";

    /// <summary>Writes a turn's changes of what is metered.</summary>
    public static void Record(UnitOfWork unit, ClusterId cluster, IReadOnlyList<UsageChange> changes)
    {
        if (changes.Count == 0)
        {
            return;
        }

        var notBefore = Read(unit.Find<MetaRow>(SealedKey)) is { } day ? UsageDays.StartOf(day) : Instant.MinValue;
        foreach (var change in changes)
        {
            var (ended, meter) = Meter.Turn(unit.Find<MeterRow>(change.Resource)?.ToMeter(), change, notBefore);
            if (ended is not null)
            {
                unit.Insert(new UsageIntervalRow
                {
                    Id = unit.NextSequence<UsageIntervalRow>(r => r.Id),
                    SubscriptionId = ended.Tenant,
                    Resource = ended.Resource,
                    Instances = ended.Had.Instances,
                    Cores = ended.Had.Cores,
                    Vips = ended.Had.Vips,
                    From = ended.From,
                    To = ended.To!.Value,
                });
            }

            if (meter is null)
            {
                unit.Delete<MeterRow>(change.Resource);
            }
            else
            {
                unit.Upsert(new MeterRow
                {
                    Resource = meter.Resource,
                    Cluster = cluster,
                    SubscriptionId = meter.Tenant,
                    Instances = meter.Has.Instances,
                    Cores = meter.Has.Cores,
                    Vips = meter.Has.Vips,
                    Since = meter.Since,
                });
            }
        }
    }

    /// <summary>Each day from <paramref name="from"/> to <paramref name="to"/> that has begun, days without usage too.</summary>
    public static IReadOnlyList<UsageDay> Days(
        RdfeDbContext db, SubscriptionId subscription, LocalDate from, LocalDate to, Instant now)
    {
        var last = LocalDate.Min(to, UsageDays.DayOf(now));
        if (last < from)
        {
            return [];
        }

        var closed = ClosedBefore(db) ?? LocalDate.MinIsoValue;
        var stored = db.Set<UsageDayRow>().AsNoTracking()
            .Where(r => r.SubscriptionId == subscription && r.Day >= from && r.Day <= last)
            .ToDictionary(r => r.Day, r => r.ToUsed());
        var open = LocalDate.Max(from, closed);
        var counted = open > last ? [] : UsageDays.Of(Between(db, open, last, subscription), open, last, now);
        var days = new List<UsageDay>();
        for (var day = from; day <= last; day = day.PlusDays(1))
        {
            days.Add(day < closed
                ? new UsageDay(day, stored.GetValueOrDefault(day), true)
                : new UsageDay(day, counted.GetValueOrDefault((day, subscription)), false));
        }

        return days;
    }

    /// <summary>The history of these days: whatever lasted into them and did not end before them.</summary>
    public static IReadOnlyList<UsageInterval> Between(
        RdfeDbContext db, LocalDate from, LocalDate to, SubscriptionId? subscription = null)
    {
        var (start, end) = (UsageDays.StartOf(from), UsageDays.StartOf(to.PlusDays(1)));
        var meters = db.Set<MeterRow>().AsNoTracking().Where(m => m.Since < end);
        var intervals = db.Set<UsageIntervalRow>().AsNoTracking().Where(i => i.To > start && i.From < end);
        if (subscription is { } one)
        {
            meters = meters.Where(m => m.SubscriptionId == one);
            intervals = intervals.Where(i => i.SubscriptionId == one);
        }

        // Meters first: one that ends between the two reads is seen twice, and told by where it began.
        var open = meters.AsEnumerable().Select(m => m.ToMeter().Open).ToList();
        var ended = intervals.AsEnumerable().Select(i => i.ToInterval()).ToList();
        var told = ended.Select(i => (i.Resource, i.From)).ToHashSet();
        ended.AddRange(open.Where(o => !told.Contains((o.Resource, o.From))));
        return ended;
    }

    /// <summary>The first day that is not closed; null where none was ever closed.</summary>
    public static LocalDate? ClosedBefore(RdfeDbContext db) =>
        Read(db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == ClosedKey));

    internal static LocalDate? Read(MetaRow? row) => row is null ? null : LocalDatePattern.Iso.Parse(row.Value).Value;

    internal static MetaRow Write(string key, LocalDate day) => new() { Key = key, Value = LocalDatePattern.Iso.Format(day) };
}
