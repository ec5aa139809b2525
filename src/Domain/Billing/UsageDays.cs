// R2: from history to bills. Days are those of UTC. Moments are cut to the second before they are subtracted, so that
// what one day loses at its end the next one has, and the days of an interval add up to the interval.
using NodaTime;

namespace Rdfe.Domain.Billing;

/// <summary>What was used, day by day (R2).</summary>
public static class UsageDays
{
    private const long Day = 86_400;
    private static readonly LocalDate First = new(1970, 1, 1);

    /// <summary>The day that a moment lies in.</summary>
    public static LocalDate DayOf(Instant at) => at.InUtc().Date;

    /// <summary>The first moment of a day.</summary>
    public static Instant StartOf(LocalDate day) => day.AtMidnight().InUtc().ToInstant();

    /// <summary>What was used on each day from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    /// <param name="history">Intervals, in any order; what lies outside the days is left out.</param>
    /// <param name="from">The first day.</param>
    /// <param name="to">The last day.</param>
    /// <param name="now">Up to when intervals that last are counted.</param>
    /// <returns>By day and tenant; days on which a tenant used nothing are not there.</returns>
    public static Dictionary<(LocalDate Day, SubscriptionId Tenant), Used> Of(
        IEnumerable<UsageInterval> history, LocalDate from, LocalDate to, Instant now)
    {
        var (first, last) = (Number(from), Number(to));
        var used = new Dictionary<(LocalDate, SubscriptionId), Used>();
        foreach (var interval in history)
        {
            var start = interval.From.ToUnixTimeSeconds();
            var end = (interval.To ?? now).ToUnixTimeSeconds();
            for (var day = Math.Max(first, DayOf(start)); day <= Math.Min(last, DayOf(end)); day++)
            {
                var seconds = Math.Min(end, (day + 1) * Day) - Math.Max(start, day * Day);
                if (seconds > 0)
                {
                    var key = (First.PlusDays((int)day), interval.Tenant);
                    used[key] = used.GetValueOrDefault(key) + Used.Of(interval.Had, seconds);
                }
            }
        }

        return used;
    }

    private static long Number(LocalDate day) => Period.DaysBetween(First, day);

    // Division that rounds down, before 1970 too.
    private static long DayOf(long second) => (second - (((second % Day) + Day) % Day)) / Day;
}
