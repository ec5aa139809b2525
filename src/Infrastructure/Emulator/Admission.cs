// Who is inside while the whole fabric is replaced? Nobody but who replaces it: callers on their way may finish, new ones
// are asked to come again, and whoever stayed inside too long is refused at its commit, because it decided on another fabric.
namespace Rdfe.Infrastructure.Emulator;

/// <summary>Lets callers in, and closes for a while.</summary>
public sealed class Admission(TimeProvider clock)
{
    private readonly Lock gate = new();
    private TaskCompletionSource? quiet;
    private int inside;
    private bool closed;
    private long era;

    /// <summary>Counts the fabrics that this process has had.</summary>
    public long Era => Interlocked.Read(ref era);

    /// <summary>Comes in, and learns of the era; false while it is closed.</summary>
    public bool TryEnter(out long now)
    {
        lock (gate)
        {
            now = era;
            if (closed)
            {
                return false;
            }

            inside++;
            return true;
        }
    }

    /// <summary>Leaves; each who came in does.</summary>
    public void Leave()
    {
        lock (gate)
        {
            inside--;
            if (inside <= 1)
            {
                quiet?.TrySetResult();
            }
        }
    }

    /// <summary>Lets nobody in any more, and waits until the caller is the only one inside, but not for ever.</summary>
    public async Task CloseAsync(TimeSpan atMost)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            (closed, quiet) = (true, left);
            if (inside <= 1)
            {
                left.TrySetResult();
            }
        }

        try
        {
            await left.Task.WaitAsync(atMost, clock);
        }
        catch (TimeoutException)
        {
            // Who is still inside, such as a slow upload, finds at its commit that the fabric is another one.
        }
    }

    /// <summary>Lets callers in again, into the next era where there is another fabric now.</summary>
    public void Open(bool nextEra)
    {
        lock (gate)
        {
            (closed, quiet) = (false, null);
            era += nextEra ? 1 : 0;
        }
    }
}
