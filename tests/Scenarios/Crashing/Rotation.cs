// Which commits are crashed where not all of them are: every k-th, and others in each scenario and moment, always the same.
using Rdfe.Domain;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Crashing;

internal static class Rotation
{
    /// <summary>True for one commit in <paramref name="every"/>: which one of each row of them is drawn by a fixed seed.</summary>
    public static bool Takes(CrashPoint point, int every) =>
        (point.Commit - 1) % every == (int)(Draw.Unit(20120229, "crash", $"{point.Moment}", (point.Commit - 1) / every) * every);
}
