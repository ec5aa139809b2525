// How often a window comes (W5), in the words that users of Azure's maintenance configurations know:
// "Day", "3Days", "Week Saturday,Sunday", "Month day1,day15", "Month Last Sunday Offset-3".
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Windows;

/// <summary>Which one of a month's five Mondays, Tuesdays … is meant (W5).</summary>
public enum WeekOfMonth
{
    /// <summary>The first of them.</summary>
    First,

    /// <summary>The second.</summary>
    Second,

    /// <summary>The third.</summary>
    Third,

    /// <summary>The fourth.</summary>
    Fourth,

    /// <summary>The fourth or the fifth, whichever is the last.</summary>
    Last,
}

/// <summary>How often a window comes (W5). Counted from the day on which the window starts for the first time.</summary>
/// <param name="Every">Every so many days, weeks or months; 1 or more.</param>
public abstract record Recurrence(int Every)
{
    /// <summary>In a list of days of a month: its last day, whatever its number.</summary>
    public const int LastDay = 32;

    /// <summary>The words for it that <see cref="RecurrenceText.Read"/> takes: one spelling for each recurrence.</summary>
    public abstract string Text { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Text;

    /// <summary>Every so many days.</summary>
    public sealed record Daily(int Every) : Recurrence(Every)
    {
        /// <inheritdoc/>
        public override string Text => Often("Day", Every);
    }

    /// <summary>On weekdays, every so many weeks. Weeks begin on Monday (ISO 8601).</summary>
    /// <param name="Every">Every so many weeks.</param>
    /// <param name="Days">Empty for the weekday on which it starts.</param>
    public sealed record Weekly(int Every, ImmutableSortedSet<IsoDayOfWeek> Days) : Recurrence(Every)
    {
        /// <inheritdoc/>
        public override string Text => $"{Often("Week", Every)} {string.Join(',', Days)}".TrimEnd();
    }

    /// <summary>On days of the month, every so many months. A month that lacks a day has no window on it.</summary>
    /// <param name="Every">Every so many months.</param>
    /// <param name="Days">1 to 31, or <see cref="LastDay"/>; empty for the day on which it starts.</param>
    public sealed record MonthlyOnDays(int Every, ImmutableSortedSet<int> Days) : Recurrence(Every)
    {
        /// <inheritdoc/>
        public override string Text =>
            $"{Often("Month", Every)} {string.Join(',', Days.Select(d => d == LastDay ? "dayLast" : $"day{d}"))}".TrimEnd();
    }

    /// <summary>On the first … last weekday of the month, or some days before or after it, every so many months.</summary>
    /// <param name="Every">Every so many months.</param>
    /// <param name="Week">Which one of them.</param>
    /// <param name="Day">The weekday.</param>
    /// <param name="Offset">Days after it; negative for days before it. It may lead into the month next to it.</param>
    public sealed record MonthlyOnWeekday(int Every, WeekOfMonth Week, IsoDayOfWeek Day, int Offset) : Recurrence(Every)
    {
        /// <inheritdoc/>
        public override string Text => $"{Often("Month", Every)} {Week} {Day}{(Offset == 0 ? "" : $" Offset{Offset}")}";
    }

    private static string Often(string unit, int every) => every == 1 ? unit : $"{every}{unit}s";
}
