using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Tests.Windows;

/// <summary>What holds for any window, held against one that walks day by day. A failing case prints its seed.</summary>
[Trait("spec", "W5")]
public sealed class MaintenanceWindowProperties
{
    private const int Cases = 120;

    // Days that are looked at from the start of a window on: a leap year is among them.
    private const int Span = 1500;

    // With every oddity that there is: half hours, no summer, changes at midnight, a lost day, two changes a month.
    private static readonly string[] Zones =
    [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago", "Asia/Kathmandu",
        "Pacific/Apia", "Africa/Casablanca", "America/St_Johns", "Asia/Tehran", "Pacific/Kiritimati", "Pacific/Kwajalein", "Antarctica/Troll",
    ];

    private static void ForAnyWindow(Func<MaintenanceWindow, Picks, bool> holds, int cases = Cases) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(cases),
        Prop.ForAll<PositiveInt>(seed => holds(Window(new Picks((ulong)seed.Get)), new Picks((ulong)seed.Get + 1_000_000))));

    private static MaintenanceWindow Window(Picks pick)
    {
        while (true)
        {
            var start = new LocalDate(pick.One([1993, 2010, 2011, 2027, 2096]), 1, 1).PlusDays(pick.Below(800))
                .At(LocalTime.FromMinutesSinceMidnight(pick.Below(3) == 0 ? pick.Below(1440) : pick.Below(12) * 15));
            var end = pick.Below(4) == 0 ? WindowReader.Format(start.PlusDays(1 + pick.Below(900))) : null;
            var duration = Duration.FromMinutes(15 * (1 + pick.Below(4 * 24)));
            var text = new WindowText(WindowReader.Format(start), duration, pick.One(Zones), Recurrence(pick).Text, end);
            // Some are refused: those overlap, never come, or end before they begin.
            if (WindowReader.Read(text) is { Refused: false } window)
            {
                return window.Value;
            }
        }
    }

    private static Recurrence Recurrence(Picks pick) => pick.Below(5) switch
    {
        0 => new Recurrence.Daily(1 + pick.Below(1 + pick.Below(20))),
        1 => new Recurrence.Weekly(1 + pick.Below(4), [.. pick.Some(7).Select(d => (IsoDayOfWeek)d)]),
        2 => new Recurrence.MonthlyOnDays(pick.One([1, 2, 3, 12]), [.. pick.Some(32)]),
        3 => new Recurrence.MonthlyOnDays(pick.One([1, 1, 3, 12]), [29]),
        _ => new Recurrence.MonthlyOnWeekday(
            1 + pick.Below(4), pick.One(Enum.GetValues<WeekOfMonth>()), (IsoDayOfWeek)(1 + pick.Below(7)), pick.Below(13) - 6),
    };

    private static Instant Somewhere(MaintenanceWindow window, Picks pick) =>
        Oracle.StartsAt(window).InZoneLeniently(window.Zone).ToInstant() - Duration.FromDays(20) + Duration.FromMinutes(pick.Below(Span * 1440));

    [Fact]
    public void The_windows_are_those_that_one_finds_day_by_day() => ForAnyWindow((window, pick) =>
    {
        var from = Somewhere(window, pick);
        var to = from + Duration.FromDays(400);
        return window.Between(from, to).Select(o => (o.Start, o.End)).SequenceEqual(
            Oracle.All(window, to).Where(o => o.End > from && o.Start < to));
    });

    [Fact]
    public void Windows_never_overlap_or_go_back() => ForAnyWindow((window, pick) =>
    {
        var some = window.Between(Somewhere(window, pick), Instant.MaxValue).Take(50).ToList();
        return some.All(o => o.Start < o.End && o.End - o.Start <= window.Duration)
            && some.Zip(some.Skip(1)).All(p => p.First.End <= p.Second.Start && p.First.Date < p.Second.Date);
    });

    [Fact]
    public void One_window_after_the_other_is_the_same_as_one_jump() => ForAnyWindow((window, pick) =>
    {
        var far = Somewhere(window, pick);
        var step = window.Next(Instant.MinValue);
        while (step is not null && step.Start < far)
        {
            step = window.Next(step.Start + Duration.Epsilon);
        }

        return step == window.Next(far);
    }, 60);

    [Fact]
    public void It_is_open_at_a_moment_when_one_of_its_windows_is() => ForAnyWindow((window, pick) =>
    {
        var all = Oracle.All(window, Oracle.StartsAt(window).InUtc().ToInstant() + Duration.FromDays(Span)).ToList();
        return Enumerable.Range(0, 20).All(_ =>
        {
            // Mostly near an edge: that is where one is wrong.
            var at = all.Count > 0 && pick.Below(4) > 0
                ? pick.One([.. all.TakeLast(30)]) is var o && pick.Below(2) == 0 ? o.Start : o.End
                : Somewhere(window, pick);
            at += Duration.FromNanoseconds(pick.Below(3) - 1);
            return window.IsOpenAt(at) == all.Exists(o => o.Start <= at && at < o.End);
        });
    });

    [Fact]
    public void What_fits_at_a_moment_is_open_until_it_is_done_and_what_does_not_is_not() => ForAnyWindow((window, pick) =>
    {
        var at = window.Next(Somewhere(window, pick)) is { } o
            ? o.Start + Duration.FromMinutes(pick.Below(200))
            : Somewhere(window, pick);
        var work = Duration.FromMinutes(pick.Below(2000));
        var until = at;
        foreach (var w in Oracle.All(window, at + Duration.FromDays(400)))
        {
            until = w.Start <= until && until < w.End ? w.End : until;
        }

        var open = Oracle.All(window, at + Duration.FromDays(2)).Any(w => w.Start <= at && at < w.End);
        return window.Fits(at, work) == (open && until - at >= work);
    });

    [Fact]
    public void The_clock_shows_the_time_that_was_asked_for_except_where_it_never_does() => ForAnyWindow((window, pick) =>
        window.Between(Somewhere(window, pick), Instant.MaxValue).Take(50).All(o =>
        {
            var (asked, shown) = (o.Date.At(Oracle.StartsAt(window).TimeOfDay), o.Start.InZone(window.Zone).LocalDateTime);
            return window.Zone.MapLocal(asked).Count == 0
                ? shown > asked && (o.Start - Duration.Epsilon).InZone(window.Zone).LocalDateTime < asked
                : shown == asked;
        }));

    [Fact]
    public void A_remark_is_made_where_clocks_or_calendar_did_something_and_nowhere_else() => ForAnyWindow((window, pick) =>
        window.Between(Somewhere(window, pick), Instant.MaxValue).Take(30).All(o =>
        {
            var kinds = window.RemarksOn(o).Select(r => r.Kind).ToHashSet();
            return kinds.Contains(WindowRemarkKind.EndsAtNext) == (o.End - o.Start < window.Duration)
                && kinds.Contains(WindowRemarkKind.StartSkipped) == (o.Start.InZone(window.Zone).LocalDateTime != o.Date.At(Oracle.StartsAt(window).TimeOfDay));
        }));

    [Fact]
    public void The_first_moment_at_which_the_clock_shows_a_time_or_a_later_one_is_found_minute_by_minute_too()
    {
        foreach (var zone in Zones.Select(z => DateTimeZoneProviders.Tzdb[z]))
        {
            foreach (var change in zone.GetZoneIntervals(Instant.FromUtc(2010, 1, 1, 0, 0), Instant.FromUtc(2012, 12, 31, 0, 0)).Where(i => i.HasEnd).Take(4))
            {
                for (var minutes = -90; minutes <= 90; minutes += 30)
                {
                    var asked = change.End.InZone(zone).LocalDateTime.PlusMinutes(minutes);
                    var window = WindowReader.Read(new WindowText(WindowReader.Format(asked), Duration.FromHours(1), zone.Id, "Day")).Value;
                    var moment = change.End - Duration.FromDays(3);
                    while (moment.InZone(zone).LocalDateTime < asked)
                    {
                        moment += Duration.FromMinutes(1);
                    }

                    Assert.Equal(moment, window.Next(Instant.MinValue)!.Start);
                }
            }
        }
    }

    /// <summary>Draws from a seed, one after the other.</summary>
    private sealed class Picks(ulong seed)
    {
        private int n;

        public int Below(int most) => (int)(most * Draw.Unit(seed, "window", "test", n++));

        public T One<T>(IReadOnlyList<T> of) => of[Below(of.Count)];

        public IEnumerable<int> Some(int of) => [.. Enumerable.Range(1, of).Where(_ => Below(5) == 0)];
    }

    /// <summary>Walks from the first day on, and knows nothing of periods.</summary>
    private static class Oracle
    {
        public static LocalDateTime StartsAt(MaintenanceWindow window) => Time(window.Text.StartsAt);

        public static IEnumerable<(Instant Start, Instant End)> All(MaintenanceWindow window, Instant to)
        {
            var starts = new List<Instant>();
            var recurrence = RecurrenceText.Read(window.Text.Recurrence, out _)!;
            var first = StartsAt(window);
            for (var date = first.Date; date.AtMidnight().InUtc().ToInstant() < to + Duration.FromDays(10); date = date.PlusDays(1))
            {
                if (IsOn(recurrence, first.Date, date) && (window.Text.EndsAt is null || date.At(first.TimeOfDay) < Time(window.Text.EndsAt)))
                {
                    var at = window.Zone.MapLocal(date.At(first.TimeOfDay));
                    starts.Add(at.Count == 0 ? at.LateInterval.Start : at.First().ToInstant());
                }
            }

            starts = [.. starts.Distinct()];
            return starts.Select((s, i) => (s, i + 1 < starts.Count ? Instant.Min(s + window.Duration, starts[i + 1]) : s + window.Duration));
        }

        private static bool IsOn(Recurrence recurrence, LocalDate first, LocalDate date) => recurrence switch
        {
            Recurrence.Daily r => Period.DaysBetween(first, date) % r.Every == 0,
            Recurrence.Weekly r => (r.Days.IsEmpty ? date.DayOfWeek == first.DayOfWeek : r.Days.Contains(date.DayOfWeek))
                && Period.DaysBetween(MondayOf(first), MondayOf(date)) / 7 % r.Every == 0,
            Recurrence.MonthlyOnDays r => IsMonth(r, first, date)
                && ((r.Days.IsEmpty ? date.Day == first.Day : r.Days.Contains(date.Day))
                    || (r.Days.Contains(32) && date.PlusDays(1).Day == 1)),
            Recurrence.MonthlyOnWeekday r => IsOn(r, first, date.PlusDays(-r.Offset)),
            _ => throw new NotSupportedException(),
        };

        private static bool IsOn(Recurrence.MonthlyOnWeekday r, LocalDate first, LocalDate weekday) =>
            IsMonth(r, first, weekday) && weekday.DayOfWeek == r.Day
            && (r.Week == WeekOfMonth.Last ? weekday.PlusWeeks(1).Month != weekday.Month : (weekday.Day - 1) / 7 == (int)r.Week);

        private static bool IsMonth(Recurrence r, LocalDate first, LocalDate date) =>
            ((date.Year - first.Year) * 12 + date.Month - first.Month) % r.Every == 0;

        private static LocalDate MondayOf(LocalDate date) => date.DayOfWeek == IsoDayOfWeek.Monday ? date : date.Previous(IsoDayOfWeek.Monday);

        private static LocalDateTime Time(string text) =>
            NodaTime.Text.LocalDateTimePattern.ExtendedIso.Parse(text.Length == 16 ? text + ":00" : text).Value;
    }
}
