// The figures of notices of service health as settings (W4): TimeSpans here, calendar types inside.
using NodaTime;
using Rdfe.Domain.ServiceHealth;

namespace Rdfe.Infrastructure.Settings;

/// <summary>The section <c>Rdfe:ServiceHealth</c>.</summary>
public sealed class ServiceHealthOptions
{
    /// <summary>Resources that one notice names.</summary>
    public int MostAffected { get; set; } = 500;

    /// <summary>Updates of one notice.</summary>
    public int MostUpdates { get; set; } = 50;

    /// <summary>Notices of one subscription that one cluster keeps open.</summary>
    public int MostOpen { get; set; } = 20;

    /// <summary>How long all affected have been healthy before an incident is closed.</summary>
    public TimeSpan CloseAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The shortest time between two updates that say how many are healthy again.</summary>
    public TimeSpan ProgressInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a closed notice is kept, in fabric time.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The figures that notices are written by.</summary>
    public ServiceHealthSettings ToSettings() => new()
    {
        MostAffected = MostAffected,
        MostUpdates = MostUpdates,
        MostOpen = MostOpen,
        CloseAfter = Duration.FromTimeSpan(CloseAfter),
        ProgressInterval = Duration.FromTimeSpan(ProgressInterval),
    };

    internal IEnumerable<string> Errors()
    {
        foreach (var error in ToSettings().Errors())
        {
            yield return "Rdfe:ServiceHealth: " + error;
        }

        if (Retention <= TimeSpan.Zero)
        {
            yield return "Rdfe:ServiceHealth:Retention must be above 0.";
        }
    }
}
