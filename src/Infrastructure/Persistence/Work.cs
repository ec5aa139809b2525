// One caller's place in the committer's queue. The answer is kept back until the batch is durable.
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence;

internal abstract class Work
{
    /// <summary>True when the caller went away before its turn came.</summary>
    public abstract bool Cancelled { get; }

    /// <summary>Runs the unit; false when it refused and is to be undone.</summary>
    public abstract bool Execute(UnitOfWork unit);

    public abstract void Fail(Exception exception);

    public abstract void Answer();
}

internal sealed class Work<T>(Func<UnitOfWork, T> run, CancellationToken cancel) : Work
{
    // Continuations run elsewhere: the committer's thread belongs to the committer.
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? failure;
    private T? result;
    private bool skipped;

    public Task<T> Task => answer.Task;

    public override bool Cancelled => skipped = cancel.IsCancellationRequested;

    public override bool Execute(UnitOfWork unit)
    {
        result = run(unit);
        if (result is IOutcome { Refusal: not null })
        {
            return false;
        }

        unit.SaveTracked();
        return true;
    }

    public override void Fail(Exception exception) => failure = exception;

    public override void Answer()
    {
        if (failure is not null)
        {
            answer.TrySetException(failure);
        }
        else if (skipped)
        {
            answer.TrySetCanceled(cancel);
        }
        else
        {
            answer.TrySetResult(result!);
        }
    }
}

/// <summary>Shares no transaction, and has no unit.</summary>
internal interface IAlone
{
    /// <summary>True when it puts another content in the place of the store's.</summary>
    bool Replaced { get; }
}

internal sealed class Alone<T>(Func<T> run, bool replaced) : Work, IAlone
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? failure;
    private T? result;

    public Task<T> Task => answer.Task;

    public bool Replaced => replaced;

    public override bool Cancelled => false;

    public override bool Execute(UnitOfWork unit)
    {
        result = run();
        return true;
    }

    public override void Fail(Exception exception) => failure = exception;

    public override void Answer()
    {
        if (failure is not null)
        {
            answer.TrySetException(failure);
        }
        else
        {
            answer.TrySetResult(result!);
        }
    }
}
