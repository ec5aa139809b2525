// Reads the words of a recurrence (W5): the grammar of Azure's maintenance configurations, with dayLast beside it.
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;

namespace Rdfe.Domain.Windows;

/// <summary>Text becomes a <see cref="Recurrence"/>, or a sentence that says why not.</summary>
public static partial class RecurrenceText
{
    /// <summary>The most days, weeks and months from one window to the next: about a year each.</summary>
    public const int MostDays = 365;

    /// <inheritdoc cref="MostDays"/>
    public const int MostWeeks = 52;

    /// <inheritdoc cref="MostDays"/>
    public const int MostMonths = 12;

    /// <summary>How far from its weekday a window may be put: further is another week.</summary>
    public const int MostOffset = 6;

    private const string Examples =
        "Examples: Day, 3Days, Week Saturday,Sunday, 2Weeks Monday, Month day1,day15, Month dayLast, Month Fourth Monday Offset6.";

    /// <summary>Reads the words, in any case; exactly one of the two results is null.</summary>
    public static Recurrence? Read(string text, out string? error)
    {
        var words = Words().Match(text.Trim());
        if (!words.Success)
        {
            error = "Must begin with Day, Week or Month, with a number before it where it is not each one. " + Examples;
            return null;
        }

        var unit = words.Groups["unit"].Value.ToUpperInvariant();
        var rest = words.Groups["rest"].Value.Trim();
        var most = unit switch { "DAY" => MostDays, "WEEK" => MostWeeks, _ => MostMonths };
        var every = 1;
        if (words.Groups["every"].Value is { Length: > 0 } number
            && !(int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out every) && every >= 1 && every <= most))
        {
            error = $"The number before {words.Groups["unit"].Value} is 1 to {most}.";
            return null;
        }

        var (recurrence, why) = unit switch
        {
            "DAY" => rest.Length == 0
                ? (new Recurrence.Daily(every), null)
                : ((Recurrence?)null, "Nothing follows Day; days of the week follow Week. "),
            "WEEK" => Weekly(every, rest),
            _ => rest.Length == 0 || rest.StartsWith("day", StringComparison.OrdinalIgnoreCase) ? OnDays(every, rest) : OnWeekday(every, rest),
        };
        error = recurrence is null ? why + Examples : null;
        return recurrence;
    }

    private static (Recurrence?, string?) Weekly(int every, string rest)
    {
        var days = ImmutableSortedSet.CreateBuilder<IsoDayOfWeek>();
        foreach (var name in List(rest))
        {
            if (!IsWeekday(name, out var day))
            {
                return (null, $"'{name}' is no day of the week. ");
            }

            days.Add(day.Value);
        }

        return (new Recurrence.Weekly(every, days.ToImmutable()), null);
    }

    private static (Recurrence?, string?) OnDays(int every, string rest)
    {
        var days = ImmutableSortedSet.CreateBuilder<int>();
        foreach (var name in List(rest))
        {
            if (name.Equals("dayLast", StringComparison.OrdinalIgnoreCase))
            {
                days.Add(Recurrence.LastDay);
            }
            else if (name.StartsWith("day", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(name[3..], NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day is >= 1 and <= 31)
            {
                days.Add(day);
            }
            else
            {
                return (null, $"'{name}' is no day of a month: day1 to day31, or dayLast. ");
            }
        }

        return (new Recurrence.MonthlyOnDays(every, days.ToImmutable()), null);
    }

    private static (Recurrence?, string?) OnWeekday(int every, string rest)
    {
        var words = rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (2 or 3) || !Enum.TryParse<WeekOfMonth>(words[0], ignoreCase: true, out var week)
            || !Enum.IsDefined(week) || char.IsAsciiDigit(words[0][0]))
        {
            return (null, "After Month: days as day23,day24; or First, Second, Third, Fourth or Last and a day of the week. ");
        }

        if (!IsWeekday(words[1], out var day))
        {
            return (null, $"'{words[1]}' is no day of the week. ");
        }

        var offset = 0;
        if (words.Length == 3
            && !(words[2].StartsWith("Offset", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(words[2][6..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out offset)
                && Math.Abs(offset) <= MostOffset))
        {
            return (null, $"After the day of the week: Offset and a number of days from -{MostOffset} to {MostOffset}, such as Offset-3. ");
        }

        return (new Recurrence.MonthlyOnWeekday(every, week, day.Value, offset), null);
    }

    private static string[] List(string rest) => rest.Length == 0 ? [] : rest.Split(',', StringSplitOptions.TrimEntries);

    private static bool IsWeekday(string name, [NotNullWhen(true)] out IsoDayOfWeek? day)
    {
        day = Enum.GetValues<IsoDayOfWeek>().Where(d => d != IsoDayOfWeek.None)
            .Select(d => (IsoDayOfWeek?)d).FirstOrDefault(d => name.Equals(d.ToString(), StringComparison.OrdinalIgnoreCase));
        return day is not null;
    }

    [GeneratedRegex(@"^(?<every>\d+)?(?<unit>Day|Week|Month)s?(?<rest>\s.*)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
