// The figures of W4: how much a notice may say, how many there may be, and how long one is kept.
using NodaTime;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>Bounds of notices, and what opens and closes them.</summary>
public sealed record ServiceHealthSettings
{
    /// <summary>Resources that one notice names; the rest is in the next notice of the same cause, or only counted.</summary>
    public int MostAffected { get; init; } = 500;

    /// <summary>Updates of one notice: a subscription is not flooded by what goes up and down.</summary>
    public int MostUpdates { get; init; } = 50;

    /// <summary>Notices of one subscription that one cluster keeps open; what happens beyond is told in the newest of them.</summary>
    public int MostOpen { get; init; } = 20;

    /// <summary>How long all affected have been healthy before an incident is closed: what returns within it is the same one.</summary>
    public Duration CloseAfter { get; init; } = Duration.FromMinutes(10);

    /// <summary>The shortest time between two updates that say how many are healthy again.</summary>
    public Duration ProgressInterval { get; init; } = Duration.FromMinutes(10);

    /// <summary>What is wrong, in words; empty where nothing is.</summary>
    public IEnumerable<string> Errors()
    {
        if (MostAffected < 1 || MostUpdates < 2 || MostOpen < 1)
        {
            yield return "MostAffected and MostOpen must be above 0, MostUpdates 2 or more.";
        }

        if (CloseAfter < Duration.Zero || ProgressInterval < Duration.Zero)
        {
            yield return "CloseAfter and ProgressInterval must not be below 0.";
        }
    }
}
