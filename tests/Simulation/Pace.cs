// How fast a life goes. Most are hectic: everything at once, in some hours. In calm ones months pass, so that what is counted in days
// and weeks happens to people as it does: the time in which owners choose, windows, the deadline of 35 days (W1, W2).
using NodaTime;

namespace Rdfe.Simulation;

/// <param name="Acts">How many things are done.</param>
/// <param name="LongestWait">The longest time between two of them, in seconds.</param>
/// <param name="SelfService">How long owners of machines choose at the most, in minutes (W1).</param>
/// <param name="Scheduled">How long windows are kept to at the most, in hours, beyond that (W2).</param>
/// <param name="Isolates">Some machines are isolated: theirs are all updates that are felt at all (W2).</param>
internal sealed record Pace(int Acts, int LongestWait, int SelfService, int Scheduled, bool Isolates)
{
    public static Pace Hectic { get; } = new(40, 900, 600, 4, Isolates: false);

    /// <summary>Two acts in three days.</summary>
    public static Pace Calm(int days) => new(days * 2 / 3, 3 * NodaConstants.SecondsPerDay, 30 * 24 * 60, 35 * 24, Isolates: true);

    /// <summary>How it is asked for on the command line; nothing where it is hectic.</summary>
    public string Words => Isolates ? $" --days {Acts * 3 / 2}" : "";
}
