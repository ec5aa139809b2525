// A window as it is written and kept (W5): words, so that a store and a message need no more than JSON.
using NodaTime;

namespace Rdfe.Domain.Windows;

/// <summary>The words of a window. Equal words are equal windows.</summary>
/// <param name="StartsAt">Where it begins for the first time at the earliest, and its time of day: local, such as <c>2027-03-06T22:00</c>.</param>
/// <param name="Duration">How long it stays open, in elapsed time.</param>
/// <param name="TimeZone">IANA name of the zone, such as <c>Europe/Berlin</c>.</param>
/// <param name="Recurrence">As <see cref="RecurrenceText"/> reads it.</param>
/// <param name="EndsAt">No window begins at this local time or later; null for ever.</param>
public sealed record WindowText(string StartsAt, Duration Duration, string TimeZone, string Recurrence, string? EndsAt = null);
