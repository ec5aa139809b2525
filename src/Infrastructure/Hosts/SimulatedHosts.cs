// Host agents, image repository, storage and network gear, simulated: realistic durations, faults on request, an own
// store that outlives the controller, and not one word to a controller except through the seam. Used by the engine's
// thread alone; only faults may be handed over from another.
using System.Diagnostics;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>Simulated hosts behind the seam.</summary>
public sealed class SimulatedHosts : IHostAgents
{
    private readonly SimulatedWorld world;
    private readonly SimulatedFaults faults;
    private readonly SimulatedBeats beats;
    private readonly SimulatedGuests guests;
    private readonly SimulatedMaintenance maintenance;
    private readonly SimulatedStaging staging;
    private readonly SimulatedSignals signals;
    private readonly SimulatedMigrations migrations;
    private readonly SimulatedPower power;
    private bool started;

    /// <summary>Simulated hosts that go on from what their store says.</summary>
    /// <param name="store">What they keep.</param>
    /// <param name="durations">How long things take.</param>
    /// <param name="provisioning">How long the steps of provisioning take.</param>
    /// <param name="intervals">How often heartbeats come.</param>
    /// <param name="topology">Which nodes there are, besides those that were spoken to; faults of racks need it.</param>
    public SimulatedHosts(
        HostStore store, SimulatedDurations durations, ProvisioningSettings provisioning, HeartbeatIntervals? intervals = null,
        Func<FabricTopology?>? topology = null)
    {
        world = new SimulatedWorld(store, durations, intervals ?? new HeartbeatIntervals(), topology ?? (() => null));
        faults = new SimulatedFaults(world);
        beats = new SimulatedBeats(world, faults);
        guests = new SimulatedGuests(world, faults, beats);
        maintenance = new SimulatedMaintenance(world, faults, beats, guests);
        staging = new SimulatedStaging(world, faults);
        signals = new SimulatedSignals(world, faults);
        migrations = new SimulatedMigrations(world, faults, beats, guests);
        power = new SimulatedPower(world, faults, beats, guests, maintenance, staging, signals, provisioning);
        signals.OnBroken = power.Settle;
        maintenance.BootAt = power.StartAt;
        guests.OnReady = maintenance.GuestReady;
        faults.OnNode = (node, at) =>
        {
            power.Settle(node, at);
            signals.Look(node, at);
        };
        faults.OnBlow = (fault, node, _) => power.Crash(fault, node);
        faults.OnGuest = guests.Fault;
        foreach (var stored in store.Nodes())
        {
            var node = world.NodeOf(stored.Cluster, stored.Node);
            (node.Generation, node.Accepting, node.Condition) = (stored.Generation, stored.Accepting, stored.Condition);
            node.IsHeard = stored.Condition.AgentWorks;
        }

        foreach (var (cluster, guest) in store.Guests())
        {
            world.Put(world.NodeOf(cluster, guest.Node), guest, isNew: false);
        }

        world.ForgetGone();
    }

    /// <summary>How many instances something is remembered of, and how many leases.</summary>
    internal (int Instances, int Leases) Remembered => world.Remembered;

    /// <inheritdoc/>
    public event Action? Arrived;

    /// <inheritdoc/>
    public Instant? NextDue => world.NextDue;

    /// <summary>All faults there are from now on, in place of those before. Safe on any thread; takes effect when time is next told.</summary>
    public void SetFaults(IReadOnlyList<Fault> all)
    {
        faults.Post(all);
        Arrived?.Invoke();
    }

    /// <inheritdoc/>
    public void Send(ClusterId cluster, FabricEffect effect, Instant at)
    {
        // What is sent takes effect with the flush, which asks the store itself.
        world.Store.DemandKnown();
        Begin(at);
        switch (effect)
        {
            case FabricEffect.PushGoal push:
                guests.Accept(world.NodeOf(cluster, push.Goal.Node), push.Goal, at);
                break;
            case FabricEffect.Provision p:
                power.Provision(world.NodeOf(cluster, p.Node), p, at);
                break;
            case FabricEffect.RecoverNode r:
                power.Recover(world.NodeOf(cluster, r.Node), r.Attempt, at);
                break;
            case FabricEffect.InstallVersions i:
                if (i.OutOfBand || world.NodeOf(cluster, i.Node).IsHeard)
                {
                    power.Install(world.NodeOf(cluster, i.Node), i, at);
                }

                break;
            case FabricEffect.MaintainNode m:
                maintenance.Maintain(world.NodeOf(cluster, m.Node), m, at);
                break;
            case FabricEffect.StageImage s:
                staging.Stage(world.NodeOf(cluster, s.Node), s, at);
                break;
            case FabricEffect.ForgetImage f:
                staging.Forget(world.NodeOf(cluster, f.Node), f.Generation);
                break;
            case FabricEffect.MigrateInstance m:
                migrations.Migrate(world.NodeOf(cluster, m.Node), m, at);
                break;
            case FabricEffect.CancelMigration c:
                migrations.Cancel(world.NodeOf(cluster, c.Node), c, at);
                break;
            case FabricEffect.MoveLease m:
                guests.MoveLease(m.Instance, m.Lease, at);
                break;
            case FabricEffect.BuildRoleImage b:
                power.Once($"{cluster}/{b.Sha256}", at + world.Around(world.Durations.BuildImage, b.Sha256, "image", 0), due =>
                    world.Say(cluster, new FabricEvent.RoleImageBuilt(due, b.Sha256)));
                break;
            case FabricEffect.ProgramNetwork n:
                power.Once($"{n.Owner}/{n.Generation}",
                    at + world.Around(world.Durations.ProgramNetwork, n.Owner, "network", n.Generation),
                    due => world.Say(cluster, new FabricEvent.NetworkProgrammed(due, n.Owner, n.Generation)));
                break;
            default:
                throw new UnreachableException(effect.GetType().Name);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeUntil(Instant now)
    {
        Begin(now);
        world.RunUntil(now);
        faults.Apply(now);
        // A blow that has just fallen may have its first consequences at once.
        world.RunUntil(now);
        var taken = world.TakeHappened();
        if (taken.Count > 0)
        {
            // Hosts that obey another controller by now have nothing to say to this one.
            world.Store.Demand();
        }

        return taken;
    }

    /// <inheritdoc/>
    public IReadOnlyList<FabricEvent> Attach(ClusterId cluster, Instant now)
    {
        Begin(now);
        faults.Apply(now);
        return [.. world.Nodes.Where(n => n.Cluster == cluster).OrderBy(n => n.Id.Value, StringComparer.Ordinal)
            .SelectMany(n => beats.Attach(n, now))];
    }

    /// <inheritdoc/>
    public void Flush() => world.Store.Flush();

    /// <summary>Every copy of an instance, on whatever node it is. Call it while the engine rests.</summary>
    public IReadOnlyList<SimulatedGuest> CopiesOf(InstanceId instance) =>
        [.. world.CopiesOf(instance).Select(c => c.Tracked.Guest)];

    /// <summary>Copies that run and can write to the instance's disks: never more than one (H3).</summary>
    public int WritersOf(InstanceId instance) =>
        world.CopiesOf(instance).Count(c => c.Node.Condition.Runs && c.Tracked.Guest.CanWrite);

    /// <summary>What a node holds of an image ahead of its turn, and which; null for nothing (F4). Call it while the engine rests.</summary>
    public HostStaging? HeldBy(NodeId node) =>
        world.Nodes.FirstOrDefault(n => n.Id == node)?.Condition.Staging is { Image: not null } held ? held : null;

    // The first time that fabric time is told: what was under way when the program ended goes on.
    private void Begin(Instant now)
    {
        if (started)
        {
            return;
        }

        started = true;
        faults.Apply(now);
        foreach (var node in world.Nodes.ToList())
        {
            power.Settle(node, now);
            power.Resume(node, now);
            maintenance.Resume(node, now);
            staging.Resume(node, now);
            migrations.Resume(node, now);
            foreach (var tracked in node.Guests.Values)
            {
                guests.Schedule(node, tracked);
            }

            // A goal state that was refused no more but not pursued yet is pursued at once: the agent has it on disk.
            guests.AcceptAt(node, now);
        }

        signals.Begin(now);
    }
}
