// Advancing the clock is an operation (R6): accepted in one unit, run to quiescence, ended once. Where it is to go stands
// in its row, so after a crash in the middle it goes on from where fabric time was committed.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Numbers of the events between two moments: after the first up to and with the last.</summary>
/// <param name="After">The last event before; 0 for none.</param>
/// <param name="Last">The last event; the same as <paramref name="After"/> where nothing happened.</param>
/// <param name="Count">How many there are in between.</param>
public sealed record EventRange(long After, long Last, long Count);

/// <summary>What an advance is to do, and what came of it.</summary>
/// <param name="From">Fabric time when it was accepted.</param>
/// <param name="To">Where it goes.</param>
/// <param name="Rounds">Rounds of the engine since its last start; null while it runs.</param>
/// <param name="Events">What happened on the way.</param>
public sealed record AdvanceReport(Instant From, Instant To, int? Rounds, EventRange Events);

/// <summary>Runs advances, one at a time.</summary>
public sealed partial class ClockAdvances(
    FabricEngine engine, FabricClock clock, Committer committer, IDbContextFactory<RdfeDbContext> reads, TimeProvider real,
    ILogger<ClockAdvances> log) : BackgroundService, IReloads
{
    /// <summary>The path of what it works on.</summary>
    public const string Resource = "/fabric/clock";

    /// <summary>The only visible step.</summary>
    public const string Step = "runDueWork";

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim signal = new(1, 1);

    /// <summary>Accepts an advance; refused while another one runs, and where the clock is real.</summary>
    public Outcome<OperationRow> Accept(UnitOfWork unit, OperationId id, Func<Instant, Outcome<Instant>> target)
    {
        if (clock.Mode == ClockMode.Real)
        {
            return Refusals.Conflict("clockIsReal", "The clock is real: nobody can move it.");
        }

        if (unit.Db.Set<OperationRow>().AsNoTracking()
            .FirstOrDefault(o => o.ResourcePath == Resource && o.EndedAt == null) is { } running)
        {
            return Refusals.Conflict("clockBusy", $"{running.Id} is advancing the clock; one at a time.");
        }

        var now = clock.Now;
        var to = target(now);
        if (to.Refused)
        {
            return to.Refusal;
        }

        var last = Last(unit.Db);
        var row = Operation.Accept(id, null, OperationKinds.AdvanceClock, Resource, null, [Step], 0, now).Reach(Step, now).ToRow();
        row.ReportJson = StoreJson.Write(new AdvanceReport(now, to.Value, null, new EventRange(last, last, 0)));
        unit.Insert(row);
        unit.AfterCommit(Wake);
        return row;
    }

    /// <inheritdoc/>
    public void Reload(RdfeDbContext db) => Wake();

    /// <inheritdoc/>
    public override void Dispose()
    {
        signal.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await signal.WaitAsync(stoppingToken);
            try
            {
                await RunAllAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // Stopped in the middle: the next start goes on with it.
                return;
            }
            catch (FabricReplaced)
            {
                // The one that was under way has gone with its fabric; the new one may have an unfinished one of its own.
                Wake();
            }
            catch (Exception e)
            {
                AdvanceFailed(log, e);
                await Task.Delay(RetryAfter, real, stoppingToken);
                Wake();
            }
        }
    }

    private async Task RunAllAsync(CancellationToken stop)
    {
        while (await NextAsync(stop) is { } row)
        {
            var report = StoreJson.Read<AdvanceReport>(row.ReportJson!);
            if (clock.Mode == ClockMode.Real)
            {
                // Accepted under a virtual clock, and the program was started again with a real one.
                await EndAsync(row.Id, o => o.Fail(new OperationError("clockIsReal", "The clock is real now."), clock.Now), report);
                continue;
            }

            var (rounds, _) = await engine.AdvanceTo(report.To).WaitAsync(stop);
            await EndAsync(row.Id, o => o.Succeed(clock.Now), report with { Rounds = rounds });
        }
    }

    private async Task<OperationRow?> NextAsync(CancellationToken cancel)
    {
        await using var db = await reads.CreateDbContextAsync(cancel);
        return await db.Set<OperationRow>().AsNoTracking()
            .FirstOrDefaultAsync(o => o.ResourcePath == Resource && o.EndedAt == null, cancel);
    }

    private Task EndAsync(OperationId id, Func<Operation, Operation> end, AdvanceReport report) => committer.CommitAsync(unit =>
    {
        if (unit.Find<OperationRow>(id) is not { EndedAt: null } row)
        {
            return;
        }

        var (after, last) = (report.Events.After, Last(unit.Db));
        var count = unit.Db.Set<EventRow>().LongCount(e => e.Id > after && e.Id <= last);
        var ended = end(row.ToOperation()).ToRow();
        ended.ReportJson = StoreJson.Write(report with { Events = new EventRange(after, last, count) });
        unit.Upsert(ended);
    });

    private static long Last(RdfeDbContext db) => db.Set<EventRow>().Max(e => (long?)e.Id) ?? 0;

    private void Wake()
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

    [LoggerMessage(20, LogLevel.Error, "An advance of the clock was interrupted; it goes on")]
    private static partial void AdvanceFailed(ILogger log, Exception cause);
}
