// How is the whole simulated fabric put back, copied and replaced, for people who use it as an emulator? Between two rounds
// of the engine and two commits, with callers kept out; each command either happens wholly or not at all, whatever crash
// comes (L3). Where hosts or the clock are real, none of this can be done.
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Emulator;

/// <summary>What a new fabric begins with.</summary>
/// <param name="TopologyPath">The topology's file.</param>
/// <param name="DocumentsFolder">Where the shipped sizes and images are.</param>
/// <param name="Rate">Fabric seconds per real second.</param>
/// <param name="Start">Where its clock begins; null for the time of the first start.</param>
/// <param name="Drain">How long callers who are inside may take to finish before it is replaced all the same.</param>
public sealed record NewWorld(string TopologyPath, string DocumentsFolder, double Rate, Instant? Start, TimeSpan Drain);

/// <summary>Replaces, copies and restores the fabric.</summary>
public sealed partial class FabricEmulator(
    WorldFiles files, StagedFabrics stages, Snapshots snapshots, NewWorld beginning, FabricEngine engine, Committer committer,
    Primacy primacy, FabricClock clock, IHostAgents hosts, IDbContextFactory<RdfeDbContext> reads, PackageGarbage garbage, PackageStore packages,
    Admission admission, IEnumerable<IReloads> reloads, EventSignal signal, TimeProvider real, ILogger<FabricEmulator> log)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private int working;
    private bool halfway;

    /// <summary>The seed of the simulated hosts, where the fabric has one of its own.</summary>
    public static ulong? SeedOf(RdfeDbContext db) => db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == StagedFabrics.SeedKey) is { } row
        ? ulong.Parse(row.Value, System.Globalization.CultureInfo.InvariantCulture)
        : null;

    /// <summary>Writes what happened to the whole fabric into the log of events.</summary>
    public void Log(UnitOfWork unit, string kind, string why)
    {
        var id = unit.NextSequence<EventRow>(e => e.Id);
        unit.Insert(StagedFabrics.Event(id, clock.Now, kind, why));
        unit.AfterCommit(signal.Raise);
    }

    /// <summary>Everything as at the first start, on this topology and from this time on, where they are given.</summary>
    public Task<Outcome<Instant>> ResetAsync(FabricTopology? topology, Instant? at, ulong? seed, double? rate) => InTurnAsync<Instant>(async () =>
    {
        var stage = files.NewStage();
        try
        {
            Instant first;
            await using (var db = await reads.CreateDbContextAsync())
            {
                first = beginning.Start ?? FabricStartup.FirstTime(db) ?? Instant.FromDateTimeOffset(real.GetUtcNow());
            }

            var start = at ?? first;
            var shipped = FabricStartup.Shipped(beginning.TopologyPath, beginning.DocumentsFolder);
            await stages.MakeAsync(stage, new FabricCatalogue(topology ?? shipped.Topology, shipped.Sizes, shipped.Images, shipped.Bundles), start, first, seed);
            await ReplaceAsync(stage, "fabricReset", "The fabric is as at its first start.", rate ?? beginning.Rate);
        }
        finally
        {
            WorldFiles.Discard(stage);
        }

        await garbage.SweepAsync();
        return clock.Now;
    });

    /// <summary>A durable copy of everything under a name.</summary>
    public Task<Outcome<SnapshotNote>> SnapshotAsync(string name, CancellationToken cancel) => InTurnAsync<SnapshotNote>(async () =>
    {
        if (snapshots.Find(name) is { } there)
        {
            return Refusals.Conflict("snapshotExists", $"There is a snapshot '{there.Name}' already; delete it first.");
        }

        var stage = files.NewStage();
        IReadOnlyList<string> held = [];
        try
        {
            var note = new SnapshotNote(name, Instant.FromDateTimeOffset(real.GetUtcNow()), default, 0, 0, []);
            await engine.Between(_ =>
            {
                Alone(() =>
                {
                    note = note with { Clock = stages.CopyTo(stage), Rate = clock.Rate };
                    // What the copy refers to is there at this moment, and held from now on.
                    held = [.. Snapshots.PackagesIn(stage).Where(packages.TryHold)];
                });
                return false;
            });
            return await snapshots.PutAsync(stage, note with { Packages = held }, cancel);
        }
        finally
        {
            snapshots.Release(held);
            WorldFiles.Discard(stage);
        }
    });

    /// <summary>The fabric as it was when the snapshot was taken, clock included.</summary>
    public Task<Outcome<SnapshotNote>> RestoreAsync(string name, CancellationToken cancel) => InTurnAsync<SnapshotNote>(async () =>
    {
        if (snapshots.Find(name) is not { } note)
        {
            return Refusals.NotFound("such snapshot");
        }

        var held = await snapshots.HoldPackagesAsync(note, cancel);
        if (held.Refused)
        {
            return held.Refusal;
        }

        var stage = files.NewStage();
        try
        {
            WorldFiles.CopyStores(snapshots.FolderOf(name), stage);
            // An older program may have taken it; a newer one's is refused.
            StoreStartup.Prepare(StoreStartup.OptionsOfCopy(Path.Combine(stage, WorldFiles.MainName)));
            await ReplaceAsync(stage, "fabricRestored", $"The fabric is as it was in the snapshot '{note.Name}'.", note.Rate);
        }
        catch (StoreRefused e)
        {
            return Refusals.Conflict("snapshotNotUsable", e.Message);
        }
        finally
        {
            snapshots.Release(held.Value);
            WorldFiles.Discard(stage);
        }

        await garbage.SweepAsync();
        return note;
    });

    /// <summary>Removes a snapshot.</summary>
    public Task<Outcome<bool>> RemoveAsync(string name) =>
        InTurnAsync(() => Task.FromResult<Outcome<bool>>(snapshots.Remove(name)));

    /// <summary>
    /// Runs many commands of the front end as one: nobody else is inside, time and engine stand still, and where it is
    /// refused or throws, or the program dies before it has ended, the fabric is as it was before.
    /// </summary>
    public Task<Outcome<T>> AsOneAsync<T>(Func<Task<Outcome<T>>> work) => InTurnAsync<T>(async () =>
    {
        Outcome<T>? outcome = null;
        var stage = files.NewStage();
        await admission.CloseAsync(beginning.Drain);
        try
        {
            await engine.Between(stop =>
            {
                var rate = clock.Rate;
                clock.SetRate(0);
                try
                {
                    Alone(() =>
                    {
                        stages.CopyTo(stage);
                        // Decided on before the first command: that is what makes a crash among them undo them all.
                        files.Decide(stage);
                    });
                }
                catch
                {
                    clock.SetRate(rate);
                    throw;
                }

                try
                {
                    outcome = work().GetAwaiter().GetResult();
                }
                finally
                {
                    if (outcome is { Refused: false } && TryCancel())
                    {
                        clock.SetRate(rate);
                    }
                    else
                    {
                        outcome = outcome is { Refused: true } ? outcome : null;
                        Alone(() => Complete(rate, stop), replaced: true);
                    }
                }

                return outcome is not { Refused: false };
            });
        }
        finally
        {
            Open(nextEra: outcome is not { Refused: false });
            WorldFiles.Discard(stage);
        }

        if (outcome is { Refused: true })
        {
            await garbage.SweepAsync();
        }

        return outcome ?? throw new StoreFault(StoreFaultKind.Other, "The fabric could not be changed as a whole.");
    });

    private async Task<Outcome<T>> InTurnAsync<T>(Func<Task<Outcome<T>>> act)
    {
        if (clock.Mode == ClockMode.Real || hosts is not ReplaceableHosts)
        {
            return Refusals.Conflict("notSimulated",
                "This fabric is not an emulator: its clock or its hosts are real, and nobody can replace them.");
        }

        if (Interlocked.Exchange(ref working, 1) == 1)
        {
            return Refusals.Conflict("emulatorBusy", "Another command works on the whole fabric; one at a time.");
        }

        try
        {
            return await act();
        }
        catch (Exception e) when (e is not StoreFault && StoreFault.Behind(e) is { } fault)
        {
            throw fault;
        }
        catch (OperationCanceledException)
        {
            throw new StoreFault(StoreFaultKind.Stopped, "The program is shutting down.");
        }
        finally
        {
            Interlocked.Exchange(ref working, 0);
        }
    }

    private async Task ReplaceAsync(string stage, string kind, string why, double rate)
    {
        WorldFiles.Settle(stage);
        var replaced = false;
        await admission.CloseAsync(beginning.Drain);
        try
        {
            await engine.Between(stop =>
            {
                Alone(
                    () =>
                    {
                        stages.Announce(stage, kind, why);
                        // Nothing is decided on in a fabric that another process has by now.
                        primacy.Prolong();
                        files.Decide(stage);
                        Complete(rate, stop);
                    },
                    replaced: true);
                return replaced = true;
            });
        }
        finally
        {
            Open(replaced);
        }

        signal.Raise();
    }

    private void Open(bool nextEra)
    {
        // Nobody may see a fabric of which a part is the old one: the next start completes it.
        if (!halfway)
        {
            admission.Open(nextEra);
        }
    }

    private void Alone(Action act, bool replaced = false) =>
        committer.AloneAsync(() => { act(); return true; }, replaced).GetAwaiter().GetResult();

    // On the committer's thread, while the engine's waits for it.
    private void Complete(double rate, CancellationToken stop)
    {
        ((ReplaceableHosts)hosts).Close();
        while (true)
        {
            try
            {
                // Whose the fabric is must not change with what is in it, not for a moment.
                primacy.CarryInto(files.PendingMain);
                files.Complete();
                break;
            }
            catch (StoreFault taken) when (taken.Kind == StoreFaultKind.NotPrimary)
            {
                // What is in place in part is completed by the one who took over, as after a crash.
                halfway = files.HasBegun || !TryCancel();
                throw;
            }
            catch (Exception e) when (e is SqliteException or DbUpdateException or IOException or UnauthorizedAccessException)
            {
                // Before anything was replaced it can be taken back. After that it must be completed, here or at the next start.
                if (!files.HasBegun && TryCancel())
                {
                    throw;
                }

                Stuck(log, e);
                if (stop.WaitHandle.WaitOne(RetryAfter))
                {
                    halfway = true;
                    throw new StoreFault(StoreFaultKind.Stopped, "The program is shutting down; the next start completes it.", e);
                }
            }
        }

        using var db = reads.CreateDbContext();
        clock.Restart(FabricStartup.LastTime(db) ?? clock.Now, rate);
        foreach (var part in reloads)
        {
            part.Reload(db);
        }
    }

    private bool TryCancel()
    {
        try
        {
            files.Cancel();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Stuck(log, e);
            return false;
        }
    }

    [LoggerMessage(30, LogLevel.Critical, "The fabric is being replaced, and its files can't be written; callers wait until they can")]
    private static partial void Stuck(ILogger log, Exception cause);
}
