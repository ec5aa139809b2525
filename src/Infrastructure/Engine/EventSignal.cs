// Tells whoever tails the log of events that there are new ones. It carries no data: readers look into the table.
namespace Rdfe.Infrastructure.Engine;

/// <summary>Raised after each commit that has events in it.</summary>
public sealed class EventSignal
{
    private volatile TaskCompletionSource next = Fresh();

    /// <summary>Take it before you read: it completes with the first commit after that.</summary>
    public Task Next => next.Task;

    /// <summary>Wakes everybody who waits.</summary>
    public void Raise() => Interlocked.Exchange(ref next, Fresh()).TrySetResult();

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
