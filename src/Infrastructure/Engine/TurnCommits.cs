// When do turns become durable? Those of a round together, each a unit of its own; and while the clock leaps, turns that ask nothing
// of anybody wait for the next one that does: they share its unit, its fsync and its moment. Decide, commit, act holds for each:
// nothing is told, asked or answered before all that it follows from is durable, and a crash loses the last few whole.
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Engine;

/// <summary>A turn that has been decided.</summary>
/// <param name="Actor">Whose.</param>
/// <param name="Turn">The turn; null where only those that wait are to be committed.</param>
/// <param name="IsLoad">True for the one with which a cluster begins.</param>
internal sealed record DecidedTurn(ClusterActor Actor, Turn? Turn, bool IsLoad);

/// <summary>Commits turns. Used by the engine's thread alone.</summary>
internal sealed class TurnCommits(Committer committer, IHostAgents hosts, FabricClock clock)
{
    // Whoever reads the store while the clock leaps sees it some milliseconds late, not more.
    private const int MostWaiting = 32;

    private ClusterActor? waiting;

    /// <summary>
    /// True where a round's turn can wait. One cluster's alone: what happened in two of them at different times is to be
    /// written in the order in which it happened.
    /// </summary>
    public bool Wait(List<DecidedTurn> turns)
    {
        if (turns is not [{ IsLoad: false, Turn: { IsQuiet: true } turn, Actor: { Waiting: < MostWaiting } actor }])
        {
            return false;
        }

        waiting = actor;
        actor.Wait(turn);
        actor.Settled();
        return true;
    }

    /// <summary>Commits what waits where others than its cluster are about to decide.</summary>
    public void HurryBefore(List<ClusterActor> deciding, Action<ClusterActor, Action> guarded)
    {
        if (deciding.Exists(a => a != waiting))
        {
            Hurry(guarded);
        }
    }

    /// <summary>Commits what waits.</summary>
    public void Hurry(Action<ClusterActor, Action> guarded)
    {
        if (waiting is { Waiting: > 0 } actor)
        {
            Commit([new DecidedTurn(actor, null, IsLoad: false)], clock.Now, guarded);
        }

        waiting = null;
    }

    /// <summary>Commits a round's turns, and then acts.</summary>
    public void Commit(List<DecidedTurn> turns, Instant now, Action<ClusterActor, Action> guarded)
    {
        // The hosts' side is durable first: what they report must not be forgotten by them once we have recorded it. It is written while
        // the turns are, and no unit ends before it is. What they are asked is kept by them before the next round, or when there is
        // none: until then a crash loses it, and it is asked again.
        var flushed = new TaskCompletionSource();
        var commits = new List<Task>(turns.Count);
        try
        {
            // Queued in order and all at once: they share a transaction, and one that fails is undone alone.
            commits.AddRange(turns.Select(t => committer.CommitAsync(unit =>
            {
                t.Actor.Commit(unit, t.Turn, now);
                KeepTime(unit, now);
                flushed.Task.GetAwaiter().GetResult();
            })));
            hosts.Flush();
            flushed.SetResult();
        }
        catch (Exception e)
        {
            // Where the hosts' side is not durable, neither is any of the turns; nobody forgets them before the committer has let go of them.
            flushed.SetException(e);
            Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
            throw;
        }

        StoreFault? fault = null;
        for (var i = 0; i < turns.Count; i++)
        {
            var (actor, turn, isLoad) = turns[i];
            guarded(actor, () =>
            {
                try
                {
                    commits[i].GetAwaiter().GetResult();
                }
                catch (StoreFault f)
                {
                    fault = f;
                    actor.Forget();
                    return;
                }

                actor.Act(turn);
                if (!isLoad)
                {
                    actor.Settled();
                }
            });
        }

        if (fault is not null)
        {
            throw fault;
        }
    }

    /// <summary>Keeps virtual time.</summary>
    public void KeepTime() =>
        committer.CommitAsync(unit => KeepTime(unit, clock.Now), CancellationToken.None).GetAwaiter().GetResult();

    private void KeepTime(UnitOfWork unit, Instant now)
    {
        if (clock.Mode == Settings.ClockMode.Virtual)
        {
            unit.Upsert(new MetaRow { Key = FabricEngine.ClockKey, Value = NodaTime.Text.InstantPattern.ExtendedIso.Format(now) });
        }
    }
}
