// The fabric's clock: real, or virtual with a rate (DESIGN, Time). Virtual now is stored with each commit, so that it
// stands still while the program is down; the monotonic clock drives it, so that a jump of the wall clock does no harm.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Infrastructure.Time;

/// <summary>The fabric's clock.</summary>
public sealed class FabricClock
{
    private readonly TimeProvider real;
    private readonly Lock gate = new();
    private Instant origin;
    private long originStamp;
    private double rate;
    private ImmutableList<WallClockJump> jumps = [];

    /// <summary>A clock that goes on from <paramref name="start"/>, or from wall-clock time where that is null.</summary>
    public FabricClock(TimeProvider real, ClockMode mode, double rate, Instant? start = null, Duration grain = default)
    {
        (this.real, Grain) = (real, grain);
        Mode = mode;
        this.rate = mode == ClockMode.Real ? 1 : rate;
        originStamp = real.GetTimestamp();
        origin = mode == ClockMode.Virtual && start is { } s ? s : Instant.FromDateTimeOffset(real.GetUtcNow());
    }

    /// <summary>Raised when the rate or the time was set by hand, so that whoever sleeps looks again.</summary>
    public event Action? Changed;

    /// <summary>Real or virtual.</summary>
    public ClockMode Mode { get; }

    /// <summary>
    /// Where time leaps, it stops at whole multiples of this alone: all that falls due in between is taken together, in the
    /// order in which it happened. Zero for a stop at every moment at which something is due.
    /// </summary>
    public Duration Grain { get; }

    /// <summary>Fabric seconds per real second; 0 stands still.</summary>
    public double Rate
    {
        get
        {
            lock (gate)
            {
                return rate;
            }
        }
    }

    /// <summary>Fabric time now.</summary>
    public Instant Now
    {
        get
        {
            lock (gate)
            {
                return NowLocked();
            }
        }
    }

    /// <summary>Faults of the wall clock (L5). They move no deadline: fabric time goes on as before.</summary>
    public ImmutableList<WallClockJump> Jumps
    {
        get => Volatile.Read(ref jumps);
        set => Volatile.Write(ref jumps, value);
    }

    /// <summary>What wall clocks show at a fabric time: what calendars go by.</summary>
    public Instant WallAt(Instant now) => WallClockJump.WallAt(now, Jumps);

    /// <summary>Real time until fabric time reaches <paramref name="due"/>; null when it stands still before it.</summary>
    public TimeSpan? Until(Instant due)
    {
        lock (gate)
        {
            var left = due - NowLocked();
            if (left <= Duration.Zero)
            {
                return TimeSpan.Zero;
            }

            // Whole milliseconds, rounded up: timers take no less, and waking too early would only spin.
            return rate <= 0 ? null : TimeSpan.FromMilliseconds(Math.Ceiling(Math.Min(left.TotalMilliseconds / rate, int.MaxValue / 2.0)));
        }
    }

    /// <summary>Where a leap stops for what is due then: the same places however far it goes.</summary>
    public Instant StopFor(Instant due)
    {
        var over = Grain == Duration.Zero ? 0 : due.ToUnixTimeTicks() % Grain.BclCompatibleTicks;
        return over == 0 ? due : due + Grain - Duration.FromTicks(over);
    }

    /// <summary>Sets the rate; fabric time goes on from where it is.</summary>
    public void SetRate(double value)
    {
        ThrowIfReal();
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        lock (gate)
        {
            origin = NowLocked();
            originStamp = real.GetTimestamp();
            rate = value;
        }

        Changed?.Invoke();
    }

    /// <summary>Moves fabric time forward to <paramref name="to"/>; it never goes back.</summary>
    public void MoveTo(Instant to)
    {
        ThrowIfReal();
        lock (gate)
        {
            if (to > NowLocked())
            {
                origin = to;
                originStamp = real.GetTimestamp();
            }
        }
    }

    /// <summary>Another fabric takes the place of this one, and its time with it: the only way in which time goes back.</summary>
    public void Restart(Instant at, double newRate)
    {
        ThrowIfReal();
        ArgumentOutOfRangeException.ThrowIfNegative(newRate);
        lock (gate)
        {
            (origin, originStamp, rate) = (at, real.GetTimestamp(), newRate);
        }

        Changed?.Invoke();
    }

    private Instant NowLocked()
    {
        var elapsed = real.GetElapsedTime(originStamp);
        // To the tick, which is what the store keeps: a time that is answered is the time that is read back.
        return origin + Duration.FromTicks((long)(elapsed.Ticks * rate));
    }

    private void ThrowIfReal()
    {
        if (Mode == ClockMode.Real)
        {
            throw new InvalidOperationException("The clock is real: its rate and time can't be set.");
        }
    }
}
