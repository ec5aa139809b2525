// Host agents, image repository and network gear, simulated: realistic durations, an own store that outlives the
// controller, and not one word to a controller except through the seam. Used by the engine's thread alone.
using System.Diagnostics;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Topology;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>Simulated hosts behind the seam.</summary>
public sealed class SimulatedHosts : IHostAgents
{
    private readonly SimulatedDurations durations;
    private readonly ProvisioningSettings provisioning;
    private readonly HostStore store;
    private readonly Dictionary<NodeId, SimulatedNode> nodes = [];
    private readonly Dictionary<ClusterId, List<SimulatedNode>> clusters = [];
    private readonly PriorityQueue<Due, (Instant At, long Order)> agenda = new();
    private readonly HashSet<string> jobs = new(StringComparer.Ordinal);
    private readonly List<(ClusterId, FabricEvent)> happened = [];
    private long order;

    /// <summary>Simulated hosts that go on from what their store says.</summary>
    public SimulatedHosts(HostStore store, SimulatedDurations durations, ProvisioningSettings provisioning)
    {
        (this.store, this.durations, this.provisioning) = (store, durations, provisioning);
        var accepting = new List<(ClusterId Cluster, SimulatedNode Node)>();
        foreach (var (cluster, id, generation, goal) in store.Nodes())
        {
            var node = NodeOf(cluster, id);
            (node.Generation, node.Accepting) = (generation, goal);
            if (goal is not null)
            {
                accepting.Add((cluster, node));
            }
        }

        foreach (var (cluster, guest) in store.Guests())
        {
            NodeOf(cluster, guest.Node).Guests[guest.Id] = new Tracked(guest);
        }

        foreach (var node in nodes.Values)
        {
            foreach (var tracked in node.Guests.Values)
            {
                Schedule(node, tracked);
            }
        }

        // A goal state that was refused no more but not pursued yet is pursued at once: the agent has it on disk.
        foreach (var (cluster, node) in accepting)
        {
            ScheduleAcceptance(cluster, node, node.Accepting!, Instant.MinValue);
        }
    }

    /// <inheritdoc/>
    public event Action? Arrived
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public Instant? NextDue => agenda.TryPeek(out _, out var next) ? next.At : null;

    /// <inheritdoc/>
    public void Send(ClusterId cluster, FabricEffect effect, Instant at)
    {
        // What is sent takes effect with the flush, which asks the store itself.
        store.DemandKnown();
        switch (effect)
        {
            case FabricEffect.PushGoal push:
                Accept(cluster, push.Goal, at);
                break;
            case FabricEffect.Provision p:
                Job($"{p.Node}/{p.Run}/{p.Step}/{p.Attempt}", cluster, ProvisionTime(p), at, due =>
                    new FabricEvent.ProvisionStepEnded(due, p.Node, p.Run, p.Step, p.Attempt, Failure: null));
                break;
            case FabricEffect.BuildRoleImage b:
                Job($"{cluster}/{b.Sha256}", cluster, Around(durations.BuildImage, b.Sha256, "image", 0), at, due =>
                    new FabricEvent.RoleImageBuilt(due, b.Sha256));
                break;
            case FabricEffect.ProgramNetwork n:
                Job($"{n.Owner}/{n.Generation}", cluster, Around(durations.ProgramNetwork, n.Owner, "network", n.Generation), at, due =>
                    new FabricEvent.NetworkProgrammed(due, n.Owner, n.Generation));
                break;
            default:
                throw new UnreachableException(effect.GetType().Name);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeUntil(Instant now)
    {
        while (agenda.TryPeek(out var due, out var next) && next.At <= now)
        {
            agenda.Dequeue();
            // What was left over from before a restart has no time of its own: it happens now.
            due.Happen(next.At == Instant.MinValue ? now : next.At);
        }

        if (happened.Count > 0)
        {
            // Hosts that obey another controller by now have nothing to say to this one.
            store.Demand();
        }

        var taken = happened.ToArray();
        happened.Clear();
        return taken;
    }

    /// <inheritdoc/>
    public IReadOnlyList<FabricEvent> Attach(ClusterId cluster, Instant now) =>
        [.. clusters.GetValueOrDefault(cluster, []).OrderBy(n => n.Id.Value, StringComparer.Ordinal)
            .Select(n => new FabricEvent.HostAgentConnected(
                now, n.Id, n.Generation, [.. n.Guests.Values.Select(t => Report(t.Guest, now))]))];

    /// <inheritdoc/>
    public void Flush() => store.Flush();

    private static FabricEvent.InstanceReported Report(SimulatedGuest g, Instant at) =>
        new(at, g.Node, g.Id, g.Phase, g.Boot, g.Image, g.Config);

    // An older goal state than the one it works on is refused (P5); the same one again changes nothing.
    private void Accept(ClusterId cluster, NodeGoal goal, Instant at)
    {
        var node = NodeOf(cluster, goal.Node);
        if (goal.Generation <= node.Generation)
        {
            return;
        }

        (node.Generation, node.Accepting) = (goal.Generation, goal);
        store.Write(cluster, goal.Node, goal.Generation, goal);
        ScheduleAcceptance(cluster, node, goal, at + Around(durations.AcceptGoal, goal.Node.Value, "accept", goal.Generation));
    }

    private void ScheduleAcceptance(ClusterId cluster, SimulatedNode node, NodeGoal goal, Instant due) => At(due, when =>
    {
        // A newer goal state has come meanwhile: its own acceptance speaks for both.
        if (node.Generation == goal.Generation)
        {
            happened.Add((cluster, new FabricEvent.GoalAccepted(when, goal.Node, goal.Generation)));
            Pursue(cluster, node, goal, when);
        }
    });

    private void Pursue(ClusterId cluster, SimulatedNode node, NodeGoal goal, Instant now)
    {
        node.Accepting = null;
        store.Write(cluster, node.Id, node.Generation, accepting: null);
        var wanted = goal.Instances.ToDictionary(i => i.Id);
        foreach (var tracked in node.Guests.Values.Where(t => !wanted.ContainsKey(t.Guest.Id)))
        {
            Change(cluster, node, tracked, tracked.Guest with { Goal = null }, now);
        }

        foreach (var i in goal.Instances)
        {
            if (node.Guests.TryGetValue(i.Id, out var tracked))
            {
                Change(cluster, node, tracked, tracked.Guest with { Goal = i }, now);
            }
            else
            {
                var guest = new SimulatedGuest(
                    i.Id, node.Id, i, InstancePhase.Accepted, i.Boot, i.ImageGeneration, Config: 0, now, Specialised: 0);
                node.Guests[i.Id] = tracked = new Tracked(guest);
                store.Write(cluster, guest);
                happened.Add((cluster, Report(guest, now)));
                Schedule(node, tracked);
            }
        }
    }

    private void Change(ClusterId cluster, SimulatedNode node, Tracked tracked, SimulatedGuest next, Instant now)
    {
        if (next.Goal == tracked.Guest.Goal)
        {
            return;
        }

        // The step under way is given up when the goal changes what comes next; time already spent on it is lost.
        tracked.Guest = next with { Since = now };
        tracked.Version++;
        store.Write(cluster, tracked.Guest);
        Schedule(node, tracked);
    }

    private void Schedule(SimulatedNode node, Tracked tracked)
    {
        if (tracked.Guest.NextStep(durations) is not { } step)
        {
            return;
        }

        var version = tracked.Version;
        At(tracked.Guest.Since + step.Takes, when =>
        {
            if (tracked.Version != version)
            {
                return;
            }

            tracked.Version++;
            if (step.After is null)
            {
                node.Guests.Remove(tracked.Guest.Id);
                store.Delete(tracked.Guest.Id);
                happened.Add((node.Cluster, new FabricEvent.InstanceGone(when, node.Id, tracked.Guest.Id)));
                return;
            }

            tracked.Guest = step.After with { Since = when };
            store.Write(node.Cluster, tracked.Guest);
            happened.Add((node.Cluster, Report(tracked.Guest, when)));
            Schedule(node, tracked);
        });
    }

    private void Job(string key, ClusterId cluster, Duration takes, Instant at, Func<Instant, FabricEvent> outcome)
    {
        // Asked twice, done once: the first answer serves both.
        if (jobs.Add(key))
        {
            At(at + takes, due =>
            {
                jobs.Remove(key);
                happened.Add((cluster, outcome(due)));
            });
        }
    }

    private Duration ProvisionTime(FabricEffect.Provision p) =>
        Around(NodeProvisioning.StepOf(p.Step)!.Times(provisioning).Typical, p.Node.Value, p.Step.ToString(), (p.Run * 10) + p.Attempt);

    private Duration Around(Duration median, string entity, string purpose, long generation) =>
        Draw.Around(median, durations.Seed, entity, purpose, generation);

    private void At(Instant at, Action<Instant> happen) => agenda.Enqueue(new Due(happen), (at, order++));

    private SimulatedNode NodeOf(ClusterId cluster, NodeId id)
    {
        if (!nodes.TryGetValue(id, out var node))
        {
            nodes[id] = node = new SimulatedNode(id, cluster);
            if (!clusters.TryGetValue(cluster, out var list))
            {
                clusters[cluster] = list = [];
            }

            list.Add(node);
        }

        return node;
    }

    private sealed record Due(Action<Instant> Happen);

    private sealed class Tracked(SimulatedGuest guest)
    {
        public SimulatedGuest Guest { get; set; } = guest;

        // Raised with every change, so that a step scheduled before it does nothing.
        public int Version { get; set; }
    }

    private sealed class SimulatedNode(NodeId id, ClusterId cluster)
    {
        public NodeId Id { get; } = id;

        public ClusterId Cluster { get; } = cluster;

        public long Generation { get; set; }

        public NodeGoal? Accepting { get; set; }

        public Dictionary<InstanceId, Tracked> Guests { get; } = [];
    }
}
