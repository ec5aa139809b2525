// One committer per database (docs/adr/0002): a single thread owns the write connection. Callers hand it units of work;
// it runs each in a savepoint of one transaction, fsyncs once for all of them, and only then answers anybody. That one
// fsync shared by many is where the throughput of durable creates comes from, and nobody waits for SQLite's lock.
// Each batch begins with a look at the epoch (F2), inside its transaction: a process that another one has taken over from
// commits nothing, however long it was paused and whatever its clock says. Each batch carries a number: where COMMIT itself
// fails, the number in the store tells whether it was done all the same.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Infrastructure.Persistence;

/// <param name="MaxBatch">Units in one transaction: bounds how long the first one waits for the last.</param>
/// <param name="MaxQueued">Units waiting: beyond it callers are turned away rather than kept waiting.</param>
public sealed record CommitterSettings(int MaxBatch = 256, int MaxQueued = 10_000);

public sealed partial class Committer : IDisposable
{
    // Under which the number of the last batch is kept.
    private const string NumberKey = "commit";

    private static readonly Meter Meter = new("Rdfe");
    private static readonly Histogram<int> GroupSize =
        Meter.CreateHistogram<int>("rdfe.commit.group_size", "{unit}", "Units of work that shared one commit");
    private static readonly Counter<long> Faults =
        Meter.CreateCounter<long>("rdfe.commit.faults", "{commit}", "Commits that failed as a whole");

    private readonly DbContextOptions<RdfeDbContext> options;
    private readonly CommitterSettings settings;
    private readonly Fence fence;
    private readonly ILogger log;
    private readonly BlockingCollection<Work> queue;
    private Sequences sequences = new();
    private readonly Thread thread;
    private UnitOfWork? unit;
    private (long Number, IReadOnlyList<Action> Hooks)? doubt;
    private long batches;
    private long units;
    private bool disposed;

    public Committer(
        DbContextOptions<RdfeDbContext> options, CommitterSettings settings, Fence fence, ILogger<Committer> log)
    {
        (this.options, this.settings, this.fence, this.log) = (options, settings, fence, log);
        queue = new(settings.MaxQueued);
        thread = new Thread(Run) { Name = "committer", IsBackground = true };
        thread.Start();
    }

    /// <summary>Batches and units committed so far; their quotient is the mean group size.</summary>
    public (long Batches, long Units) Committed => (Interlocked.Read(ref batches), Interlocked.Read(ref units));

    /// <summary>Tests set it to make COMMIT itself fail.</summary>
    internal Action? BeforeCommit { get; set; }

    /// <summary>Tests set it to lose the acknowledgement of a COMMIT that has been done.</summary>
    internal Action? AfterCommit { get; set; }

    /// <summary>Tests set it to spoil each write connection as it is opened: make it read-only, or take its room away.</summary>
    internal Action<UnitOfWork>? Opened { get; set; }

    /// <summary>Tests set it to keep the store from being read when a COMMIT has failed.</summary>
    internal Action? BeforeLook { get; set; }

    /// <summary>
    /// Runs a unit of work on the committer's thread and answers when it is durable. An exception, or an
    /// <see cref="Domain.Outcome{T}"/> that is refused, undoes this unit alone. Do not block or await inside.
    /// </summary>
    public Task<T> CommitAsync<T>(Func<UnitOfWork, T> work, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var item = new Work<T>(work, cancel);
        Enqueue(item);
        return item.Task;
    }

    /// <summary>
    /// Runs between two commits, with the write connection closed and everybody else waiting: for whoever copies or
    /// replaces the file. Growing series go on, unless the content is <paramref name="replaced"/>: then they are read anew.
    /// </summary>
    public Task<T> AloneAsync<T>(Func<T> work, bool replaced)
    {
        var item = new Alone<T>(work, replaced);
        Enqueue(item);
        return item.Task;
    }

    private void Enqueue(Work item)
    {
        try
        {
            if (!queue.TryAdd(item))
            {
                throw new StoreFault(StoreFaultKind.Overloaded, "Too many changes are waiting to be committed.");
            }
        }
        catch (InvalidOperationException)
        {
            throw new StoreFault(StoreFaultKind.Stopped, "The store is shutting down.");
        }
    }

    public Task CommitAsync(Action<UnitOfWork> work, CancellationToken cancel = default) =>
        CommitAsync(u => { work(u); return true; }, cancel);

    /// <summary>Takes nothing more, commits what is queued, and closes the connection.</summary>
    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
    }

    private void Run()
    {
        var batch = new List<Work>(settings.MaxBatch);
        foreach (var first in queue.GetConsumingEnumerable())
        {
            batch.Clear();
            var next = first;
            while (next is not null and not IAlone)
            {
                batch.Add(next);
                next = batch.Count < settings.MaxBatch && queue.TryTake(out var more) ? more : null;
            }

            if (batch.Count > 0)
            {
                CommitBatch(batch);
            }

            if (next is IAlone alone)
            {
                RunAlone(next, alone.Replaced);
            }
        }

        unit?.Dispose();
    }

    private void RunAlone(Work work, bool replaced)
    {
        try
        {
            unit?.Dispose();
            (unit, sequences, doubt) = (null, replaced ? new Sequences() : sequences, replaced ? null : doubt);
            work.Execute(null!);
        }
        catch (Exception e)
        {
            work.Fail(e);
        }

        work.Answer();
    }

    private void CommitBatch(List<Work> batch)
    {
        var done = new List<Work>(batch.Count);
        var number = 0L;
        try
        {
            fence.Demand();
            unit ??= Open();
            unit.Begin();
            DemandEpoch(unit);
            var next = NextNumber(unit);
            foreach (var work in batch)
            {
                if (RunInSavepoint(unit, work))
                {
                    done.Add(work);
                }
            }

            number = next;
            BeforeCommit?.Invoke();
            unit.Commit();
            AfterCommit?.Invoke();
        }
        catch (Exception e)
        {
            // Nothing of this batch is durable, so everybody in it is told so; a fresh connection starts the next one.
            var hooks = unit?.TakeAfterCommit() ?? [];
            Abandon();
            StoreStartup.ForgetWhatWasRead(options, e);
            if (number == 0 || !IsDurable(number, hooks))
            {
                FailAll(batch, e);
                return;
            }

            CommitUnacknowledged(log, batch.Count, e);
            Conclude(batch, done.Count, hooks);
            return;
        }

        Conclude(batch, done.Count, unit.TakeAfterCommit());
    }

    private UnitOfWork Open()
    {
        var opened = new UnitOfWork(new RdfeDbContext(options), sequences);
        Opened?.Invoke(opened);
        return opened;
    }

    private void Conclude(List<Work> batch, int done, IReadOnlyList<Action> hooks)
    {
        Interlocked.Increment(ref batches);
        Interlocked.Add(ref units, done);
        GroupSize.Record(batch.Count);
        RunHooks(hooks);
        batch.ForEach(w => w.Answer());
    }

    // Durable with the batch. And the first look at the store after one that was in doubt: what should have followed that
    // one follows now, before anybody builds on it.
    private long NextNumber(UnitOfWork unit)
    {
        var last = NumberIn(unit.Find<MetaRow>(NumberKey));
        if (doubt is { } doubtful)
        {
            doubt = null;
            if (last == doubtful.Number)
            {
                RunHooks(doubtful.Hooks);
            }
        }

        unit.Upsert(new MetaRow { Key = NumberKey, Value = (last + 1).ToString(CultureInfo.InvariantCulture) });
        return last + 1;
    }

    // COMMIT has failed, and may have been done before its answer was lost. Where nobody can look, it stays in doubt until
    // somebody can: those who asked are told of the fault, as for all they know it may be either.
    private bool IsDurable(long number, IReadOnlyList<Action> hooks)
    {
        try
        {
            BeforeLook?.Invoke();
            using var db = new RdfeDbContext(options);
            return NumberIn(db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == NumberKey)) == number;
        }
        catch (Exception e)
        {
            doubt = (number, hooks);
            CommitInDoubt(log, e);
            return false;
        }
    }

    private static long NumberIn(MetaRow? row) => row is null ? 0 : long.Parse(row.Value, CultureInfo.InvariantCulture);

    private void Abandon()
    {
        try
        {
            unit?.Dispose();
        }
        catch (Exception e)
        {
            CommitFailed(log, StoreFault.Behind(e)?.Kind ?? StoreFaultKind.Other, 0, e);
        }

        unit = null;
    }

    // The transaction has begun, so that nobody can raise the epoch until it has ended.
    private void DemandEpoch(UnitOfWork unit)
    {
        var epoch = unit.Find<LeaseRow>(LeaseRow.Primary)?.Epoch;
        if (epoch != fence.Epoch)
        {
            throw fence.Lose($"it had epoch {fence.Epoch}, and the store has {epoch?.ToString(CultureInfo.InvariantCulture) ?? "none"}");
        }
    }

    private static bool RunInSavepoint(UnitOfWork unit, Work work)
    {
        if (work.Cancelled)
        {
            return false;
        }

        unit.BeginUnit();
        try
        {
            if (work.Execute(unit))
            {
                unit.EndUnit();
                return true;
            }

            unit.Undo();
        }
        catch (Exception e) when (StoreFault.Behind(e) is null)
        {
            unit.Undo();
            work.Fail(e);
        }

        unit.EndUnit();
        return false;
    }

    private void FailAll(List<Work> batch, Exception cause)
    {
        var fault = StoreFault.Behind(cause)
            ?? new StoreFault(StoreFaultKind.Other, "The store did not take the change.", cause);
        Faults.Add(1, new KeyValuePair<string, object?>("kind", fault.Kind.ToString()));
        if (fault.Kind == StoreFaultKind.NotPrimary)
        {
            CommitRefused(log, batch.Count, fault.Message);
        }
        else
        {
            CommitFailed(log, fault.Kind, batch.Count, cause);
        }

        foreach (var work in batch)
        {
            work.Fail(fault);
            work.Answer();
        }
    }

    private void RunHooks(IReadOnlyList<Action> hooks)
    {
        foreach (var hook in hooks)
        {
            try
            {
                hook();
            }
            catch (Exception e)
            {
                // The commit stands whatever a wake-up does: a lost one costs time, never work.
                HookFailed(log, e);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A commit of {Units} units failed: {Kind}")]
    private static partial void CommitFailed(ILogger log, StoreFaultKind kind, int units, Exception cause);

    [LoggerMessage(3, LogLevel.Warning, "A commit of {Units} units was refused. {Why}")]
    private static partial void CommitRefused(ILogger log, int units, string why);

    [LoggerMessage(4, LogLevel.Warning, "A commit of {Units} units was durable, and its acknowledgement was lost")]
    private static partial void CommitUnacknowledged(ILogger log, int units, Exception cause);

    [LoggerMessage(5, LogLevel.Error, "Whether the last commit was durable is not known until the store can be read again")]
    private static partial void CommitInDoubt(ILogger log, Exception cause);

    [LoggerMessage(2, LogLevel.Error, "A hook that follows a commit failed")]
    private static partial void HookFailed(ILogger log, Exception cause);
}
