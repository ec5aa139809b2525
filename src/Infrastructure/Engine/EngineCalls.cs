// What others ask of the engine's thread: jumps of the clock, questions to a cluster, and to stand still for a while.
// Callers wait; when the engine ends, nobody is left waiting.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;

namespace Rdfe.Infrastructure.Engine;

/// <summary>The fabric that a jump of the clock was for is not there any more.</summary>
public sealed class FabricReplaced() : Exception("The fabric has been replaced.");

internal sealed class EngineCalls(Wakeups wakeups)
{
    private const int MostQuestions = 64;

    private readonly Queue<Jump> jumps = new();
    private readonly Queue<Question> questions = new();
    private readonly Queue<Pause> pauses = new();
    private readonly Lock gate = new();
    private bool ended;

    public bool HasQuestions
    {
        get
        {
            lock (gate)
            {
                return questions.Count > 0;
            }
        }
    }

    public bool HasPause
    {
        get
        {
            lock (gate)
            {
                return pauses.Count > 0;
            }
        }
    }

    public Task Between(Func<CancellationToken, bool> act)
    {
        var pause = new Pause(act);
        lock (gate)
        {
            if (ended)
            {
                pause.Done.SetCanceled();
            }
            else
            {
                pauses.Enqueue(pause);
            }
        }

        wakeups.Poke();
        return pause.Done.Task;
    }

    public Pause? NextPause()
    {
        lock (gate)
        {
            return pauses.TryDequeue(out var pause) ? pause : null;
        }
    }

    /// <summary>Nobody goes on to where another fabric was to go.</summary>
    public void GiveUpJumps()
    {
        lock (gate)
        {
            foreach (var jump in jumps)
            {
                jump.Done.TrySetException(new FabricReplaced());
            }

            jumps.Clear();
        }
    }

    public Task<(int Rounds, Instant Now)> AdvanceTo(Instant to)
    {
        var jump = new Jump(to);
        lock (gate)
        {
            if (ended)
            {
                jump.Done.SetCanceled();
            }
            else
            {
                jumps.Enqueue(jump);
            }
        }

        wakeups.Poke();
        return jump.Done.Task;
    }

    public async Task<Outcome<T>> Ask<T>(ClusterId cluster, Func<ClusterState, T> ask)
    {
        var answer = new TaskCompletionSource<Outcome<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var question = new Question(
            cluster,
            state =>
            {
                try
                {
                    answer.TrySetResult(ask(state));
                }
                catch (Exception e)
                {
                    // The one who asks gets to see it; the engine has nothing to do with it.
                    answer.TrySetException(e);
                }
            },
            refusal => answer.TrySetResult(refusal));
        lock (gate)
        {
            if (ended)
            {
                return Stopping;
            }

            if (questions.Count >= MostQuestions)
            {
                return new Refusal(RefusalKind.Unavailable, "overloaded", "Too many questions are waiting for the clusters.");
            }

            questions.Enqueue(question);
        }

        wakeups.Poke();
        return await answer.Task;
    }

    /// <summary>It stays in the queue until it has landed: a fault on the way must not make anybody wait for ever.</summary>
    public Jump? NextJump()
    {
        lock (gate)
        {
            return jumps.TryPeek(out var jump) ? jump : null;
        }
    }

    public void Landed(Jump jump, Instant now)
    {
        lock (gate)
        {
            jumps.Dequeue();
        }

        jump.Done.TrySetResult((jump.Rounds, now));
    }

    public Question? NextQuestion(Func<ClusterId, bool> mayBeAsked)
    {
        lock (gate)
        {
            return questions.TryPeek(out var next) && mayBeAsked(next.Cluster) ? questions.Dequeue() : null;
        }
    }

    public void End(CancellationToken stop)
    {
        lock (gate)
        {
            ended = true;
            foreach (var jump in jumps)
            {
                jump.Done.TrySetCanceled(stop);
            }

            foreach (var question in questions)
            {
                question.Refuse(Stopping);
            }

            foreach (var pause in pauses)
            {
                pause.Done.TrySetCanceled(stop);
            }

            pauses.Clear();
            jumps.Clear();
            questions.Clear();
        }
    }

    private static Refusal Stopping => new(RefusalKind.Unavailable, "stopping", "The program is shutting down.");

    internal sealed record Question(ClusterId Cluster, Action<ClusterState> Ask, Action<Refusal> Refuse);

    internal sealed record Pause(Func<CancellationToken, bool> Act)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal sealed record Jump(Instant To)
    {
        public int Rounds { get; set; }

        public TaskCompletionSource<(int Rounds, Instant Now)> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
