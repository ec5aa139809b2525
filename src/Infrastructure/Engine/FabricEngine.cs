// The engine's loop: one thread that gives every cluster's actor its turns, in the order (time, cluster), commits the
// turns of a round together, and then acts. All actors share its agenda, so that one jump of the clock and many steps
// end alike (DESIGN, Time). Whatever one actor does wrong stays with it: each turn is a unit of its own.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Runs the clusters.</summary>
public sealed partial class FabricEngine(
    FabricCatalogue catalogue, ClusterStore store, Committer committer, IDbContextFactory<RdfeDbContext> reads,
    IHostAgents hosts, FabricClock clock, Wakeups wakeups, FabricSettings settings, ILogger<FabricEngine> log)
{
    /// <summary>Key under which virtual now is kept.</summary>
    public const string ClockKey = "clock.now";

    // Questions keep the clusters waiting, so few of them are answered at a time and no more are taken than that.
    private const int QuestionsPerRound = 4;

    private readonly SortedDictionary<string, ClusterActor> actors = new(StringComparer.Ordinal);
    private readonly EngineCalls calls = new(wakeups);
    private readonly TurnCommits commits = new(committer, hosts, clock);
    private FabricTopology? known;
    private long rounds;

    /// <summary>Rounds run since the start.</summary>
    public long Rounds => Interlocked.Read(ref rounds);

    /// <summary>Runs until stopped. Call it on a thread of its own.</summary>
    public void Run(CancellationToken stop)
    {
        clock.Changed += wakeups.Poke;
        hosts.Arrived += wakeups.Poke;
        var first = true;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    if (calls.NextPause() is { } pause)
                    {
                        first |= StandStill(pause, stop);
                        continue;
                    }

                    var jump = calls.NextJump();
                    var more = jump is null ? Round(clock.Now, everyInbox: first) : Leap(jump, stop);
                    first = false;
                    if (!more && !stop.IsCancellationRequested)
                    {
                        hosts.Flush();
                        wakeups.Wait(UntilDue(), stop);
                    }
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    return;
                }
                catch (StoreFault fault) when (fault.Kind == StoreFaultKind.NotPrimary)
                {
                    // Another process has taken over (F2): not a thing is decided or asked of hosts here any more.
                    Deposed(log, fault.Message);
                    return;
                }
                catch (Exception e)
                {
                    // A fault of the store: nothing of the round is durable. Every actor loads what is, and the round
                    // is run again; a pause keeps a lasting fault from spinning. A jump under way goes on after it.
                    RoundFailed(log, e);
                    foreach (var actor in actors.Values)
                    {
                        actor.Forget();
                    }

                    first = true;
                    stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(500));
                }
            }
        }
        finally
        {
            clock.Changed -= wakeups.Poke;
            hosts.Arrived -= wakeups.Poke;
            calls.End(stop);
        }
    }

    /// <summary>Moves a virtual clock to <paramref name="to"/>, running everything that falls due on the way.</summary>
    /// <returns>Rounds run, and fabric time once it is there. Canceled when the engine stops before that.</returns>
    public Task<(int Rounds, Instant Now)> AdvanceTo(Instant to) => calls.AdvanceTo(to);

    /// <summary>
    /// Asks a cluster something, between two rounds, on the engine's thread: what it sees is committed and consistent.
    /// Keep it short and change nothing; every cluster waits meanwhile.
    /// </summary>
    public Task<Outcome<T>> Ask<T>(ClusterId cluster, Func<ClusterState, T> ask) => calls.Ask(cluster, ask);

    /// <summary>
    /// Runs something between two rounds, on the engine's thread: what was decided is committed and done, and nothing new
    /// is begun meanwhile. Where it says that it replaced the fabric, everything is loaded anew.
    /// </summary>
    public Task Between(Func<CancellationToken, bool> act) => calls.Between(act);

    // True when there is another fabric now.
    private bool StandStill(EngineCalls.Pause pause, CancellationToken stop)
    {
        var replaced = false;
        try
        {
            hosts.Flush();
            replaced = pause.Act(stop);
            pause.Done.TrySetResult();
        }
        catch (Exception e)
        {
            // Who asked for it is told; what the engine has in memory may be of either fabric.
            replaced = true;
            pause.Done.TrySetException(e);
        }

        if (replaced)
        {
            calls.GiveUpJumps();
            actors.Clear();
            known = null;
        }

        return replaced;
    }

    private bool Leap(EngineCalls.Jump jump, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (calls.HasPause)
            {
                commits.Hurry(Guarded);
                return true;
            }

            jump.Rounds++;
            if (Round(clock.Now, everyInbox: false, leaps: true))
            {
                continue;
            }

            if (NextDue() is { } due && due <= jump.To)
            {
                clock.MoveTo(Instant.Min(clock.StopFor(due), jump.To));
                continue;
            }

            clock.MoveTo(jump.To);
            commits.Hurry(Guarded);
            hosts.Flush();
            commits.KeepTime();
            calls.Landed(jump, clock.Now);
            return true;
        }

        commits.Hurry(Guarded);
        return false;
    }

    // One round: whoever has news decides; all decisions are committed together; then all act.
    private bool Round(Instant now, bool everyInbox, bool leaps = false)
    {
        Interlocked.Increment(ref rounds);
        var woken = wakeups.Take();
        var working = ActorsNow();
        if (calls.HasQuestions)
        {
            commits.Hurry(Guarded);
            Answer(working);
        }

        if (working.Exists(a => a.IsForgotten))
        {
            commits.Hurry(Guarded);
        }

        var turns = new List<DecidedTurn>();
        foreach (var actor in working.Where(a => a.IsForgotten))
        {
            Guarded(actor, () =>
            {
                using var db = reads.CreateDbContext();
                turns.Add(new(actor, actor.Load(db, now), IsLoad: true));
            });
            wakeups.Wake(actor.Cluster);
        }

        if (turns.Count > 0 || working.Exists(a => a.IsForgotten))
        {
            // This round is for loading; nobody's news is lost by it.
            foreach (var cluster in woken)
            {
                wakeups.Wake(cluster);
            }
        }
        else
        {
            Decide(working, now, everyInbox ? null : woken.ToHashSet(), turns);
        }

        if (turns.Count == 0)
        {
            return working.Exists(a => a.IsForgotten) || calls.HasQuestions;
        }

        if (!leaps || !commits.Wait(turns))
        {
            commits.Commit(turns, now, Guarded);
        }

        return true;
    }

    private void Decide(
        List<ClusterActor> working, Instant now, HashSet<ClusterId>? woken, List<DecidedTurn> turns)
    {
        var reports = hosts.TakeUntil(now).ToLookup(r => r.Cluster, r => r.Event);
        bool HasInbox(ClusterActor actor) => woken is null || woken.Contains(actor.Cluster);
        var deciding = working.FindAll(a => HasInbox(a) || reports.Contains(a.Cluster) || a.NextDue <= now);
        commits.HurryBefore(deciding, Guarded);
        // One whose commit has just failed is loaded first.
        foreach (var actor in deciding.Where(a => !a.IsForgotten))
        {
            Guarded(actor, () =>
            {
                using var inbox = HasInbox(actor) ? reads.CreateDbContext() : null;
                if (actor.Decide(inbox, [.. reports[actor.Cluster]], now) is { } turn)
                {
                    turns.Add(new(actor, turn, IsLoad: false));
                }
                else
                {
                    actor.Settled();
                }

                if (actor.MayHaveMore)
                {
                    wakeups.Wake(actor.Cluster);
                }
            });
        }
    }

    // A bug in one cluster's decisions stops that cluster, after a few tries, and no other.
    private void Guarded(ClusterActor actor, Action step)
    {
        try
        {
            step();
        }
        catch (TurnIsVoid stale)
        {
            TurnVoid(log, actor.Cluster, stale.Message);
            actor.Forget();
            wakeups.Wake(actor.Cluster);
        }
        catch (Exception e) when (e is not StoreFault && StoreFault.Behind(e) is null)
        {
            if (actor.Strike(e))
            {
                ClusterStopped(log, actor.Cluster, ClusterActor.MostStrikes, e);
                catalogue.Closed[actor.Cluster] = "its controller has stopped: " + actor.Stopped;
            }
            else
            {
                TurnFailed(log, actor.Cluster, e);
                wakeups.Wake(actor.Cluster);
            }
        }
    }

    // The clusters of the present topology that work; those that it no longer has are let go.
    private List<ClusterActor> ActorsNow()
    {
        var topology = catalogue.Topology;
        if (!ReferenceEquals(topology, known))
        {
            known = topology;
            foreach (var gone in actors.Values.Where(a => topology.Find(a.Cluster) is null).ToList())
            {
                actors.Remove(gone.Cluster.Value);
                catalogue.Closed.TryRemove(gone.Cluster, out _);
            }

            foreach (var cluster in topology.Clusters)
            {
                if (!actors.TryGetValue(cluster.Id.Value, out var actor))
                {
                    actors[cluster.Id.Value] = new ClusterActor(cluster.Id, store, hosts, () => settings, IsReadOnly);
                }
                else if (actor.Stopped is not null)
                {
                    // What stopped it may have been in the document.
                    actor.Restart();
                    catalogue.Closed.TryRemove(cluster.Id, out _);
                }
            }
        }

        return [.. actors.Values.Where(a => a.Stopped is null)];
    }

    private bool IsReadOnly(ClusterId cluster) =>
        catalogue.Topology.Find(cluster) is { } c && SafeModeScopes.Around(cluster, c.Region).Any(catalogue.SafeMode.ContainsKey);

    private void Answer(List<ClusterActor> working)
    {
        for (var i = 0; i < QuestionsPerRound; i++)
        {
            // One whose cluster is loaded only in this round waits for the next.
            if (calls.NextQuestion(c => !working.Exists(a => a.Cluster == c && a.IsForgotten)) is not { } question)
            {
                return;
            }

            if (working.Find(a => a.Cluster == question.Cluster)?.State is { } state)
            {
                question.Ask(state);
            }
            else
            {
                question.Refuse(new Refusal(RefusalKind.Unavailable, "clusterStopped",
                    $"The controller of {question.Cluster} does not run: {catalogue.Closed.GetValueOrDefault(question.Cluster, "it is gone")}."));
            }
        }
    }

    private Instant? NextDue() => actors.Values.Select(a => a.NextDue).Append(hosts.NextDue).Min();

    private TimeSpan? UntilDue() => NextDue() is { } due ? clock.Until(due) : null;

    [LoggerMessage(10, LogLevel.Error, "A round of the engine failed; every cluster is loaded again")]
    private static partial void RoundFailed(ILogger log, Exception cause);

    [LoggerMessage(14, LogLevel.Warning, "The engine stops. {Why}")]
    private static partial void Deposed(ILogger log, string why);

    [LoggerMessage(11, LogLevel.Error, "A turn of {Cluster} failed; the cluster is loaded again")]
    private static partial void TurnFailed(ILogger log, ClusterId cluster, Exception cause);

    [LoggerMessage(12, LogLevel.Critical,
        "The controller of {Cluster} has stopped after {Strikes} failures in a row; what runs there goes on running, others go on working")]
    private static partial void ClusterStopped(ILogger log, ClusterId cluster, int strikes, Exception cause);

    [LoggerMessage(13, LogLevel.Information, "A turn of {Cluster} is decided again. {Why}")]
    private static partial void TurnVoid(ILogger log, ClusterId cluster, string why);
}
