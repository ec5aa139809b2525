// Words become a window, or all that is wrong with them, each at its member (W5).
using NodaTime;
using NodaTime.Text;
using NodaTime.TimeZones;

namespace Rdfe.Domain.Windows;

/// <summary>The lengths that a window may have.</summary>
/// <param name="Shortest">Less than this is of no use to whoever maintains.</param>
/// <param name="Longest">More than this is no window.</param>
public sealed record WindowLimits(Duration Shortest, Duration Longest)
{
    /// <summary>What holds for a window that was accepted already: it may be older than the settings.</summary>
    public static WindowLimits None { get; } = new(Duration.Epsilon, MaintenanceWindow.Horizon);
}

/// <summary>Reads windows.</summary>
public static class WindowReader
{
    private const int FirstYear = 1970;
    private const int LastYear = 9000;
    private static readonly LocalDateTimePattern Minutes = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm");

    /// <summary>The codes of the refusal of a window by itself.</summary>
    public const string Invalid = "invalidWindow";

    /// <summary>Reads a window, or refuses it with all its errors.</summary>
    public static Outcome<MaintenanceWindow> Read(WindowText text, WindowLimits? limits = null)
    {
        var errors = new List<(string, string)>();
        return Read(text, limits ?? WindowLimits.None, (member, message) => errors.Add((member, message))) is { } window
            ? window
            : Refusals.Invalid(Invalid, "The window can't be used.", errors);
    }

    /// <summary>Reads a window; null where something was reported, with the member that it is about.</summary>
    public static MaintenanceWindow? Read(WindowText text, WindowLimits limits, Action<string, string> error)
    {
        var wrong = false;
        void Wrong(string member, string message)
        {
            wrong = true;
            error(member, message);
        }

        var starts = Time(text.StartsAt, "startsAt", Wrong);
        var ends = text.EndsAt is null ? null : Time(text.EndsAt, "endsAt", Wrong);
        var zone = Zone(text.TimeZone, Wrong);
        var recurrence = RecurrenceText.Read(text.Recurrence, out var why);
        if (recurrence is null)
        {
            Wrong("recurrence", why!);
        }

        if (text.Duration < limits.Shortest || text.Duration > limits.Longest)
        {
            Wrong("duration", $"Must be from {Length(limits.Shortest)} to {Length(limits.Longest)}.");
        }

        if (starts is { } begin && ends is { } end && end <= begin)
        {
            Wrong("endsAt", "Must be after startsAt.");
        }

        if (wrong || starts is not { } startsAt || zone is null || recurrence is null)
        {
            return null;
        }

        var window = new MaintenanceWindow(startsAt, text.Duration, zone, recurrence, ends, new WindowText(
            Format(startsAt), text.Duration, zone.Id, recurrence.Text, ends is { } e ? Format(e) : null));
        if (window.Dates.FewestDaysBetween() is { } days && text.Duration > Duration.FromDays(days))
        {
            Wrong("duration", $"Windows would overlap: the next one may begin {days} day{(days == 1 ? "" : "s")} after the one before.");
        }

        if (!window.Dates.From(startsAt.Date).Any())
        {
            Wrong("recurrence", "There is no such day in any year.");
        }
        else if (window.Next(Instant.MinValue) is null)
        {
            Wrong("endsAt", "No window begins before it.");
        }

        return wrong ? null : window;
    }

    /// <summary>A local time as it is written here: seconds only where there are some.</summary>
    public static string Format(LocalDateTime time) =>
        time is { Second: 0, NanosecondOfSecond: 0 } ? Minutes.Format(time) : LocalDateTimePattern.ExtendedIso.Format(time);

    private static LocalDateTime? Time(string text, string member, Action<string, string> error)
    {
        var parsed = Minutes.Parse(text);
        parsed = parsed.Success ? parsed : LocalDateTimePattern.ExtendedIso.Parse(text);
        if (!parsed.Success)
        {
            error(member, "Must be a local time such as 2027-03-06T22:00, without Z or an offset: timeZone says where it is.");
            return null;
        }

        if (parsed.Value.Year is < FirstYear or > LastYear)
        {
            error(member, $"Must be in a year from {FirstYear} to {LastYear}.");
            return null;
        }

        return parsed.Value;
    }

    private static DateTimeZone? Zone(string name, Action<string, string> error)
    {
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(name) is { } zone)
        {
            return zone;
        }

        // Those who come from Azure know the zones of Windows.
        TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.TryGetValue(name, out var iana);
        error("timeZone", iana is null
            ? $"There is no IANA time zone '{name}'; an example is Europe/Berlin."
            : $"'{name}' is Windows' name of it; use the IANA name {iana}.");
        return null;
    }

    private static string Length(Duration d) =>
        d == Duration.Epsilon ? "above 0" : PeriodPattern.NormalizingIso.Format(Period.FromNanoseconds(d.ToInt64Nanoseconds()).Normalize());
}
