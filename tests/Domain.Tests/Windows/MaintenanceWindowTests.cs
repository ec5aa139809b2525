using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Tests.Windows;

/// <summary>Windows as tables: the words, and the moments at which they open.</summary>
[Trait("spec", "W5")]
public sealed class MaintenanceWindowTests
{
    private static readonly ZonedDateTimePattern Local =
        ZonedDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm o<g>", DateTimeZoneProviders.Tzdb);

    private static Instant At(string text) => OffsetDateTimePattern.Rfc3339.Parse(text).Value.ToInstant();

    private static MaintenanceWindow Window(string startsAt, string zone, string recurrence, string? endsAt = null, double hours = 2) =>
        WindowReader.Read(new WindowText(startsAt, Duration.FromHours(hours), zone, recurrence, endsAt)).Value;

    private static string Opens(MaintenanceWindow window, int count, string from = "1970-01-01T00:00:00Z") => string.Join(
        ", ", window.Between(At(from), Instant.MaxValue).Take(count).Select(o => Local.Format(o.Start.InZone(window.Zone))));

    [Theory]
    [InlineData("2027-03-01T22:00", "Day", "2027-03-01 22:00 +00, 2027-03-02 22:00 +00, 2027-03-03 22:00 +00")]
    [InlineData("2027-12-30T22:00", "3Days", "2027-12-30 22:00 +00, 2028-01-02 22:00 +00, 2028-01-05 22:00 +00")]
    [InlineData("2027-03-03T22:00", "Week", "2027-03-03 22:00 +00, 2027-03-10 22:00 +00, 2027-03-17 22:00 +00")]
    [InlineData("2027-03-03T22:00", "Week Saturday,Sunday", "2027-03-06 22:00 +00, 2027-03-07 22:00 +00, 2027-03-13 22:00 +00")]
    // Weeks are counted from the one in which it starts, and begin on Monday: Monday of the first one is past already.
    [InlineData("2027-12-22T22:00", "2Weeks Monday,Friday", "2027-12-24 22:00 +00, 2028-01-03 22:00 +00, 2028-01-07 22:00 +00")]
    [InlineData("2027-03-15T22:00", "Month", "2027-03-15 22:00 +00, 2027-04-15 22:00 +00, 2027-05-15 22:00 +00")]
    [InlineData("2027-03-20T22:00", "Month day1,day23", "2027-03-23 22:00 +00, 2027-04-01 22:00 +00, 2027-04-23 22:00 +00")]
    // A month without the day has no window: as in Azure and in iCalendar.
    [InlineData("2027-01-31T22:00", "Month", "2027-01-31 22:00 +00, 2027-03-31 22:00 +00, 2027-05-31 22:00 +00")]
    [InlineData("2027-01-01T22:00", "Month day29", "2027-01-29 22:00 +00, 2027-03-29 22:00 +00, 2027-04-29 22:00 +00")]
    [InlineData("2028-01-01T22:00", "Month day29", "2028-01-29 22:00 +00, 2028-02-29 22:00 +00, 2028-03-29 22:00 +00")]
    [InlineData("2027-02-01T22:00", "12Months day29", "2028-02-29 22:00 +00, 2032-02-29 22:00 +00, 2036-02-29 22:00 +00")]
    // 2100 is no leap year.
    [InlineData("2096-02-29T22:00", "12Months", "2096-02-29 22:00 +00, 2104-02-29 22:00 +00, 2108-02-29 22:00 +00")]
    [InlineData("2027-01-31T22:00", "Month dayLast", "2027-01-31 22:00 +00, 2027-02-28 22:00 +00, 2027-03-31 22:00 +00")]
    [InlineData("2028-02-01T22:00", "Month day29,dayLast", "2028-02-29 22:00 +00, 2028-03-29 22:00 +00, 2028-03-31 22:00 +00")]
    [InlineData("2027-03-01T22:00", "Month Second Tuesday", "2027-03-09 22:00 +00, 2027-04-13 22:00 +00, 2027-05-11 22:00 +00")]
    [InlineData("2027-03-01T22:00", "Month Last Sunday", "2027-03-28 22:00 +00, 2027-04-25 22:00 +00, 2027-05-30 22:00 +00")]
    [InlineData("2027-03-01T22:00", "3Months Last Sunday", "2027-03-28 22:00 +00, 2027-06-27 22:00 +00, 2027-09-26 22:00 +00")]
    // Some days after patch Tuesday; and before the first Monday, which leads into the month before.
    [InlineData("2027-03-01T22:00", "Month Second Tuesday Offset4", "2027-03-13 22:00 +00, 2027-04-17 22:00 +00, 2027-05-15 22:00 +00")]
    [InlineData("2027-12-15T22:00", "Month First Monday Offset-6", "2027-12-28 22:00 +00, 2028-02-01 22:00 +00, 2028-02-29 22:00 +00")]
    [InlineData("2027-03-01T22:00", "Month Last Sunday Offset6", "2027-03-06 22:00 +00, 2027-04-03 22:00 +00, 2027-05-01 22:00 +00")]
    public void A_window_opens_on(string startsAt, string recurrence, string opens) =>
        Assert.Equal(opens, Opens(Window(startsAt, "UTC", recurrence), 3));

    [Theory]
    // 02:30 does not exist on 28 March 2027 in Berlin: 03:00 is the first moment after it.
    [InlineData("2027-03-27T02:30", "Europe/Berlin", "2027-03-27 02:30 +01, 2027-03-28 03:00 +02, 2027-03-29 02:30 +02")]
    // It comes twice on 31 October: the first time, still in summer.
    [InlineData("2027-10-30T02:30", "Europe/Berlin", "2027-10-30 02:30 +02, 2027-10-31 02:30 +02, 2027-11-01 02:30 +01")]
    [InlineData("2027-03-13T02:30", "America/New_York", "2027-03-13 02:30 -05, 2027-03-14 03:00 -04, 2027-03-15 02:30 -04")]
    // Half an hour of summer, three quarters of an hour of offset, midnight that is left out, and a zone without changes.
    [InlineData("2027-10-02T02:15", "Australia/Lord_Howe", "2027-10-02 02:15 +10:30, 2027-10-03 02:30 +11, 2027-10-04 02:15 +11")]
    [InlineData("2027-09-25T02:45", "Pacific/Chatham", "2027-09-25 02:45 +12:45, 2027-09-26 03:45 +13:45, 2027-09-27 02:45 +13:45")]
    [InlineData("2027-09-04T00:00", "America/Santiago", "2027-09-04 00:00 -04, 2027-09-05 01:00 -03, 2027-09-06 00:00 -03")]
    [InlineData("2027-03-27T02:30", "Asia/Kathmandu", "2027-03-27 02:30 +05:45, 2027-03-28 02:30 +05:45, 2027-03-29 02:30 +05:45")]
    // Samoa had no 30 December 2011: what was to begin on it begins as the day after does.
    [InlineData("2011-12-29T03:00", "Pacific/Apia", "2011-12-29 03:00 -10, 2011-12-31 00:00 +14, 2011-12-31 03:00 +14")]
    [InlineData("2011-12-29T00:00", "Pacific/Apia", "2011-12-29 00:00 -10, 2011-12-31 00:00 +14, 2012-01-01 00:00 +14")]
    public void Clock_changes_move_a_window_no_further_than_they_must(string startsAt, string zone, string opens) =>
        Assert.Equal(opens, Opens(Window(startsAt, zone, "Day"), 3));

    [Theory]
    // Four hours are four hours, whatever the clocks show at their end.
    [InlineData("2027-03-28T00:00", "2027-03-27T23:00:00Z", "2027-03-28T03:00:00Z")]
    [InlineData("2027-10-31T00:00", "2027-10-30T22:00:00Z", "2027-10-31T02:00:00Z")]
    public void The_length_of_a_window_is_elapsed_time(string startsAt, string opens, string closes)
    {
        var window = Window(startsAt, "Europe/Berlin", "Day", hours: 4);
        var first = window.Next(Instant.MinValue)!;
        Assert.Equal((At(opens), At(closes)), (first.Start, first.End));
        Assert.False(window.IsOpenAt(At(opens) - Duration.Epsilon));
        Assert.True(window.IsOpenAt(At(opens)));
        Assert.True(window.IsOpenAt(At(closes) - Duration.Epsilon));
        Assert.False(window.IsOpenAt(At(closes)));
    }

    [Fact]
    public void A_whole_day_of_23_hours_ends_where_the_next_begins_and_nothing_is_closed_between()
    {
        var window = Window("2027-03-27T00:00", "Europe/Berlin", "Day", hours: 24);
        var short23 = window.Next(At("2027-03-27T23:00:00Z"))!;
        Assert.Equal(Duration.FromHours(23), short23.End - short23.Start);
        Assert.Equal([WindowRemarkKind.ClocksChange, WindowRemarkKind.EndsAtNext], window.RemarksOn(short23).Select(r => r.Kind));
        // It never closes: who asks is told as far as anybody may wait.
        var now = At("2027-04-01T12:00:00Z");
        Assert.InRange(window.OpenUntil(now)!.Value - now, MaintenanceWindow.Horizon, MaintenanceWindow.Horizon + Duration.FromDays(1));
        Assert.True(window.Fits(now, MaintenanceWindow.Horizon));
    }

    [Theory]
    [InlineData("2027-03-06T22:00:00Z", "PT4H", true)]
    [InlineData("2027-03-06T22:00:01Z", "PT4H", false)]
    [InlineData("2027-03-07T01:30:00Z", "PT30M", true)]
    [InlineData("2027-03-07T01:30:00Z", "PT31M", false)]
    [InlineData("2027-03-06T21:59:59Z", "PT1S", false)]
    [InlineData("2027-03-07T02:00:00Z", "PT0S", false)]
    public void Work_fits_when_it_is_done_before_the_window_closes(string at, string work, bool fits) => Assert.Equal(
        fits, Window("2027-03-01T22:00", "UTC", "Week Saturday", hours: 4).Fits(At(at), PeriodPattern.NormalizingIso.Parse(work).Value.ToDuration()));

    [Fact]
    public void A_weekend_of_two_whole_days_is_open_to_its_end()
    {
        var window = Window("2027-03-01T00:00", "UTC", "Week Saturday,Sunday", hours: 24);
        Assert.Equal(At("2027-03-08T00:00:00Z"), window.OpenUntil(At("2027-03-06T12:00:00Z")));
        Assert.True(window.Fits(At("2027-03-06T12:00:00Z"), Duration.FromHours(36)));
        Assert.Null(window.OpenUntil(At("2027-03-08T00:00:00Z")));
    }

    [Fact]
    public void No_window_begins_at_its_end_or_later_and_one_that_has_begun_lasts()
    {
        var window = Window("2027-03-01T22:00", "Europe/Berlin", "Day", endsAt: "2027-03-03T22:00");
        Assert.Equal("2027-03-01 22:00 +01, 2027-03-02 22:00 +01", Opens(window, 5));
        var longer = Window("2027-03-01T22:00", "Europe/Berlin", "Day", endsAt: "2027-03-03T22:01");
        Assert.Equal("2027-03-01 22:00 +01, 2027-03-02 22:00 +01, 2027-03-03 22:00 +01", Opens(longer, 5));
        Assert.True(longer.IsOpenAt(At("2027-03-03T22:30:00Z")));
        Assert.Null(longer.Next(At("2027-03-03T22:30:00Z")));
        Assert.False(longer.IsOpenAt(At("2090-03-03T22:30:00Z")));
    }

    [Theory]
    [InlineData("Day", "8999-12-31 22:00 +01")]
    [InlineData("2Weeks Friday", "9000-01-10 22:00 +01")]
    [InlineData("Month Last Sunday", "9000-01-26 22:00 +01")]
    [InlineData("12Months day29", "9004-02-29 22:00 +01")]
    public void A_date_in_seven_thousand_years_is_found_at_once(string recurrence, string opens)
    {
        var window = Window("2028-02-01T22:00", "Europe/Berlin", recurrence);
        Assert.Equal(opens, Opens(window, 1, "8999-12-31T12:00:00Z"));
        Assert.Null(window.Next(Instant.MaxValue));
        Assert.False(window.IsOpenAt(Instant.MaxValue));
        Assert.False(window.IsOpenAt(Instant.MinValue));
    }

    [Fact]
    public void What_clocks_and_calendar_did_is_said()
    {
        string Said(MaintenanceWindow w, string from) =>
            string.Join(" | ", w.RemarksOn(w.Next(At(from))!).Select(r => $"{r.Kind}: {r.Detail}"));
        var daily = Window("2027-03-01T02:30", "Europe/Berlin", "Day");
        Assert.Equal("", Said(daily, "2027-03-10T00:00:00Z"));
        Assert.Equal("StartSkipped: The clocks of Europe/Berlin leave 02:30 on 2027-03-28 out: it begins at 03:00.", Said(daily, "2027-03-28T00:00:00Z"));
        Assert.Equal(
            "StartComesTwice: 02:30 on 2027-10-31 comes twice in Europe/Berlin: it begins the first time, at offset +02. | "
            + "ClocksChange: The clocks go back while it is open: it ends at 03:30.", Said(daily, "2027-10-31T00:00:00Z"));
        Assert.Equal(
            "ClocksChange: The clocks go forward while it is open: it ends at 04:00.",
            Said(Window("2027-03-01T01:00", "Europe/Berlin", "Day"), "2027-03-27T23:00:00Z"));
        Assert.Equal(
            "DayMissing: 2027-02 has no day 31: there was no window on it.", Said(Window("2027-01-31T22:00", "UTC", "Month"), "2027-02-01T00:00:00Z"));
        Assert.Equal(
            "DayMissing: 2027-02 has no day 29: there was no window on it.",
            Said(Window("2027-01-31T22:00", "UTC", "Month day28,day29"), "2027-03-01T00:00:00Z"));
        Assert.Equal("", Said(Window("2027-01-31T22:00", "UTC", "Month dayLast"), "2027-02-01T00:00:00Z"));
        // 2100 in between: seven years without the day.
        Assert.Equal(7, Window("2096-02-29T22:00", "UTC", "12Months").RemarksOn(
            Window("2096-02-29T22:00", "UTC", "12Months").Next(At("2097-01-01T00:00:00Z"))!).Count);
    }

    [Theory]
    [InlineData("1day", "Day")]
    [InlineData("DAYS", "Day")]
    [InlineData(" 3days ", "3Days")]
    [InlineData("1Week sunday, Saturday,sunday", "Week Saturday,Sunday")]
    [InlineData("2weeks", "2Weeks")]
    [InlineData("1Month day24,DAY23", "Month day23,day24")]
    [InlineData("Month daylast", "Month dayLast")]
    [InlineData("1Month Fourth Monday Offset6", "Month Fourth Monday Offset6")]
    [InlineData("month last sunday offset-3", "Month Last Sunday Offset-3")]
    [InlineData("Month First Monday Offset0", "Month First Monday")]
    public void Azures_words_are_taken_and_have_one_spelling(string words, string spelt)
    {
        var read = RecurrenceText.Read(words, out var error);
        Assert.Null(error);
        Assert.Equal(spelt, read!.Text);
        Assert.Equal(spelt, RecurrenceText.Read(spelt, out _)!.Text);
    }

    [Theory]
    [InlineData("", "Must begin with Day, Week or Month")]
    [InlineData("Year", "Must begin with Day, Week or Month")]
    [InlineData("0Days", "is 1 to 365")]
    [InlineData("366Days", "is 1 to 365")]
    [InlineData("99999999999999999999Weeks", "is 1 to 52")]
    [InlineData("13Months", "is 1 to 12")]
    [InlineData("Day Sunday", "Nothing follows Day")]
    [InlineData("Week Sunday,", "'' is no day of the week")]
    [InlineData("Week 1", "'1' is no day of the week")]
    [InlineData("Week None", "'None' is no day of the week")]
    [InlineData("Month day0", "'day0' is no day of a month")]
    [InlineData("Month day32", "'day32' is no day of a month")]
    [InlineData("Month day1 day2", "'day1 day2' is no day of a month")]
    [InlineData("Month Fifth Monday", "After Month")]
    [InlineData("Month 1 Monday", "After Month")]
    [InlineData("Month Last Mondays", "'Mondays' is no day of the week")]
    [InlineData("Month Last Monday Offset7", "from -6 to 6")]
    [InlineData("Month Last Monday 3", "Offset and a number of days")]
    public void Words_that_mean_nothing_are_refused_with_examples(string words, string because)
    {
        Assert.Null(RecurrenceText.Read(words, out var error));
        Assert.Contains(because, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_wrong_with_a_window_is_said_at_once_and_where()
    {
        var refusal = WindowReader.Read(
            new WindowText("2027-03-06T22:00Z", Duration.FromMinutes(5), "Mars/Olympus", "Yearly", "soon"),
            new WindowLimits(Duration.FromHours(2), Duration.FromDays(7))).Refusal!;
        Assert.Equal(["duration", "endsAt", "recurrence", "startsAt", "timeZone"], refusal.Errors.Keys);
        Assert.Equal("Must be from PT2H to P7D.", refusal.Errors["duration"].Single());
        Assert.Contains("Mars/Olympus", refusal.Errors["timeZone"].Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2027-03-06T22:00", "W. Europe Standard Time", "Day", null, 2, "timeZone", "use the IANA name Europe/Berlin")]
    [InlineData("2027-03-06T22:00", "UTC", "Day", null, 25, "duration", "may begin 1 day after")]
    [InlineData("2027-03-06T22:00", "UTC", "Week Friday,Sunday", null, 49, "duration", "may begin 2 days after")]
    // From the last of a month to the first of the next.
    [InlineData("2027-03-06T22:00", "UTC", "Month day1,dayLast", null, 25, "duration", "may begin 1 day after")]
    [InlineData("2027-02-06T22:00", "UTC", "12Months day30,day31", null, 2, "recurrence", "no such day in any year")]
    [InlineData("2027-03-06T22:00", "UTC", "Day", "2027-03-06T22:00", 2, "endsAt", "after startsAt")]
    [InlineData("2027-03-06T22:00", "UTC", "Month day1", "2027-03-31T00:00", 2, "endsAt", "No window begins before it")]
    [InlineData("0001-03-06T22:00", "UTC", "Day", null, 2, "startsAt", "year from 1970 to 9000")]
    [InlineData("2027-02-29T22:00", "UTC", "Day", null, 2, "startsAt", "local time")]
    public void A_window_that_can_not_be_is_refused(
        string startsAt, string zone, string recurrence, string? endsAt, double hours, string member, string because)
    {
        var refusal = WindowReader.Read(new WindowText(startsAt, Duration.FromHours(hours), zone, recurrence, endsAt)).Refusal!;
        Assert.Equal(member, Assert.Single(refusal.Errors).Key);
        Assert.Contains(because, refusal.Errors[member].Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_reads_its_own_words()
    {
        var window = Window("2027-03-06T22:00:00", "Europe/Berlin", "1weeks saturday", "2028-03-06T22:00:01");
        Assert.Equal(new WindowText("2027-03-06T22:00", Duration.FromHours(2), "Europe/Berlin", "Week Saturday", "2028-03-06T22:00:01"), window.Text);
        Assert.Equal(window.Text, WindowReader.Read(window.Text).Value.Text);
    }
}
