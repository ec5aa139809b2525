// The figures of windows as settings: what tenants may ask for, and when the platform works for those who ask for
// none (W1, W5).
using NodaTime;
using Rdfe.Domain.Windows;

namespace Rdfe.Infrastructure.Settings;

/// <summary>The section <c>Rdfe:Windows</c>.</summary>
public sealed class WindowOptions
{
    /// <summary>
    /// The shortest window. A reboot costs an instance 15 to 30 minutes (M3), and update domains go one after the other: in less
    /// than two hours too little of a role can be done. Azure asks for as much.
    /// </summary>
    public TimeSpan MinDuration { get; set; } = TimeSpan.FromHours(2);

    /// <summary>The longest window.</summary>
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Configurations that a subscription may have.</summary>
    public int MaxConfigurations { get; set; } = 100;

    /// <summary>Resources that a configuration may be assigned to.</summary>
    public int MaxAssignments { get; set; } = 1000;

    /// <summary>Windows that one preview may show.</summary>
    public int MaxOccurrences { get; set; } = 100;

    /// <summary>How long the ledger is kept, in fabric time.</summary>
    public TimeSpan LedgerRetention { get; set; } = TimeSpan.FromDays(366);

    /// <summary>When instances are maintained whose owners have given no window; empty for any time.</summary>
    public DefaultWindowOptions DefaultWindow { get; set; } = new();

    /// <summary>The lengths that tenants may ask for.</summary>
    public WindowLimits Limits => new(Duration.FromTimeSpan(MinDuration), Duration.FromTimeSpan(MaxDuration));

    /// <summary>What controllers decide by.</summary>
    public WindowSettings ToSettings() => new()
    {
        DefaultWindow = DefaultWindow.IsEmpty ? null : WindowReader.Read(DefaultWindow.ToText()).Value,
    };

    internal IEnumerable<string> Errors()
    {
        if (MinDuration < TimeSpan.FromMinutes(1) || MaxDuration < MinDuration || Duration.FromTimeSpan(MaxDuration) > MaintenanceWindow.Horizon)
        {
            yield return "Rdfe:Windows:MinDuration must be at least a minute, and MaxDuration from there to 35 days.";
        }

        if (this is not { MaxConfigurations: > 0, MaxAssignments: > 0, MaxOccurrences: > 0 and <= 1000 })
        {
            yield return "Rdfe:Windows:MaxConfigurations and MaxAssignments must be above 0, MaxOccurrences 1 to 1000.";
        }

        if (LedgerRetention <= TimeSpan.Zero)
        {
            yield return "Rdfe:Windows:LedgerRetention must be above 0.";
        }

        if (!DefaultWindow.IsEmpty && WindowReader.Read(DefaultWindow.ToText()).Refusal is { } refusal)
        {
            foreach (var (member, messages) in refusal.Errors)
            {
                yield return $"Rdfe:Windows:DefaultWindow:{char.ToUpperInvariant(member[0])}{member[1..]}: {string.Join(' ', messages)}";
            }
        }
    }
}

/// <summary>The platform's own window, in the words of a tenant's.</summary>
public sealed class DefaultWindowOptions
{
    public string StartsAt { get; set; } = "";

    public TimeSpan Duration { get; set; }

    public string TimeZone { get; set; } = "";

    public string Recurrence { get; set; } = "";

    /// <summary>True when nothing is said: it is always open.</summary>
    public bool IsEmpty => StartsAt.Length + TimeZone.Length + Recurrence.Length == 0 && Duration == TimeSpan.Zero;

    internal WindowText ToText() => new(StartsAt, NodaTime.Duration.FromTimeSpan(Duration), TimeZone, Recurrence);
}
