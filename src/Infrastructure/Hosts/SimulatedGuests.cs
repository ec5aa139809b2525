// What host agents do all day: take a goal state, and bring each guest a step nearer to it (P5, D3), as far as power,
// faults and leases let them.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedGuests(SimulatedWorld world, SimulatedFaults faults, SimulatedBeats beats)
{
    /// <summary>A guest has become ready.</summary>
    public Action<SimulatedNode, InstanceId, Instant> OnReady { get; set; } = (_, _, _) => { };

    /// <summary>
    /// An agent gets a goal state. An older one than it works on is refused (P5), the same one again changes nothing, and
    /// one that does not hear gets none.
    /// </summary>
    public void Accept(SimulatedNode node, NodeGoal goal, Instant at)
    {
        if (!node.IsHeard || goal.Generation <= node.Generation)
        {
            return;
        }

        (node.Generation, node.Accepting) = (goal.Generation, goal);
        world.Store.Write(node.Stored);
        AcceptAt(node, at + (world.Around(world.Durations.AcceptGoal, node.Id.Value, "accept", goal.Generation) * faults.SlownessOf(node)));
    }

    /// <summary>The goal state that the agent has on its disk and does not pursue yet, if any, is pursued then.</summary>
    public void AcceptAt(SimulatedNode node, Instant due)
    {
        if (node.Accepting is not { } goal)
        {
            return;
        }

        world.At(due, when =>
        {
            // A newer goal state has come meanwhile: its own acceptance speaks for both. An agent that has died takes
            // it up when it starts.
            if (node.Generation == goal.Generation && node.Accepting is not null && node.Condition.AgentWorks)
            {
                world.Say(node, new FabricEvent.GoalAccepted(when, goal.Node, goal.Generation));
                Pursue(node, goal, when);
            }
        });
    }

    /// <summary>Goes on with what is under way, counted from when the guest became what it is.</summary>
    public void Schedule(SimulatedNode node, TrackedGuest tracked)
    {
        if (tracked.Guest.NextStep(world.Durations) is not { } step)
        {
            return;
        }

        var version = tracked.Version;
        world.At(tracked.Guest.Since + (step.Takes * faults.SlownessOf(node)), when =>
        {
            if (tracked.Version == version && MayStep(node, tracked.Guest))
            {
                End(node, tracked, step.After, when);
            }
        });
    }

    /// <summary>Guests of a node that has started: what ran boots again. The agent tells all of it when it connects.</summary>
    public void NodeStarted(SimulatedNode node, Instant now)
    {
        foreach (var tracked in node.Guests.Values)
        {
            world.Change(node, tracked, tracked.Guest.AfterNodeStart(now));
            Schedule(node, tracked);
        }

        AcceptAt(node, now + world.Durations.AcceptGoal);
    }

    /// <summary>An agent that lied tells the truth from now on, and gets to work.</summary>
    public void TruthAgain(SimulatedNode node, Instant now)
    {
        foreach (var tracked in node.Guests.Values)
        {
            world.Change(node, tracked, tracked.Guest with { Since = now });
            world.Say(node, SimulatedWorld.Report(node, tracked.Guest, now));
            Schedule(node, tracked);
        }
    }

    /// <summary>The lease of an instance's disks moves: whoever holds an older one can't write from now on, and stops (H3).</summary>
    public void MoveLease(InstanceId instance, int lease, Instant now)
    {
        world.MoveLease(instance, lease);
        foreach (var (node, tracked) in world.CopiesOf(instance).Where(c => c.Tracked.Guest.Lease < world.LeaseOf(instance)).ToList())
        {
            Become(node, tracked, tracked.Guest.Fenced(now), now);
        }
    }

    /// <summary>A fault of guests begins or ends.</summary>
    public void Fault(Fault fault, bool begins, SimulatedNode node, TrackedGuest tracked, Instant now)
    {
        var guest = tracked.Guest;
        var hurt = fault.Kind switch
        {
            FaultKind.VmCrash when begins && guest.IsUp => guest.Hurt | GuestHurt.VmDown,
            FaultKind.GuestAgentCrash when begins && !guest.IsVm && guest.Phase is >= InstancePhase.GuestConnected and <= InstancePhase.Ready =>
                guest.Hurt | GuestHurt.AgentDown,
            FaultKind.RoleCrash when begins && RoleRuns(guest) => guest.Hurt | GuestHurt.RoleDown,
            FaultKind.RoleHang when begins && RoleRuns(guest) => guest.Hurt | GuestHurt.RoleHung,
            FaultKind.RoleHang when !begins && !faults.On(node, guest, FaultKind.RoleHang) => guest.Hurt & ~GuestHurt.RoleHung,
            _ => guest.Hurt,
        };
        if (hurt == guest.Hurt || !node.Condition.Runs)
        {
            return;
        }

        Become(node, tracked, guest with { Hurt = hurt }, now, since: guest.Since);
        if (fault.Kind == FaultKind.RoleCrash)
        {
            Terminated(node, tracked, now);
        }
    }

    private static bool RoleRuns(SimulatedGuest guest) =>
        !guest.IsVm && guest.Phase is InstancePhase.RoleStarting or InstancePhase.Ready
        && !guest.Has(GuestHurt.VmDown | GuestHurt.RoleDown);

    private static bool MayStep(SimulatedNode node, SimulatedGuest guest) =>
        node.Condition is { Runs: true, GuestsPaused: false } && (!guest.NeedsHostAgent || (node.Condition.AgentWorks && !node.Lies));

    private void Pursue(SimulatedNode node, NodeGoal goal, Instant now)
    {
        node.Accepting = null;
        world.Store.Write(node.Stored);
        var wanted = goal.Instances.Select(i => i.Id).ToHashSet();
        foreach (var tracked in node.Guests.Values.Where(t => !wanted.Contains(t.Guest.Id)).ToList())
        {
            Aim(node, tracked, null, now);
            if (node.Lies)
            {
                world.Say(node, new FabricEvent.InstanceGone(now, node.Id, tracked.Guest.Id));
            }
        }

        foreach (var i in goal.Instances)
        {
            if (node.Guests.TryGetValue(i.Id, out var tracked))
            {
                Aim(node, tracked, i, now);
                if (node.Lies)
                {
                    world.Say(node, SimulatedWorld.Report(node, tracked.Guest, now));
                }
            }
            else if (!i.Moves)
            {
                Begin(node, i, now);
            }
        }
    }

    private void Begin(SimulatedNode node, InstanceGoal goal, Instant now)
    {
        var guest = new SimulatedGuest(
            goal.Id, node.Id, goal, InstancePhase.Accepted, goal.Boot, goal.ImageGeneration, Config: 0, now, Specialised: 0,
            goal.Role, goal.Lease, goal.Lease < world.LeaseOf(goal.Id) ? GuestHurt.Fenced : GuestHurt.None);
        var tracked = world.Put(node, guest);
        world.Say(node, SimulatedWorld.Report(node, guest, now));
        beats.Settle(node, tracked, now);
        Schedule(node, tracked);
    }

    private void Aim(SimulatedNode node, TrackedGuest tracked, InstanceGoal? goal, Instant now)
    {
        var guest = tracked.Guest;
        if (goal == guest.Goal)
        {
            return;
        }

        // The step under way is given up when the goal changes what comes next; time already spent on it is lost.
        var lease = goal?.Lease ?? guest.Lease;
        var fenced = lease < world.LeaseOf(guest.Id);
        var hurt = fenced ? guest.Hurt | GuestHurt.Fenced : guest.Hurt & ~GuestHurt.Fenced;
        world.Change(node, tracked, guest with { Goal = goal, Lease = lease, Hurt = hurt, Since = now });
        beats.Settle(node, tracked, now);
        Schedule(node, tracked);
    }

    private void End(SimulatedNode node, TrackedGuest tracked, SimulatedGuest? after, Instant now)
    {
        var before = tracked.Guest;
        if (after is null)
        {
            world.Remove(node, tracked);
            world.Say(node, new FabricEvent.InstanceGone(now, node.Id, before.Id));
            return;
        }

        var became = Befall(node, before, after, now);
        Become(node, tracked, became, now);
        if (became.Has(GuestHurt.RoleDown) && !before.Has(GuestHurt.RoleDown))
        {
            Terminated(node, tracked, now);
        }
    }

    private void Become(SimulatedNode node, TrackedGuest tracked, SimulatedGuest next, Instant now, Instant? since = null)
    {
        var before = tracked.Guest;
        world.Change(node, tracked, next with { Since = since ?? now });
        if (!node.Lies && before with { Since = now, Hurt = GuestHurt.None } != next with { Since = now, Hurt = GuestHurt.None })
        {
            world.Say(node, SimulatedWorld.Report(node, tracked.Guest, now));
        }

        beats.Settle(node, tracked, now);
        Schedule(node, tracked);
        if (next.Phase == InstancePhase.Ready && before.Phase != InstancePhase.Ready)
        {
            OnReady(node, next.Id, now);
        }
    }

    // What faults make of a step that would have gone well.
    private SimulatedGuest Befall(SimulatedNode node, SimulatedGuest before, SimulatedGuest after, Instant now)
    {
        if (after.IsVm)
        {
            return after;
        }

        return (before.Phase, after.Phase) switch
        {
            (_, InstancePhase.Booting) when NeverConnects(node, after, now) => after with { Hurt = after.Hurt | GuestHurt.NeverConnects },
            (InstancePhase.RoleStarting, InstancePhase.Ready) when faults.On(node, after, FaultKind.RoleNeverReady) =>
                before with { Hurt = before.Hurt | GuestHurt.RoleNeverReady },
            (InstancePhase.RoleStarting, InstancePhase.Ready) when faults.On(node, after, FaultKind.BadPackage) =>
                before with { Hurt = before.Hurt | GuestHurt.RoleDown },
            (InstancePhase.Ready, InstancePhase.Ready) when before.Config != after.Config && faults.On(node, after, FaultKind.IgnoresConfiguration) =>
                before with { Hurt = before.Hurt | GuestHurt.RoleDeaf },
            _ => after,
        };
    }

    // A guest agent makes its transport certificate as it starts, by the wall clock (L5); one that can't gives up.
    private bool NeverConnects(SimulatedNode node, SimulatedGuest guest, Instant now)
    {
        var today = faults.WallAt(now).InUtc().Date;
        var certificate = faults.HasLeapDayBug(node, guest)
            ? TransportCertificate.IssueByYearPlusOne(today)
            : TransportCertificate.Issue(today);
        return certificate?.IsValidOn(today) != true || faults.On(node, guest, FaultKind.GuestAgentNeverConnects);
    }

    // The guest agent notices within a second; it tells through its host agent.
    private void Terminated(SimulatedNode node, TrackedGuest tracked, Instant now)
    {
        var (boot, role) = (tracked.Guest.Boot, tracked.Guest.Role);
        var noticed = Draw.Unit(world.Durations.Seed, tracked.Guest.Id.Value, "role ended", now.ToUnixTimeTicks());
        world.At(now + Duration.FromSeconds(noticed), when =>
        {
            var guest = tracked.Guest;
            if (guest.Has(GuestHurt.RoleDown) && !guest.Has(GuestHurt.VmDown | GuestHurt.AgentDown)
                && (guest.Boot, guest.Role) == (boot, role) && !node.Lies)
            {
                world.Say(node, new FabricEvent.RoleTerminated(when, node.Id, guest.Id, boot, role));
            }
        });
    }
}
