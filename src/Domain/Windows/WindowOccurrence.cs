// One time that a window is open (W5), and what the clocks or the calendar did to it.
using NodaTime;
using NodaTime.Text;

namespace Rdfe.Domain.Windows;

/// <summary>One time that a window is open.</summary>
/// <param name="Date">The local date that it was asked for on.</param>
/// <param name="Start">The moment at which it opens.</param>
/// <param name="End">The moment at which it has closed.</param>
public sealed record WindowOccurrence(LocalDate Date, Instant Start, Instant End);

/// <summary>Why a window is not just where and as long as its words say (W5).</summary>
public enum WindowRemarkKind
{
    /// <summary>The clocks went forward over its time: it begins at the first moment after the gap.</summary>
    StartSkipped,

    /// <summary>The clocks went back over its time, which comes twice: it begins the first time.</summary>
    StartComesTwice,

    /// <summary>The clocks change while it is open: it is as long as ever, and ends at another time of day.</summary>
    ClocksChange,

    /// <summary>The next one begins before this one would end.</summary>
    EndsAtNext,

    /// <summary>A day was left out before it, which the month did not have.</summary>
    DayMissing,
}

/// <summary>What the clocks or the calendar did to a window, as a sentence.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Detail">For people.</param>
public sealed record WindowRemark(WindowRemarkKind Kind, string Detail);

/// <summary>Explains windows.</summary>
public static class WindowRemarks
{
    private static readonly LocalTimePattern Clock = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>What is to be said of one of its windows; nothing for most.</summary>
    public static IReadOnlyList<WindowRemark> RemarksOn(this MaintenanceWindow window, WindowOccurrence occurrence)
    {
        var remarks = new List<WindowRemark>();
        var date = LocalDatePattern.Iso.Format(occurrence.Date);
        foreach (var (month, day) in window.Dates.MissingBefore(occurrence.Date))
        {
            remarks.Add(new(WindowRemarkKind.DayMissing, $"{YearMonthPattern.Iso.Format(month)} has no day {day}: there was no window on it."));
        }

        var (zone, asked) = (window.Zone, Clock.Format(window.TimeOfDay));
        var (start, end) = (occurrence.Start.InZone(zone), occurrence.End.InZone(zone));
        switch (zone.MapLocal(occurrence.Date.At(window.TimeOfDay)).Count)
        {
            case 0:
                remarks.Add(new(WindowRemarkKind.StartSkipped,
                    $"The clocks of {zone.Id} leave {asked} on {date} out: it begins at {Clock.Format(start.TimeOfDay)}."));
                break;
            case 2:
                remarks.Add(new(WindowRemarkKind.StartComesTwice,
                    $"{asked} on {date} comes twice in {zone.Id}: it begins the first time, at offset {start.Offset}."));
                break;
        }

        if (start.Offset != end.Offset)
        {
            remarks.Add(new(WindowRemarkKind.ClocksChange,
                $"The clocks go {(start.Offset < end.Offset ? "forward" : "back")} while it is open: it ends at {Clock.Format(end.TimeOfDay)}."));
        }

        if (occurrence.End - occurrence.Start < window.Duration)
        {
            remarks.Add(new(WindowRemarkKind.EndsAtNext, "The clocks bring the next window nearer: this one ends where that one begins."));
        }

        return remarks;
    }
}
