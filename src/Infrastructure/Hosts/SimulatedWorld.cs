// What all parts of the simulated hosts share: the nodes, an agenda in the order of time, what has happened and waits to
// be taken, the storage's leases. Draws are hashes of what they are for (DESIGN, Time).
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Topology;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>How often heartbeats come (H2).</summary>
public sealed record HeartbeatIntervals
{
    /// <summary>The host agent's.</summary>
    public Duration HostAgent { get; init; } = Duration.FromSeconds(5);

    /// <summary>The guest agent's.</summary>
    public Duration GuestAgent { get; init; } = Duration.FromSeconds(5);

    /// <summary>The role's.</summary>
    public Duration Role { get; init; } = Duration.FromSeconds(15);

    /// <summary>The load balancer's probe.</summary>
    public Duration Probe { get; init; } = Duration.FromSeconds(15);

    /// <summary>One of them.</summary>
    public Duration Of(Heartbeat heartbeat) => heartbeat switch
    {
        Heartbeat.HostAgent => HostAgent,
        Heartbeat.GuestAgent => GuestAgent,
        Heartbeat.Role => Role,
        _ => Probe,
    };
}

internal sealed class SimulatedWorld(
    HostStore store, SimulatedDurations durations, HeartbeatIntervals intervals, Func<FabricTopology?> topology)
{
    private readonly Dictionary<NodeId, SimulatedNode> nodes = [];
    private readonly Dictionary<InstanceId, List<SimulatedNode>> copies = [];
    private readonly Dictionary<InstanceId, int> leases = store.Leases().ToDictionary(l => l.Instance, l => l.Lease);
    private readonly PriorityQueue<Action<Instant>, (Instant At, long Order)> agenda = new();
    private List<(ClusterId, FabricEvent)> happened = [];
    private long order;

    public HostStore Store => store;

    public SimulatedDurations Durations => durations;

    public HeartbeatIntervals Intervals => intervals;

    public FabricTopology? Topology => topology();

    public IReadOnlyCollection<SimulatedNode> Nodes => nodes.Values;

    public Instant? NextDue => agenda.TryPeek(out _, out var next) ? next.At : null;

    public void At(Instant at, Action<Instant> happen) => agenda.Enqueue(happen, (at, order++));

    public void RunUntil(Instant now)
    {
        while (agenda.TryPeek(out var happen, out var next) && next.At <= now)
        {
            agenda.Dequeue();
            happen(next.At);
        }
    }

    public void Say(ClusterId cluster, FabricEvent e) => happened.Add((cluster, e));

    /// <summary>Says it through the node's host agent: into a dead line while nobody hears that.</summary>
    public void Say(SimulatedNode node, FabricEvent e)
    {
        if (node.IsHeard)
        {
            Say(node.Cluster, e);
        }
    }

    public IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeHappened()
    {
        var taken = happened;
        happened = [];
        return taken;
    }

    public Duration Around(Duration median, string entity, string purpose, long generation) =>
        Draw.Around(median, durations.Seed, entity, purpose, generation);

    /// <summary>The node, as the store has it or as it was delivered.</summary>
    public SimulatedNode NodeOf(ClusterId cluster, NodeId id)
    {
        if (!nodes.TryGetValue(id, out var node))
        {
            var known = Topology?.Find(id);
            nodes[id] = node = new SimulatedNode(id, cluster, known?.Rack);
            if (known is { InitialState: not NodeState.Ready })
            {
                node.Condition = new NodeCondition(Bare: true);
                node.IsHeard = false;
            }
        }

        return node;
    }

    public void Change(SimulatedNode node, NodeCondition condition)
    {
        node.Condition = condition;
        store.Write(node.Stored);
    }

    public TrackedGuest Put(SimulatedNode node, SimulatedGuest guest, bool isNew = true)
    {
        var tracked = new TrackedGuest(guest);
        node.Guests[guest.Id] = tracked;
        if (!copies.TryGetValue(guest.Id, out var where))
        {
            copies[guest.Id] = where = [];
        }

        where.Add(node);
        if (isNew)
        {
            store.Write(node.Cluster, guest);
        }

        return tracked;
    }

    public void Change(SimulatedNode node, TrackedGuest tracked, SimulatedGuest next)
    {
        tracked.Guest = next;
        tracked.Version++;
        store.Write(node.Cluster, next);
    }

    public void Remove(SimulatedNode node, TrackedGuest tracked)
    {
        tracked.Version++;
        node.Guests.Remove(tracked.Guest.Id);
        store.Delete(node.Id, tracked.Guest.Id);
        var where = copies[tracked.Guest.Id];
        where.Remove(node);
        if (where.Count == 0)
        {
            copies.Remove(tracked.Guest.Id);
            Forget(tracked.Guest.Id);
        }
    }

    /// <summary>How many instances something is remembered of, and how many leases.</summary>
    public (int Instances, int Leases) Remembered => (copies.Count, leases.Count);

    /// <summary>At the start: leases of what has gone, which earlier versions of this program kept for ever.</summary>
    public void ForgetGone()
    {
        foreach (var instance in leases.Keys.Where(i => !copies.ContainsKey(i)).ToList())
        {
            Forget(instance);
        }
    }

    // A lease keeps older copies from writing. Where there is no copy, and no node has a goal that may still make one of it, there is
    // nobody to keep from it; whoever gets the instance next brings a lease that is no older.
    private void Forget(InstanceId instance)
    {
        if (leases.ContainsKey(instance) && !IsAwaited(instance))
        {
            leases.Remove(instance);
            store.Write(instance, null);
        }
    }

    private bool IsAwaited(InstanceId instance) =>
        nodes.Values.Any(n => n.Accepting is { } goal && goal.Instances.Any(i => i.Id == instance));

    public IEnumerable<(SimulatedNode Node, TrackedGuest Tracked)> CopiesOf(InstanceId instance) =>
        copies.GetValueOrDefault(instance, []).Select(n => (n, n.Guests[instance]));

    public IEnumerable<(SimulatedNode Node, TrackedGuest Tracked)> Guests =>
        nodes.Values.SelectMany(n => n.Guests.Values.Select(t => (n, t)));

    /// <summary>The generation of an instance's lease (H3); 0 where it never moved.</summary>
    public int LeaseOf(InstanceId instance) => leases.GetValueOrDefault(instance);

    public void MoveLease(InstanceId instance, int lease)
    {
        leases[instance] = Math.Max(lease, LeaseOf(instance));
        store.Write(instance, leases[instance]);
    }

    public static FabricEvent.InstanceReported Report(SimulatedNode node, SimulatedGuest g, Instant at) =>
        node.Lies && g.Goal is { } goal
            ? new(at, g.Node, g.Id, goal.Power == PowerGoal.Stopped ? InstancePhase.Stopped : InstancePhase.Ready,
                goal.Boot, goal.ImageGeneration, goal.Config, goal.Role, goal.GuestAgent)
            : new(at, g.Node, g.Id, g.Phase, g.Boot, g.Image, g.Config, g.Role, g.GuestAgent);
}
