// One cluster's actor: takes events in batches, decides them one by one, hands the turn to the committer, and acts once
// it is durable. Single-threaded: the engine gives it its turns. On any doubt it drops its memory and loads again.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Owns one cluster.</summary>
public sealed class ClusterActor(
    ClusterId cluster, ClusterStore store, IHostAgents hosts, Func<FabricSettings> settings, Func<ClusterId, bool> isReadOnly)
{
    private bool wasReadOnly;
    private ClusterState? state;
    private readonly List<Turn> waiting = [];
    private string hardware = "";
    private int strikes;

    /// <summary>The cluster.</summary>
    public ClusterId Cluster => cluster;

    /// <summary>When its agenda is next due; null when nothing is.</summary>
    public Instant? NextDue => state?.Agenda.Next;

    /// <summary>Requests taken in one turn: bounds how long a batch may grow.</summary>
    public const int MostRequests = 500;

    /// <summary>True when the last turn took as many requests as it may, so that more may wait.</summary>
    public bool MayHaveMore { get; private set; }

    /// <summary>Failures in a row after which it is stopped: a bug that repeats must not keep the others waiting.</summary>
    public const int MostStrikes = 3;

    /// <summary>Why it takes no more turns until it is loaded on other hardware, or the program starts anew; null while it works.</summary>
    public string? Stopped { get; private set; }

    /// <summary>What it knows; null when it has to be loaded first.</summary>
    public ClusterState? State => state;

    /// <summary>A turn threw. Its memory is in doubt; true when it is stopped now.</summary>
    public bool Strike(Exception cause)
    {
        Forget();
        if (++strikes >= MostStrikes)
        {
            Stopped = $"{cause.GetType().Name}: {cause.Message}";
        }

        return Stopped is not null;
    }

    /// <summary>Another try for one that was stopped.</summary>
    public void Restart() => (Stopped, strikes) = (null, 0);

    /// <summary>Loads the committed state and decides what must be asked again.</summary>
    public Turn Load(RdfeDbContext db, Instant now)
    {
        Forget();
        // Before the rows: what changes while they are read makes the first commit void, and it is loaded again.
        hardware = ClusterStore.HardwareOf(db, cluster);
        state = store.Load(db, cluster, settings().Health);
        wasReadOnly = isReadOnly(cluster);
        var turn = new Turn(state, settings()) { Now = now, SafeMode = wasReadOnly };
        ClusterStore.Complete(db, turn);
        FabricController.Resume(turn);
        Reconcile(turn, now);
        FabricController.Settle(turn);
        return turn;
    }

    /// <summary>Forgets everything: the next turn begins with loading.</summary>
    public void Forget()
    {
        state = null;
        waiting.Clear();
    }

    /// <summary>True when it has to be loaded before it can take a turn.</summary>
    public bool IsForgotten => state is null;

    /// <summary>Decides what has happened; null when there was nothing. Nothing has been done until it is committed.</summary>
    public Turn? Decide(RdfeDbContext? inbox, IReadOnlyList<FabricEvent> reports, Instant now)
    {
        var readOnly = isReadOnly(cluster);
        var turn = new Turn(state!, settings()) { Now = now, SafeMode = readOnly, Everything = wasReadOnly != readOnly };
        wasReadOnly = readOnly;
        // In the order in which it happened: a deadline that passed before somebody answered has passed.
        foreach (var e in reports)
        {
            Expire(turn, e.At - Duration.Epsilon);
            FabricController.Decide(turn, e);
        }

        Expire(turn, now);
        MayHaveMore = false;
        if (inbox is not null && !SafeModeScopes.Holds(inbox, cluster, state!.Cluster.Region))
        {
            // All that there are: what was decided is deleted in the commit that decided it, and numbers begin anew when a store
            // is opened whose inbox is empty by the time of its first request.
            var requests = ClusterStore.Inbox(inbox, cluster, MostRequests, now);
            foreach (var request in requests)
            {
                FabricController.Decide(turn, request);
            }

            MayHaveMore = requests.Count == MostRequests;
        }

        turn.Now = now;
        FabricController.Settle(turn);
        return turn.HasChanges || turn.Reload ? turn : null;
    }

    /// <summary>How many turns wait to be durable together with the next one.</summary>
    public int Waiting => waiting.Count;

    /// <summary>Keeps a quiet turn until then. Nothing is done for it, and a crash loses it as if it had not been decided.</summary>
    public void Wait(Turn turn) => waiting.Add(turn);

    /// <summary>Writes the turns that wait, and this one; called in the committer's unit.</summary>
    public void Commit(UnitOfWork unit, Turn? turn, Instant now) =>
        store.Commit(unit, turn is null ? waiting : [.. waiting, turn], hardware, now);

    /// <summary>A turn over events is durable: whatever went wrong before is over.</summary>
    public void Settled() => strikes = 0;

    /// <summary>Asks the world for what was committed.</summary>
    public void Act(Turn? turn)
    {
        // Quiet ones ask for nothing.
        waiting.Clear();
        if (turn is null)
        {
            return;
        }

        foreach (var effect in turn.Effects())
        {
            hosts.Send(cluster, effect, turn.Now);
        }

        if (turn.Reload)
        {
            Forget();
        }
    }

    private void Expire(Turn turn, Instant until)
    {
        while (state!.Agenda.TakeUntil(until) is { } due)
        {
            FabricController.Decide(turn, new FabricEvent.DeadlinePassed(due.At, due.Item));
        }
    }

    // What really runs is learnt through the seam: agents that answer say all that is on their nodes; one that has never
    // heard of us has nothing.
    private void Reconcile(Turn turn, Instant now)
    {
        var known = new HashSet<NodeId>();
        foreach (var e in hosts.Attach(cluster, now))
        {
            if (e is FabricEvent.HostAgentConnected or FabricEvent.BeatsMissed { Of: Heartbeat.HostAgent })
            {
                known.Add(e is FabricEvent.HostAgentConnected c ? c.Node : ((FabricEvent.BeatsMissed)e).Node);
            }

            FabricController.Decide(turn, e);
        }

        foreach (var node in state!.Nodes.Values.OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList())
        {
            if (node.GoalGeneration > 0 && !known.Contains(node.Id))
            {
                FabricController.Decide(turn, new FabricEvent.HostAgentConnected(now, node.Id, 0, []));
            }
        }
    }
}
