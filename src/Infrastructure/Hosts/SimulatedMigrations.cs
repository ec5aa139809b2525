// M4 on simulated nodes: a guest's memory is copied in rounds to another node, as long as is drawn around what was predicted;
// then it stands still for the rest, and goes on there with its disks' next lease. It is on one node in every instant: it leaves
// one and comes to the other in the same step. Whatever is wrong with either node before that leaves it where it is.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;
using Rdfe.Domain.Migration;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedMigrations(SimulatedWorld world, SimulatedFaults faults, SimulatedBeats beats, SimulatedGuests guests)
{
    // How soon a host notices that the other one does not take what it sends.
    private static readonly Duration Notices = Duration.FromSeconds(10);

    private MaintenanceSettings Settings => world.Durations.Maintenance;

    /// <summary>A node is told to move a guest away. The same again is not begun twice, and says how it ended.</summary>
    public void Migrate(SimulatedNode node, FabricEffect.MigrateInstance e, Instant at)
    {
        if (!node.IsHeard || node.Lies)
        {
            return;
        }

        var known = Of(node);
        if (known.EndOf(e.Instance, e.Generation) is { } over)
        {
            Say(node, over, at);
            return;
        }

        if (known.UnderWay.FirstOrDefault(m => m.Instance == e.Instance && m.Generation >= e.Generation) is { } under)
        {
            SayPhase(node, under, at);
            return;
        }

        var target = world.NodeOf(node.Cluster, e.Target);
        var m = Begin(node, target, e, at);
        if (Of(target).EndOf(e.Instance, e.Generation) is { Failure: { } refused })
        {
            End(node, m, refused, at);
        }
        else if (Obstacle(node, target, m) is { } obstacle)
        {
            End(node, m, obstacle, at);
        }
        else
        {
            Change(node, Of(node).With(m));
            SayPhase(node, m, at);
            Await(node, m, at);
        }
    }

    /// <summary>A node is told that one is called off: it says how it ended, and refuses one that it has not heard of.</summary>
    public void Cancel(SimulatedNode node, FabricEffect.CancelMigration e, Instant at)
    {
        if (!node.IsHeard || node.Lies)
        {
            return;
        }

        if (Of(node).EndOf(e.Instance, e.Generation) is { } over && over.Generation == e.Generation)
        {
            Say(node, over, at);
            return;
        }

        var canceled = new MigrationFailure(MigrationFailures.Canceled, "It was called off.");
        if (UnderWay(e.Instance, e.Generation) is not ({ } source, { } m))
        {
            var refused = new HostMigrated(e.Instance, e.Generation, null, canceled);
            Change(node, Of(node).With(refused));
            Say(node, refused, at);
        }
        else if (m.Phase == MaintenancePhase.PreCopying)
        {
            End(source, m, canceled, at);
        }
    }

    /// <summary>What was under way when the program ended goes on, counted from when its phase began.</summary>
    public void Resume(SimulatedNode node, Instant now)
    {
        foreach (var m in Of(node).UnderWay)
        {
            Await(node, m, now);
        }
    }

    /// <summary>How the last ones on a node ended, said again.</summary>
    public static IEnumerable<FabricEvent> Restated(SimulatedNode node, Instant now) =>
        Of(node).Ended.Select(e => new FabricEvent.MigrationEnded(now, node.Id, e.Instance, e.Generation, e.Measured, e.Failure));

    private HostMigration Begin(SimulatedNode node, SimulatedNode target, FabricEffect.MigrateInstance e, Instant at)
    {
        var needs = node.Guests.TryGetValue(e.Instance, out var tracked) && tracked.Guest.Goal is { } goal ? goal.Needs : Resources.None;
        // What it writes in these minutes is not what it writes on the average; and it has not the whole network to itself.
        var writes = DirtyRate.Of(e.Instance, needs, Settings)
            * (world.Around(Duration.FromSeconds(1), e.Instance.Value, "writes", e.Generation) / Duration.FromSeconds(1));
        var share = 0.85 + (0.15 * Draw.Unit(world.Durations.Seed, e.Instance.Value, "share of network", e.Generation));
        var carries = Math.Min(NetworkOf(node), NetworkOf(target)) * share / faults.SlownessOf(node);
        var plan = LiveMigration.Plan(needs.MemoryMib, writes, (long)carries, Settings);
        var pause = plan.Converges
            ? Duration.Min(Settings.LiveMigration.LongestPause, world.Around(plan.Pause, e.Instance.Value, "pause", e.Generation))
            : Duration.Zero;
        return new HostMigration(
            e.Instance, e.Generation, e.Target, e.Lease, e.Until, MaintenancePhase.PreCopying, at, plan.PreCopy, pause, plan.Converges,
            new MeasuredMove(
                plan.RoundMib.Length, Math.Round(plan.RoundMib.Sum()), Math.Round(writes, 1), Math.Round(plan.PreCopy.TotalMilliseconds), 0),
            node.Condition.Starts);
    }

    private long NetworkOf(SimulatedNode node) => world.Topology?.Find(node.Id)?.Total.NetworkMbps ?? 10_000;

    // The next moment at which the host looks at what it does: the end of the phase, or sooner.
    private void Await(SimulatedNode node, HostMigration m, Instant now)
    {
        var ends = m.Since + (m.Phase == MaintenancePhase.PreCopying ? m.PreCopy : m.Pause);
        world.At(Instant.Max(now, Instant.Min(ends, now + Notices)), when =>
        {
            if (Of(node).UnderWay.Contains(m))
            {
                Look(node, m, ends, when);
            }
        });
    }

    private void Look(SimulatedNode node, HostMigration m, Instant ends, Instant now)
    {
        var target = world.NodeOf(node.Cluster, m.Target);
        if (Obstacle(node, target, m) is { } obstacle)
        {
            End(node, m, obstacle, now);
        }
        else if (now < ends)
        {
            Await(node, m, now);
        }
        else if (faults.BreaksMaintenance(node, Words.Of(m.Phase)) || faults.BreaksMaintenance(target, Words.Of(m.Phase)))
        {
            End(node, m, new MigrationFailure(MigrationFailures.Failed, $"{Words.Of(m.Phase)} failed"), now);
        }
        else if (m.Phase == MaintenancePhase.StopAndCopy)
        {
            HandOver(node, target, m with { Measured = m.Measured with { PauseMilliseconds = Math.Round((now - m.Since).TotalMilliseconds, 1) } }, now);
        }
        else if (!m.Converges)
        {
            End(node, m, new MigrationFailure(MigrationFailures.DoesNotConverge, FormattableString.Invariant(
                $"It writes {m.Measured.DirtyMibPerSecond:0.#} MiB/s: after {m.Measured.Rounds} rounds too much is left.")), now);
        }
        else if (now > m.Until)
        {
            End(node, m, new MigrationFailure(MigrationFailures.OutOfTime, "Its time was up before the pause."), now);
        }
        else
        {
            var next = m with { Phase = MaintenancePhase.StopAndCopy, Since = now };
            Change(node, Of(node).With(next));
            SayPhase(node, next, now);
            Await(node, next, now);
        }
    }

    // The one moment: it is here, and then it is there.
    private void HandOver(SimulatedNode node, SimulatedNode target, HostMigration m, Instant now)
    {
        var tracked = node.Guests[m.Instance];
        var guest = tracked.Guest;
        world.Remove(node, tracked);
        world.MoveLease(m.Instance, m.Lease);
        var arrived = world.Put(target, guest with { Node = target.Id, Goal = guest.Goal! with { Lease = m.Lease }, Lease = m.Lease });
        beats.Settle(target, arrived, now);
        guests.Schedule(target, arrived);
        End(node, m, failure: null, now);
    }

    private void End(SimulatedNode node, HostMigration m, MigrationFailure? failure, Instant now)
    {
        var ended = new HostMigrated(m.Instance, m.Generation, m.Measured, failure);
        foreach (var side in (SimulatedNode[])[node, world.NodeOf(node.Cluster, m.Target)])
        {
            Change(side, Of(side).With(ended));
            Say(side, ended, now);
        }
    }

    // Why it can't go on; null where it can.
    private MigrationFailure? Obstacle(SimulatedNode node, SimulatedNode target, HostMigration m)
    {
        if (!Works(node) || node.Condition.Starts != m.Starts)
        {
            return new(MigrationFailures.SourceFailed, $"{node.Id} is not well.");
        }

        if (!node.Guests.TryGetValue(m.Instance, out var tracked)
            || tracked.Guest is not { Phase: InstancePhase.Ready, Hurt: GuestHurt.None, Goal.Power: PowerGoal.Running } guest
            || guest.Boot != guest.Goal.Boot || guest.Image != guest.Goal.ImageGeneration)
        {
            return new(MigrationFailures.SourceFailed, "The guest is not well, or is being changed.");
        }

        return !Works(target) ? new(MigrationFailures.TargetFailed, $"{target.Id} is not well.")
            : target.Guests.ContainsKey(m.Instance) ? new(MigrationFailures.TargetFailed, $"{target.Id} has an older copy of it.")
            : null;
    }

    private bool Works(SimulatedNode node) =>
        node is { IsHeard: true, Lies: false, Condition: { AgentWorks: true, LostNetwork: false, GuestsPaused: false } }
        && !faults.On(node, FaultKind.Partition);

    private (SimulatedNode? Source, HostMigration? Migration) UnderWay(InstanceId instance, int generation) => world.CopiesOf(instance)
        .Select(c => (c.Node, Of(c.Node).UnderWay.FirstOrDefault(m => m.Instance == instance && m.Generation == generation)))
        .FirstOrDefault(f => f.Item2 is not null);

    private static HostMigrations Of(SimulatedNode node) => node.Condition.Migrations ?? HostMigrations.None;

    private void Change(SimulatedNode node, HostMigrations migrations) =>
        world.Change(node, node.Condition with { Migrations = migrations });

    private void Say(SimulatedNode node, HostMigrated ended, Instant now) => world.Say(
        node, new FabricEvent.MigrationEnded(now, node.Id, ended.Instance, ended.Generation, ended.Measured, ended.Failure));

    private void SayPhase(SimulatedNode node, HostMigration m, Instant now) =>
        world.Say(node, new FabricEvent.MigrationPhaseReached(now, node.Id, m.Instance, m.Generation, m.Phase));
}
