// L5: the certificate that a guest agent makes when it boots, for what its host sends it. On 29 February 2012 agents
// added one to the year, got a date that does not exist, and never connected (L1).
using NodaTime;

namespace Rdfe.Domain.Faults;

/// <summary>A certificate of one year, from the day of its issue.</summary>
/// <param name="Issued">The day it is valid from.</param>
/// <param name="Expires">The last day that it is valid on.</param>
public sealed record TransportCertificate(LocalDate Issued, LocalDate Expires)
{
    /// <summary>
    /// Issues one by the calendar (L5): a year after 29 February is 28 February, the last day of that month.
    /// </summary>
    public static TransportCertificate Issue(LocalDate today) => new(today, today.PlusYears(1));

    /// <summary>Issues one as the agents of that day did: the same day and month, of the year plus one.</summary>
    /// <returns>Null where there is no such date.</returns>
    public static TransportCertificate? IssueByYearPlusOne(LocalDate today) =>
        today.Day <= today.Calendar.GetDaysInMonth(today.Year + 1, today.Month)
            ? new(today, new LocalDate(today.Year + 1, today.Month, today.Day))
            : null;

    /// <summary>True on the days from issue to expiry.</summary>
    public bool IsValidOn(LocalDate day) => Issued <= day && day <= Expires;
}

/// <summary>A wall clock that is wrong for a time (L5).</summary>
/// <param name="From">From when on, by the clock that never jumps.</param>
/// <param name="Until">Until when; null for good.</param>
/// <param name="By">How far it is ahead.</param>
public sealed record WallClockJump(Instant From, Instant? Until, Duration By)
{
    /// <summary>The jumps among faults.</summary>
    public static IEnumerable<WallClockJump> Among(IEnumerable<Fault> faults) =>
        faults.Where(f => f.Kind == FaultKind.ClockJump).Select(f => new WallClockJump(f.From, f.Until, f.Parameters.By!.Value));

    /// <summary>What a wall clock shows at <paramref name="now"/>, with all these jumps.</summary>
    public static Instant WallAt(Instant now, IEnumerable<WallClockJump> jumps) =>
        jumps.Where(j => j.From <= now && !(j.Until <= now)).Aggregate(now, (wall, j) => wall + j.By);
}
