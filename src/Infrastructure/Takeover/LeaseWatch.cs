// When may a standby try (F2)? Too early costs an owner its place, never a promise: the epoch sees to that. So clocks may
// be used here, and two of them are, since a wall clock can be set back.
using NodaTime;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Takeover;

/// <summary>Watches one lease with the eyes of one contender.</summary>
public sealed class LeaseWatch(Contender self, TimeProvider clock)
{
    private (long Epoch, Instant ExpiresAt) seen;
    private long seenAt;

    /// <summary>True when the lease may be taken: nobody has it, or its owner gave it up, died, or has not renewed it in time.</summary>
    public bool IsFree(LeaseRow? lease)
    {
        if (lease is null || lease.Released || lease.ExpiresAt <= Instant.FromDateTimeOffset(clock.GetUtcNow())
            || self.KnowsDead(lease))
        {
            return true;
        }

        if (seenAt == 0 || seen != (lease.Epoch, lease.ExpiresAt))
        {
            (seen, seenAt) = ((lease.Epoch, lease.ExpiresAt), clock.GetTimestamp());
            return false;
        }

        return clock.GetElapsedTime(seenAt) >= TimeSpan.FromMilliseconds(lease.DurationMs);
    }
}
