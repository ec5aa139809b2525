// Pokes an actor; carries no data, so a lost poke costs only time.
using System.Collections.Concurrent;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Which clusters have news in their inbox.</summary>
public sealed class Wakeups : IDisposable
{
    private readonly ConcurrentDictionary<ClusterId, byte> woken = new();
    private readonly SemaphoreSlim signal = new(0, 1);

    /// <summary>Wakes a cluster's actor.</summary>
    public void Wake(ClusterId cluster)
    {
        woken[cluster] = 0;
        Poke();
    }

    /// <summary>Makes the engine look at its agenda again.</summary>
    public void Poke()
    {
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    /// <summary>Waits for a poke, or until the time is over; null waits for a poke alone.</summary>
    public void Wait(TimeSpan? atMost, CancellationToken stop) =>
        signal.Wait(atMost ?? Timeout.InfiniteTimeSpan, stop);

    /// <summary>The clusters woken since the last call, in order of id.</summary>
    public IReadOnlyList<ClusterId> Take()
    {
        var taken = woken.Keys.OrderBy(c => c.Value, StringComparer.Ordinal).ToList();
        foreach (var cluster in taken)
        {
            woken.TryRemove(cluster, out _);
        }

        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => signal.Dispose();
}
