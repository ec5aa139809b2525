// On which dates a recurrence falls (W5). A date is found by dividing, never by walking to it from the start: what is asked
// of a window decades after it began costs what it costs on the first day.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Windows;

/// <summary>The dates of a recurrence from its first day on. They fall into periods: so many days, weeks or months.</summary>
internal sealed class RecurrenceDates(Recurrence recurrence, LocalDate first)
{
    /// <summary>The last date that is looked at: far enough for everybody, and far enough from where the calendar ends.</summary>
    public static readonly LocalDate Furthest = new(9990, 12, 31);

    // Four years of months in every step that twelve months allow: every length of a month, beside every other.
    private const int PeriodsOfACycle = 48;

    // The weekday of the month before the first one may lead into it by its offset.
    private readonly int lowest = recurrence is Recurrence.MonthlyOnWeekday { Offset: > 0 } ? -1 : 0;

    private readonly LocalDate monday = first.PlusDays(1 - (int)first.DayOfWeek);

    /// <summary>Dates on or after <paramref name="date"/>, ascending.</summary>
    public IEnumerable<LocalDate> From(LocalDate date)
    {
        // A weekday with an offset may lie in the period beside its own.
        for (var period = Math.Max(lowest, PeriodOf(date) - 1); BeginOf(period) <= Furthest; period++)
        {
            foreach (var d in In(period))
            {
                if (d >= date && d >= first)
                {
                    yield return d;
                }
            }
        }
    }

    /// <summary>Dates on or before <paramref name="date"/>, descending.</summary>
    public IEnumerable<LocalDate> DownFrom(LocalDate date)
    {
        for (var period = PeriodOf(date) + 1; period >= lowest; period--)
        {
            foreach (var d in In(period).Reverse())
            {
                if (d <= date && d >= first)
                {
                    yield return d;
                }
            }
        }
    }

    /// <summary>
    /// Days that were asked for between the date before and this one, and that their months lack: 30 February, 29 February
    /// outside leap years, 31 April. There is no window on them (W5).
    /// </summary>
    public IReadOnlyList<(YearMonth Month, int Day)> MissingBefore(LocalDate date)
    {
        var missing = new List<(YearMonth, int)>();
        if (recurrence is Recurrence.MonthlyOnDays monthly && In(PeriodOf(date)).FirstOrDefault(d => d >= first) == date)
        {
            for (var period = PeriodOf(date) - 1; period >= 0; period--)
            {
                var begin = BeginOf(period);
                var length = LengthOf(begin);
                missing.InsertRange(0, DaysOf(monthly).Where(d => d > length && d != Recurrence.LastDay).Select(d => (begin.ToYearMonth(), d)));
                if (In(period).Any(d => d >= first))
                {
                    break;
                }
            }
        }

        return missing;
    }

    /// <summary>Fewest days from one date to the next; null where there is no next one.</summary>
    public int? FewestDaysBetween()
    {
        int? fewest = null;
        LocalDate? before = null;
        for (var period = 0; period <= PeriodsOfACycle && BeginOf(period) <= Furthest; period++)
        {
            foreach (var d in In(period).Where(d => d >= first))
            {
                if (before is { } b)
                {
                    fewest = Math.Min(fewest ?? int.MaxValue, Period.DaysBetween(b, d));
                }

                before = d;
            }
        }

        return fewest;
    }

    private int PeriodOf(LocalDate date)
    {
        var d = LocalDate.Min(LocalDate.Max(date, first), Furthest);
        return recurrence switch
        {
            Recurrence.Daily r => Period.DaysBetween(first, d) / r.Every,
            Recurrence.Weekly r => Period.DaysBetween(monday, d) / (7 * r.Every),
            _ => (((d.Year - first.Year) * 12) + d.Month - first.Month) / recurrence.Every,
        };
    }

    private LocalDate BeginOf(int period) => recurrence switch
    {
        Recurrence.Daily r => first.PlusDays(period * r.Every),
        Recurrence.Weekly r => monday.PlusDays(period * 7 * r.Every),
        _ => new LocalDate(first.Year, first.Month, 1).PlusMonths(period * recurrence.Every),
    };

    // Ascending.
    private IEnumerable<LocalDate> In(int period)
    {
        var begin = BeginOf(period);
        return recurrence switch
        {
            Recurrence.Weekly { Days.IsEmpty: true } => [begin.PlusDays((int)first.DayOfWeek - 1)],
            Recurrence.Weekly r => r.Days.Select(d => begin.PlusDays((int)d - 1)),
            Recurrence.MonthlyOnDays r => OnDays(r, begin),
            Recurrence.MonthlyOnWeekday r => [Weekday(r, begin).PlusDays(r.Offset)],
            _ => [begin],
        };
    }

    private IEnumerable<LocalDate> OnDays(Recurrence.MonthlyOnDays monthly, LocalDate begin)
    {
        var length = LengthOf(begin);
        // The last day may be there by its number too.
        return DaysOf(monthly).Select(d => d == Recurrence.LastDay ? length : d).Where(d => d <= length).Distinct()
            .Select(d => begin.PlusDays(d - 1));
    }

    private ImmutableSortedSet<int> DaysOf(Recurrence.MonthlyOnDays monthly) => monthly.Days.IsEmpty ? [first.Day] : monthly.Days;

    private static LocalDate Weekday(Recurrence.MonthlyOnWeekday monthly, LocalDate begin)
    {
        if (monthly.Week == WeekOfMonth.Last)
        {
            var last = begin.PlusDays(LengthOf(begin) - 1);
            return last.PlusDays(-Modulo7((int)last.DayOfWeek - (int)monthly.Day));
        }

        return begin.PlusDays(Modulo7((int)monthly.Day - (int)begin.DayOfWeek) + (7 * (int)monthly.Week));
    }

    private static int Modulo7(int days) => ((days % 7) + 7) % 7;

    private static int LengthOf(LocalDate month) => month.Calendar.GetDaysInMonth(month.Year, month.Month);
}
