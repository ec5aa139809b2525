// What must hold whatever happens, asked of the records alone: nothing here calls what it checks.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Network;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Staging;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Simulation;

internal sealed class Broken(string what) : Exception(what);

internal sealed class Checker
{
    private readonly World world;
    private readonly Dictionary<InstanceId, FabricInstance> before = [];
    private readonly Dictionary<InstanceId, Instant> startedAgain = [];
    private readonly Told told;
    private readonly Bills bills;
    private readonly Hours hours;
    private readonly Truth truth;
    private readonly Dictionary<InstanceId, FabricInstance> moves = [];
    private readonly Dictionary<NodeId, Resources> used = [];
    private readonly HashSet<NodeId> taken = [];
    private readonly HashSet<Ipv4Address> addresses = [];

    public Checker(World world)
    {
        this.world = world;
        (told, bills, hours, truth) = (new Told(world), new Bills(world), new Hours(world), new Truth(world));
        world.Committed = After;
    }

    /// <summary>After every commit.</summary>
    private void After(Turn turn)
    {
        // Its owner forced it, or it had crashed in this very turn: nothing was up any more that could be taken down.
        var forced = turn.News.Where(n => n.Kind is "promiseForced" or "roleTerminated" or "outOfRotation" or "roleUnresponsive").Select(n => n.Subject).ToHashSet();
        foreach (var id in turn.Instances)
        {
            var now = world.Instances.GetValueOrDefault(id);
            var old = before.GetValueOrDefault(id);
            Promise(old, now, forced);
        }

        GoesDown(turn);
        told.After(turn, before);
        bills.After(turn);
        hours.After(turn);
        truth.After(turn);

        // Only now: one that held nothing up any more when the turn began, and is started anew in it, holds from the next on.
        foreach (var id in turn.Instances)
        {
            Remember(id, before.GetValueOrDefault(id), world.Instances.GetValueOrDefault(id));
        }

        Spread(turn);
        Books();
        Staged(turn);
        Copies(turn);
    }

    // F4: nobody fetches past what the network bears, nor what no rollout needs.
    private void Staged(Turn turn)
    {
        var most = StagingPipe.AtATime(turn.State.Cluster.Network, world.Settings.Maintenance.Staging);
        var fetching = world.Nodes.Values.Count(n => n.Staging is { Stage: StagingStage.Fetching });
        if (fetching > most)
        {
            throw new Broken($"F4: {fetching} nodes fetch, and {most} may.");
        }

        foreach (var id in turn.Nodes)
        {
            if (world.Nodes[id].Staging is { } s && (world.Staging is not { } staging || s.Image != staging.Update.Image || staging.Update.Versions.IsIn(world.Nodes[id].Versions)))
            {
                throw new Broken($"F4: {id} has {s}; what is staged is {world.Staging}.");
            }
        }
    }

    // M4, H3: however an instance is moved, in no moment do two copies of it write; and one that moved as it ran was not started.
    private void Copies(Turn turn)
    {
        foreach (var id in turn.Instances)
        {
            if (world.Hosts.WritersOf(id) > 1)
            {
                throw new Broken($"H3: {string.Join(" and ", world.Hosts.CopiesOf(id).Select(c => $"{c.Node} ({c.Phase}, lease {c.Lease}, {c.Hurt})"))} both write for {id}.");
            }
        }

        foreach (var moved in turn.News.Where(n => n.Kind == "instanceMigrated"))
        {
            var now = world.Instances[new InstanceId(moved.Subject)];
            if (moves.TryGetValue(now.Id, out var was) && (was.BootGeneration, was.ImageGeneration, was.Dip, was.UpdateDomain) is var before
                && before != (now.BootGeneration, now.ImageGeneration, now.Dip, now.UpdateDomain)
                && was.BootGeneration == now.BootGeneration)
            {
                throw new Broken($"M4: {now.Id} was {before}, and is {(now.BootGeneration, now.ImageGeneration, now.Dip, now.UpdateDomain)} after it was moved live.");
            }

            if (now.LastMigration is not { Failure: null, Measured.PauseMilliseconds: > 0 and <= 5000 } past || past.From == now.Node)
            {
                throw new Broken($"M4: {now.Id} was moved live, and it is said: {now.LastMigration}");
            }
        }

        foreach (var id in turn.Instances)
        {
            if (world.Instances.GetValueOrDefault(id) is { Migration: not null } under)
            {
                moves[id] = under;
            }
            else
            {
                moves.Remove(id);
            }
        }
    }

    // M1. Planned work has taken down what was up: then nothing in another update domain of its group may be down, but
    // for what was started again more than 15 minutes ago.
    private void Promise(FabricInstance? old, FabricInstance? now, HashSet<string> forced)
    {
        if (old is null || now?.Group is null || !Serves(old) || !Planned(old, now) || forced.Contains(now.Id.Value))
        {
            return;
        }

        foreach (var other in world.Instances.Values)
        {
            if (other.Group == now.Group && other.UpdateDomain != now.UpdateDomain && Down(other) && !forced.Contains(other.Id.Value)
                && !(startedAgain.TryGetValue(other.Id, out var at) && world.Now - at >= Duration.FromMinutes(15)))
            {
                throw new Broken(
                    $"M1: {now.Id} of update domain {now.UpdateDomain} was taken down while {other.Id} of update domain {other.UpdateDomain} was down "
                    + $"({other.Phase}, boot {other.ReportedBoot}/{other.BootGeneration}, image {other.ReportedImage}/{other.ImageGeneration}, role {other.ReportedRole}/{other.RoleGeneration}, health {other.Health}, planned {other.Planned}). It was {old.Health} {old.Planned}, and is {now.Health} {now.Planned}.");
            }
        }
    }

    // M1. Whoever is on a node that was told to boot, or to pause what runs on it, goes down with it: nobody may count on it meanwhile.
    private void GoesDown(Turn turn)
    {
        foreach (var i in world.Instances.Values)
        {
            if (i.Node is { } node && (turn.Instances.Contains(i.Id) || turn.Nodes.Contains(node)) && Up(i) && IsTold(world.Nodes[node]))
            {
                throw new Broken($"M1: {i.Id} counts as up, and {node} was told to go down: {i.Planned}.");
            }

            if (i.NodeDrain is not null && (i.Node is not { } on || world.Nodes[on] is { Install: null, Maintenance: null }))
            {
                throw new Broken($"M1: {i.Id} counts as down with {i.Node}, and nothing is done to that.");
            }
        }
    }

    private static bool IsTold(FabricNode node) => node is { Install: { Stage: InstallStage.Installing, Reboots: true } }
        or { Maintenance: { Stage: MaintenanceStage.Working, Choice.Technology: Technology.Reboot or Technology.MemoryPreservingLight or Technology.MemoryPreservingHeavy } }
        && node.Maintenance?.Phases.Any(p => p.Phase == MaintenancePhase.StartingGuests) != true;

    // Its goal was changed in a way that takes it down, by something that has a choice: not by its owner's own stop.
    private static bool Planned(FabricInstance old, FabricInstance now) =>
        now.Power == PowerGoal.Running
        && (now.BootGeneration != old.BootGeneration || now.ImageGeneration != old.ImageGeneration || now.RoleGeneration != old.RoleGeneration
            || (now.NodeDrain is not null && old.NodeDrain is null)
            || (now.Planned is { Stage: ActStage.Draining, Kind: not (ActKind.PowerOff or ActKind.Deallocate) } && old.Planned is not { Stage: ActStage.Draining }));

    // One that is merely not heard may well serve: it is down where another wants to go, and up where it is to go itself.
    private static bool Serves(FabricInstance i) =>
        i.Power == PowerGoal.Running && i.Phase == InstancePhase.Ready && i.ReportedBoot == i.BootGeneration
        && i.ReportedImage == i.ImageGeneration && i.ReportedRole == i.RoleGeneration
        && i.NodeDrain is null && i.Planned is not { Stage: ActStage.Draining } && i.Health is not ({ Unresponsive: true } or { ProbeLost: true });

    private static bool Up(FabricInstance i) =>
        Serves(i)
        && (i.Health is null || (i.Health.GuestSilentSince is null && i.Health.RoleSilentSince is null && !i.Health.NodeSilent));

    private static bool Down(FabricInstance i) => i.Power == PowerGoal.Running && !Up(i);

    private void Remember(InstanceId id, FabricInstance? old, FabricInstance? now)
    {
        if (now is null)
        {
            before.Remove(id);
            startedAgain.Remove(id);
            return;
        }

        if (Up(now) || (old is not null && old.ImageGeneration != now.ImageGeneration))
        {
            startedAgain.Remove(id);
        }
        else if (now.Phase >= InstancePhase.Booting && now.Phase <= InstancePhase.Ready && now.ReportedBoot == now.BootGeneration
            && (old is null || old.Phase < InstancePhase.Booting || old.ReportedBoot != now.ReportedBoot || Up(old)))
        {
            startedAgain.TryAdd(id, world.Now);
        }

        before[id] = now;
    }

    // P3: role instances are even over update domains, always.
    private void Spread(Turn turn)
    {
        foreach (var key in turn.Touched)
        {
            if (!world.Deployments.TryGetValue(key, out var d) || d.State is ProvisioningState.Deleting)
            {
                continue;
            }

            foreach (var role in world.Instances.Values
                .Where(i => i.Owner == key && i.Power != PowerGoal.Absent && !i.LeavesWithUpdate).GroupBy(i => i.Role))
            {
                var counts = Enumerable.Range(0, d.Model.UpdateDomainCount).Select(u => role.Count(i => i.UpdateDomain == u)).ToList();
                if (counts.Max() - counts.Min() > 1)
                {
                    throw new Broken($"P3: {key} {role.Key} has {string.Join("/", counts)} instances in its update domains.");
                }
            }
        }
    }

    // No node has more than it can take, and no address two owners. Everything is counted anew after each commit, so in plain loops.
    private void Books()
    {
        used.Clear();
        taken.Clear();
        addresses.Clear();
        foreach (var i in world.Instances.Values)
        {
            // One that is being moved live has a place on two nodes.
            Use(i.Node, i.Needs);
            Use(i.Migration?.Target, i.Needs);
            Own(i.Dip);
            foreach (var whole in i.Isolated ? (NodeId?[])[i.Node, i.Migration?.Target] : [])
            {
                taken.Add(whole ?? default);
            }
        }

        foreach (var node in world.Nodes.Values)
        {
            foreach (var ghost in node.Ghosts)
            {
                Own(ghost.Dip);
            }
        }

        foreach (var (node, uses) in used)
        {
            var total = world.State.Hardware(node).Total;
            if (!uses.FitsIn(total))
            {
                throw new Broken($"{node} has {uses}.");
            }

            if (world.State.Capacity.FreeOf(node) is var free && free != total - uses && !taken.Contains(node))
            {
                throw new Broken($"{node} has {uses} of {total}, and the book says that {free} is free.");
            }
        }
    }

    private void Use(NodeId? node, Resources needs)
    {
        if (node is { } id)
        {
            used[id] = used.GetValueOrDefault(id, Resources.None) + needs;
        }
    }

    private void Own(Ipv4Address? address)
    {
        if (address is { } one && !addresses.Add(one))
        {
            throw new Broken($"Two have the address {one}.");
        }
    }

    /// <summary>At the end, when faults have stopped and time has passed.</summary>
    public void AtRest()
    {
        bills.AtRest();
        if (world.Operations.Values.FirstOrDefault(o => !o.Ended) is { } open)
        {
            throw new Broken($"R6: {open.Id} ({open.Kind} of {open.Resource}) has not ended: {string.Join(", ", open.Steps.Select(s => $"{s.Name} {s.Status}"))}; "
                + string.Join(" | ", world.Operations.Values.Where(o => o.Resource == open.Resource && o.Error is not null).TakeLast(3).Select(o => $"{o.Id}: {o.Error}")) + " | "
                + world.Deployments.Values.FirstOrDefault(d => d.Operation == open.Id)?.Update + " | "
                + string.Join(" | ", world.Nodes.Values.Where(n => n.Operation == open.Id).Select(n =>
                    $"{n.Id} {n.State} {n.Health?.Trouble} ghosts {n.Health?.Ghosts.Length} on it {string.Join(", ", world.State.On(n.Id).Select(i => i.Name))} arriving {string.Join(", ", world.State.ArrivingAt(n.Id).Select(i => i.Name))}"))
                + string.Join(" | ", world.Instances.Values.Where(i => i.Owner == open.Resource || i.Operation == open.Id || i.Planned?.Operation == open.Id)
                    .Select(i => $"{i.Name} ud{i.UpdateDomain} {i.Phase} image {i.Image} config {i.ReportedConfig}/{i.ConfigGeneration} leaves {i.LeavesWithUpdate} {i.Health} {i.Planned}")));
        }

        var cores = world.Deployments.Values.Sum(d => d.Model.TotalNeeds.Cores) + world.Machines.Values.Sum(m => m.QuotaCores);
        var vips = world.Deployments.Values.Count(d => d.Model.NeedsVip) + world.Machines.Values.Count(m => m.Vip is not null);
        if (world.Quota != (cores, vips, world.Machines.Count))
        {
            throw new Broken($"The quota says {world.Quota}, and ({cores}, {vips}, {world.Machines.Count}) is there.");
        }

        var held = world.Deployments.Values.Count(d => d.Vip is not null) + world.Machines.Values.Count(m => m.Vip is not null);
        if (world.VipsHeld != held)
        {
            throw new Broken($"{world.VipsHeld} VIPs are held, and {held} are there.");
        }

        foreach (var i in world.Instances.Values.Where(i => i.Node is not null))
        {
            var copies = world.Hosts.CopiesOf(i.Id);
            if (copies.Count != 1 || world.Hosts.WritersOf(i.Id) > 1)
            {
                throw new Broken($"H3: {i.Id} has {copies.Count} copies: {string.Join(", ", copies.Select(c => c.Node))}; it is on {i.Node}.");
            }
        }

        if (world.Instances.Values.FirstOrDefault(i => i.Power == PowerGoal.Running && !i.IsHealthy && i.Health is not { Condemned: true }) is { } sick)
        {
            throw new Broken($"Liveness: {sick.Id} is not healthy: {sick}");
        }

        if (world.Rollout is { Ended: false } rollout)
        {
            throw new Broken($"M5: {rollout.Name} has not ended: {rollout.Status} {rollout.PausedBecause}; {string.Join(", ", rollout.Clusters)}; {world.InCluster?.Stage} "
                + $"{world.InCluster?.Blocker} {string.Join(", ", world.InCluster?.UnderWay.Select(t => t.Node.Value) ?? [])}");
        }

        foreach (var node in world.Nodes.Values.Where(n => n is { State: NodeState.Ready, IsWell: true }))
        {
            if (world.Staging is not null || node.Staging is not null || world.Hosts.HeldBy(node.Id) is not null)
            {
                throw new Broken($"F4: something of what was staged is left: {world.Staging?.Rollout}; {node.Id} {node.Staging}; {world.Hosts.HeldBy(node.Id)}");
            }
        }

        if (world.Nodes.Values.FirstOrDefault(n => n.Maintenance is not null) is { } maintained)
        {
            throw new Broken($"Liveness: {maintained.Id} is still being maintained: {maintained.Maintenance}");
        }

        if (world.Instances.Values.FirstOrDefault(i => i.Migration is not null) is { } migrates)
        {
            throw new Broken($"Liveness: {migrates.Id} is still being moved: {migrates.Migration}");
        }

        if (world.Instances.Values.FirstOrDefault(i => i.Planned is not null) is { } waits)
        {
            throw new Broken($"Liveness: {waits.Id} waits: {waits.Planned}");
        }
    }
}
