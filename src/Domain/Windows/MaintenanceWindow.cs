// When maintenance may be done (W5): a local time in a zone that recurs. What the clocks of the zone do is settled by one
// rule: a window begins at the first moment at which the local clock shows its time or a later one. So a time that a clock
// change leaves out becomes the moment after the gap, and one that comes twice is meant the first time.
using NodaTime;
using NodaTime.TimeZones;

namespace Rdfe.Domain.Windows;

/// <summary>A window that recurs (W5). Its length is elapsed time; where the next one begins, it ends.</summary>
public sealed class MaintenanceWindow
{
    /// <summary>How far ahead <see cref="OpenUntil"/> looks: the rolling period of W2. Nothing waits for a longer one.</summary>
    public static readonly Duration Horizon = Duration.FromDays(35);

    private static readonly ZoneLocalMappingResolver FirstMoment =
        Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);

    // A time zone has moved over the date line, so that a whole day came twice or not at all.
    private const int DaysOfTheLargestJump = 2;

    private readonly LocalDateTime startsAt;
    private readonly LocalDateTime? endsAt;

    internal MaintenanceWindow(LocalDateTime startsAt, Duration duration, DateTimeZone zone, Recurrence recurrence, LocalDateTime? endsAt, WindowText text)
    {
        (this.startsAt, Duration, Zone, this.endsAt, Text) = (startsAt, duration, zone, endsAt, text);
        Dates = new RecurrenceDates(recurrence, startsAt.Date);
    }

    /// <summary>Its words, in one spelling.</summary>
    public WindowText Text { get; }

    /// <summary>How long it stays open, in elapsed time.</summary>
    public Duration Duration { get; }

    /// <summary>The zone whose clocks say when it begins.</summary>
    public DateTimeZone Zone { get; }

    internal RecurrenceDates Dates { get; }

    internal LocalTime TimeOfDay => startsAt.TimeOfDay;

    /// <summary>The first window that begins at this moment or later; null when none is left.</summary>
    public WindowOccurrence? Next(Instant from) => On(DateAt(from).PlusDays(-DaysOfTheLargestJump)).FirstOrDefault(o => o.Start >= from);

    /// <summary>The windows that are open at some moment from <paramref name="from"/> to <paramref name="to"/>, one by one.</summary>
    public IEnumerable<WindowOccurrence> Between(Instant from, Instant to)
    {
        var begin = OpenAt(from) is { } open ? open.Date : DateAt(from).PlusDays(-DaysOfTheLargestJump);
        return On(begin).SkipWhile(o => o.End <= from).TakeWhile(o => o.Start < to);
    }

    /// <summary>The window that is open at this moment; null when it is closed.</summary>
    public WindowOccurrence? OpenAt(Instant at)
    {
        var latest = DateAt(at).PlusDays(DaysOfTheLargestJump);
        foreach (var date in Dates.DownFrom(endsAt is { } end ? LocalDate.Min(end.Date, latest) : latest))
        {
            // Windows begin in the order of their dates, and the next one ends the one before: only the last can be open.
            if (!IsOver(date) && BeginOn(date) <= at)
            {
                return On(date).FirstOrDefault() is { } last && at < last.End ? last : null;
            }
        }

        return null;
    }

    /// <summary>True when it is open at this moment. The moment at which it closes is outside.</summary>
    public bool IsOpenAt(Instant at) => OpenAt(at) is not null;

    /// <summary>
    /// Until when it stays open from this moment on; null when it is closed. Windows that follow each other without a pause
    /// count as one, as far as <see cref="Horizon"/>.
    /// </summary>
    public Instant? OpenUntil(Instant at)
    {
        if (OpenAt(at) is not { } open)
        {
            return null;
        }

        var end = open.End;
        foreach (var next in On(open.Date.PlusDays(1)))
        {
            if (next.Start > end || end - at >= Horizon)
            {
                break;
            }

            end = Instant.Max(end, next.End);
        }

        return end;
    }

    /// <summary>True when work of this length, begun at this moment, is done before the window closes.</summary>
    public bool Fits(Instant at, Duration work) => OpenUntil(at) is { } until && work <= until - at;

    // Windows of dates on or after this one, in order. Of two dates that begin at the same moment (a day that the zone left
    // out) the later has the window.
    private IEnumerable<WindowOccurrence> On(LocalDate from)
    {
        (LocalDate Date, Instant Start)? pending = null;
        foreach (var date in Dates.From(from))
        {
            if (IsOver(date))
            {
                break;
            }

            var start = BeginOn(date);
            if (pending is { } p && p.Start < start)
            {
                yield return new WindowOccurrence(p.Date, p.Start, Instant.Min(p.Start + Duration, start));
            }

            pending = (date, start);
        }

        if (pending is { } last)
        {
            yield return new WindowOccurrence(last.Date, last.Start, last.Start + Duration);
        }
    }

    private bool IsOver(LocalDate date) => endsAt is { } end && date.At(TimeOfDay) >= end;

    private Instant BeginOn(LocalDate date) => Zone.ResolveLocal(date.At(TimeOfDay), FirstMoment).ToInstant();

    // Asked of a moment before the first day or after the last one that is looked at, the calendar would end.
    private LocalDate DateAt(Instant at) =>
        at <= startsAt.PlusDays(-DaysOfTheLargestJump).InUtc().ToInstant() ? startsAt.Date
        : at >= RecurrenceDates.Furthest.AtMidnight().InUtc().ToInstant() ? RecurrenceDates.Furthest
        : at.InZone(Zone).Date;
}
