// The right to write and to act, under an epoch (F2): held until somebody is found to have a higher one, and then lost for
// good. Whoever commits or commands hosts holds it; whoever finds it lost says so here, and everybody knows.
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Infrastructure.Takeover;

/// <summary>One reign of one process. A process that becomes the primary again gets another one.</summary>
public sealed class Fence(long epoch) : IDisposable
{
    private readonly CancellationTokenSource lost = new();
    private readonly Lock gate = new();

    /// <summary>Higher than that of every reign before.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>Cancelled once the right is lost.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>True once it is known that somebody else has a higher epoch.</summary>
    public bool IsLost => lost.IsCancellationRequested;

    /// <summary>How that was found out; null while the right is held.</summary>
    public string? Why { get; private set; }

    /// <summary>Gives the right up, and the fault to throw.</summary>
    public StoreFault Lose(string why)
    {
        lock (gate)
        {
            Why ??= why;
        }

        // Those who wait for it run elsewhere: this is called on the committer's thread, and on the engine's.
        _ = lost.CancelAsync();
        return Fault();
    }

    /// <summary>Throws once the right is known to be lost.</summary>
    public void Demand()
    {
        if (IsLost)
        {
            throw Fault();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lost.Dispose();

    private StoreFault Fault() => new(StoreFaultKind.NotPrimary,
        $"This process is the primary no more ({Why}). Nothing of the change was made; ask the present primary.");
}
