// The engine's loop: one thread that gives every cluster's actor its turns, in the order (time, cluster), commits the
// turns of a round together, and then acts. All actors share its agenda, so that one jump of the clock and many steps
// end alike (DESIGN, Time).
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
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

    private readonly SortedDictionary<string, ClusterActor> actors = new(StringComparer.Ordinal);
    private readonly Queue<Jump> jumps = new();
    private readonly Lock gate = new();
    private long rounds;

    /// <summary>Rounds run since the start.</summary>
    public long Rounds => Interlocked.Read(ref rounds);

    /// <summary>Runs until stopped. Call it on a thread of its own.</summary>
    public void Run(CancellationToken stop)
    {
        clock.Changed += wakeups.Poke;
        hosts.Arrived += wakeups.Poke;
        var first = true;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var jump = NextJump();
                var more = jump is null ? Round(clock.Now, everyInbox: first) : Leap(jump, stop);
                first = false;
                if (!more && !stop.IsCancellationRequested)
                {
                    wakeups.Wait(UntilDue(), stop);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A fault of the store or a bug in a decision: nothing of the round is durable. Every actor loads what
                // is, and the round is run again; a pause keeps a lasting fault from spinning.
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

    /// <summary>Moves a virtual clock to <paramref name="to"/>, running everything that falls due on the way.</summary>
    /// <returns>Rounds run and the last event before and after, once fabric time is there.</returns>
    public Task<(int Rounds, Instant Now)> AdvanceTo(Instant to)
    {
        var jump = new Jump(to);
        lock (gate)
        {
            jumps.Enqueue(jump);
        }

        wakeups.Poke();
        return jump.Done.Task;
    }

    /// <summary>Runs rounds at the present time until nothing is left to do now. For tests and for the clock's owner.</summary>
    public Task<(int Rounds, Instant Now)> Settle() => AdvanceTo(clock.Now);

    private bool Leap(Jump jump, CancellationToken stop)
    {
        var count = 0;
        while (!stop.IsCancellationRequested)
        {
            count++;
            if (Round(clock.Now, everyInbox: false))
            {
                continue;
            }

            if (NextDue() is { } due && due <= jump.To)
            {
                clock.MoveTo(due);
                continue;
            }

            clock.MoveTo(jump.To);
            committer.CommitAsync(unit => KeepTime(unit, clock.Now), CancellationToken.None).GetAwaiter().GetResult();
            jump.Done.TrySetResult((count, clock.Now));
            return true;
        }

        jump.Done.TrySetCanceled(stop);
        return false;
    }

    // One round: whoever has news decides; all decisions are committed together; then all act.
    private bool Round(Instant now, bool everyInbox)
    {
        Interlocked.Increment(ref rounds);
        var woken = everyInbox ? null : wakeups.Take().ToHashSet();
        using var db = reads.CreateDbContext();
        var turns = new List<(ClusterActor Actor, Turn Turn)>();
        foreach (var actor in ActorsNow().Where(a => a.IsForgotten))
        {
            turns.Add((actor, actor.Load(db, now)));
            wakeups.Wake(actor.Cluster);
        }

        if (turns.Count == 0)
        {
            var reports = hosts.TakeUntil(now).ToLookup(r => r.Cluster, r => r.Event);
            foreach (var actor in ActorsNow())
            {
                var inbox = woken is null || woken.Contains(actor.Cluster);
                if (!inbox && !reports.Contains(actor.Cluster) && !(actor.NextDue <= now))
                {
                    continue;
                }

                if (actor.Decide(inbox ? db : null, [.. reports[actor.Cluster]], now) is { } turn)
                {
                    turns.Add((actor, turn));
                }

                if (actor.MayHaveMore)
                {
                    wakeups.Wake(actor.Cluster);
                }
            }
        }

        if (turns.Count == 0)
        {
            return false;
        }

        // The hosts' side first: what they report must not be forgotten by them once we have recorded it.
        hosts.Flush();
        committer.CommitAsync(unit =>
        {
            foreach (var (actor, turn) in turns)
            {
                actor.Commit(unit, turn, now);
            }

            KeepTime(unit, now);
        }).GetAwaiter().GetResult();
        foreach (var (actor, turn) in turns)
        {
            actor.Act(turn);
        }

        hosts.Flush();
        return true;
    }

    private SortedDictionary<string, ClusterActor>.ValueCollection ActorsNow()
    {
        foreach (var cluster in catalogue.Topology.Clusters)
        {
            if (!actors.ContainsKey(cluster.Id.Value))
            {
                actors[cluster.Id.Value] = new ClusterActor(cluster.Id, store, hosts, () => settings);
            }
        }

        return actors.Values;
    }

    private void KeepTime(UnitOfWork unit, Instant now)
    {
        if (clock.Mode == Settings.ClockMode.Virtual)
        {
            unit.Upsert(new MetaRow { Key = ClockKey, Value = NodaTime.Text.InstantPattern.ExtendedIso.Format(now) });
        }
    }

    private Instant? NextDue()
    {
        var next = hosts.NextDue;
        foreach (var actor in actors.Values)
        {
            if (actor.NextDue is { } due && (next is null || due < next))
            {
                next = due;
            }
        }

        return next;
    }

    private TimeSpan? UntilDue() => NextDue() is { } due ? clock.Until(due) : null;

    private Jump? NextJump()
    {
        lock (gate)
        {
            return jumps.TryDequeue(out var jump) ? jump : null;
        }
    }

    private sealed record Jump(Instant To)
    {
        public TaskCompletionSource<(int Rounds, Instant Now)> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    [LoggerMessage(10, LogLevel.Error, "A round of the engine failed; every cluster is loaded again")]
    private static partial void RoundFailed(ILogger log, Exception cause);
}
