// Time that stands still until a test moves it. No timer of the code under test ever fires by itself.
namespace Rdfe.Testing;

public sealed class FakeTime(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;

    public FakeTime()
        : this(new DateTimeOffset(2026, 2, 27, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);
}
