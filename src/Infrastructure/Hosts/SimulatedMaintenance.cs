// M4 on simulated nodes: a node goes through the phases of its technology, each as long as is drawn around what is typical.
// Guests that are paused keep their memory and go on where they were; those of a node that boots start anew.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedMaintenance(SimulatedWorld world, SimulatedFaults faults, SimulatedBeats beats, SimulatedGuests guests)
{
    /// <summary>Boots a node at a moment, with whatever is on it.</summary>
    public Action<SimulatedNode, Instant> BootAt { get; set; } = (_, _) => { };

    private MaintenanceSettings Settings => world.Durations.Maintenance;

    /// <summary>A node is told. An older maintenance is refused; the same again is not begun twice, and says how it ended.</summary>
    public void Maintain(SimulatedNode node, FabricEffect.MaintainNode e, Instant at)
    {
        var known = Math.Max(node.Condition.Maintenance?.Generation ?? 0, node.Condition.Maintained?.Generation ?? 0);
        if (!node.IsHeard || e.Generation < known)
        {
            return;
        }

        if (node.Condition.Maintenance is { } under && under.Generation == e.Generation)
        {
            if (e.Go && !under.Go)
            {
                Change(node, under with { Go = true });
                if (under.Run is { Step.ByController: true })
                {
                    Enter(node, node.Condition.Maintenance! with { Run = under.Run.Next(at) }, at);
                }
            }
            else
            {
                // It may have been said into a dead line that it is staged.
                SayPhase(node, under.Run is { Step.ByController: true } ? MaintenancePhase.Staged : under.Run.Phase, at);
            }

            return;
        }

        if (node.Condition.Maintenance is { Run.Step.Guests: not GuestsAre.Running })
        {
            // Guests stand still for an earlier one: that is brought to its end first.
            return;
        }

        if (node.Condition.Maintained is { } over && over.Generation == e.Generation)
        {
            world.Say(node, Told(node, over, at));
            return;
        }

        var versions = (node.Condition.Versions ?? VersionSet.None).With(e.Versions);
        var run = TechnologyRun.Begin(Procedures.Of(e.Technology, Settings), at);
        var isStaged = run.Phase == MaintenancePhase.Staging && node.Condition.Staging is { Until: null } staged && staged.IsFor(versions);
        Enter(node, new HostMaintenance(e.Generation, versions, e.Go, isStaged ? run.Next(at) : run, [], []), at);
    }

    /// <summary>What was under way when the program ended goes on, counted from when its phase began.</summary>
    public void Resume(SimulatedNode node, Instant now)
    {
        if (node.Condition.Maintenance is { } m)
        {
            Await(node, m, now);
        }
    }

    /// <summary>The node has started. Was that what it was to do, or did it go down in the middle of something?</summary>
    public void NodeStarted(SimulatedNode node, Instant now)
    {
        if (node.Condition.Maintenance is not { } m)
        {
            return;
        }

        if (m.Run is { Step: { Phase: MaintenancePhase.BootingHost, Guests: not GuestsAre.Paused } })
        {
            world.Change(node, node.Condition with { Versions = m.Versions });
        }
        else
        {
            // What was kept in memory is gone with the power: nothing of it can be gone on with.
            Finish(node, m with { Run = m.Run with { Failure = "the node went down meanwhile" } }, now);
        }
    }

    /// <summary>The agent of a node that booted for this is heard again: it goes on.</summary>
    public void GoOn(SimulatedNode node, Instant now)
    {
        if (node.Condition.Maintenance is { } m && m.Run is { Step: { Phase: MaintenancePhase.BootingHost, Guests: not GuestsAre.Paused } })
        {
            Enter(node, m with { Run = m.Run.Next(now) }, now);
        }
    }

    /// <summary>A guest has become ready: does maintenance wait for it?</summary>
    public void GuestReady(SimulatedNode node, InstanceId instance, Instant now)
    {
        if (node.Condition.Maintenance is not { Run.Phase: MaintenancePhase.StartingGuests } m
            || m.Stopped.FirstOrDefault(s => s.Instance == instance) is not { } stopped)
        {
            return;
        }

        var next = m with
        {
            Stopped = m.Stopped.Remove(stopped),
            Measured = m.Measured.Add(new MeasuredPause(instance, (now - stopped.Since).TotalMilliseconds)),
        };
        Change(node, next);
        if (next.Stopped.IsEmpty)
        {
            Enter(node, next with { Run = next.Run.Next(now) }, now);
        }
    }

    /// <summary>How the last one ended, said again.</summary>
    public static FabricEvent.NodeMaintained? Restated(SimulatedNode node, Instant now) =>
        node.Condition.Maintained is { } over ? Told(node, over, now) : null;

    private static FabricEvent.NodeMaintained Told(SimulatedNode node, HostMaintained over, Instant at) =>
        new(at, node.Id, over.Generation, over.Technology, over.Versions, over.Pauses, over.Failure);

    // A phase begins.
    private void Enter(SimulatedNode node, HostMaintenance m, Instant now)
    {
        if (m.Run.Step is not { } step)
        {
            Finish(node, Resumed(node, m, now), now);
            return;
        }

        if (step.ByController)
        {
            if (m.Go)
            {
                Enter(node, m with { Run = m.Run.Next(now) }, now);
                return;
            }

            Change(node, m);
            SayPhase(node, MaintenancePhase.Staged, now);
            return;
        }

        if (step.Guests == GuestsAre.Running)
        {
            m = Resumed(node, m, now);
        }
        else if (m.Stopped.IsEmpty && m.Measured.IsEmpty)
        {
            m = m with
            {
                Stopped = [.. node.Guests.Values.Select(t => t.Guest).Where(g => g.IsUp && g.Goal?.Power == PowerGoal.Running)
                .OrderBy(g => g.Id.Value, StringComparer.Ordinal).Select(g => new StoppedGuest(g.Id, now))]
            };
        }

        Change(node, m);
        if (!step.AgentSilent)
        {
            // One that was silent connects first, and then says how far it is.
            beats.Settle(node, now);
        }

        SayPhase(node, step.Phase, now);
        if (step is { Phase: MaintenancePhase.BootingHost, Guests: not GuestsAre.Paused })
        {
            var boots = Takes(node, m);
            world.Change(node, node.Condition with { HostDown = true });
            beats.Settle(node, now);
            BootAt(node, now + boots);
            return;
        }

        beats.Settle(node, now);
        if (step.Phase == MaintenancePhase.StartingGuests && m.Stopped.IsEmpty)
        {
            Enter(node, m with { Run = m.Run.Next(now) }, now);
            return;
        }

        Await(node, m, now);
    }

    private void Await(SimulatedNode node, HostMaintenance m, Instant now)
    {
        if (m.Run.Step is not { ByController: false } step || step is { Phase: MaintenancePhase.BootingHost, Guests: not GuestsAre.Paused })
        {
            return;
        }

        // Guests are waited for as long as they may take, and no longer (M3).
        var due = m.Run.Since + (step.Phase == MaintenancePhase.StartingGuests ? step.Most!.Value : Takes(node, m));
        if (step.Phase == MaintenancePhase.Staging && node.Condition.Staging is { Until: { } whole } fetched && fetched.IsFor(m.Versions))
        {
            // Half of it is there already.
            due = Instant.Min(due, whole);
        }

        var (generation, at) = (m.Generation, m.Run);
        world.At(Instant.Max(due, now), when =>
        {
            if (node.Condition.Maintenance is { } present && present.Generation == generation && present.Run == at)
            {
                Leave(node, present, when);
            }
        });
    }

    // A phase is over, well or not.
    private void Leave(SimulatedNode node, HostMaintenance m, Instant now)
    {
        if (!node.Condition.Runs || (node.Condition.AgentDown && !m.AgentSilent))
        {
            // Nobody is there to do it: it stands until the node has started again.
            return;
        }

        var phase = m.Run.Phase;
        if (!faults.BreaksMaintenance(node, Words.Of(phase)))
        {
            Enter(node, m with { Run = m.Run.Next(now) }, now);
            return;
        }

        var next = m with { Run = m.Run.Fail($"{Words.Of(phase)} failed", now, Settings) };
        if (next.Run.Ended)
        {
            Finish(node, Resumed(node, next, now), now);
        }
        else
        {
            Enter(node, next, now);
        }
    }

    // Guests that were paused go on. What they were in the middle of takes as much longer.
    private HostMaintenance Resumed(SimulatedNode node, HostMaintenance m, Instant now)
    {
        if (m.Stopped.IsEmpty || !m.Run.Procedure.KeepsMemory)
        {
            return m;
        }

        var measured = m.Measured.ToBuilder();
        var silent = m.Run.Procedure.Drains;
        foreach (var stopped in m.Stopped)
        {
            // Not all of them are paused first and go on last.
            var share = 0.9 + (0.1 * Draw.Unit(world.Durations.Seed, stopped.Instance.Value, "share of pause", m.Generation));
            measured.Add(new MeasuredPause(stopped.Instance, (now - stopped.Since).TotalMilliseconds * share));
            if (silent && node.Guests.TryGetValue(stopped.Instance, out var tracked) && tracked.Guest.NextStep(world.Durations) is not null)
            {
                world.Change(node, tracked, tracked.Guest with { Since = tracked.Guest.Since + (now - stopped.Since) });
                guests.Schedule(node, tracked);
            }
        }

        return m with { Stopped = [], Measured = measured.ToImmutable() };
    }

    private void Finish(SimulatedNode node, HostMaintenance m, Instant now)
    {
        // Whoever is not well by now has had its time, and holds nobody up any longer (M3).
        var late = m.Run.Procedure.KeepsMemory ? [] : m.Stopped.Select(s => new MeasuredPause(s.Instance, (now - s.Since).TotalMilliseconds));
        var versions = m.Run.Failure is null ? m.Versions : node.Condition.Versions ?? VersionSet.None;
        var over = new HostMaintained(m.Generation, m.Run.Procedure.Technology, versions, [.. m.Measured, .. late], m.Run.Failure);
        world.Change(node, node.Condition with
        {
            Maintenance = null,
            Maintained = over,
            Versions = m.Run.Failure is null ? m.Versions : node.Condition.Versions,
            // What was booted into is no copy any more.
            Staging = m.Run.Failure is null && node.Condition.Staging is { } s && s.IsFor(m.Versions) ? s.Gone : node.Condition.Staging,
        });
        beats.Settle(node, now);
        guests.AcceptAt(node, now + world.Durations.AcceptGoal);
        foreach (var tracked in node.Guests.Values.Where(t => t.Guest.NextStep(world.Durations) is not null))
        {
            // What fell due while the agent was silent, or everything stood still, is done now.
            guests.Schedule(node, tracked);
        }

        world.Say(node, Told(node, over, now));
    }

    private void Change(SimulatedNode node, HostMaintenance m) => world.Change(node, node.Condition with { Maintenance = m });

    private void SayPhase(SimulatedNode node, MaintenancePhase phase, Instant now)
    {
        if (node.Condition.Maintenance is { } m)
        {
            world.Say(node, new FabricEvent.MaintenancePhaseReached(now, node.Id, m.Generation, m.Run.Procedure.Technology, phase));
        }
    }

    private Duration Takes(SimulatedNode node, HostMaintenance m)
    {
        var step = m.Run.Step!;
        var drawn = world.Around(step.Typical, node.Id.Value, $"maintenance {m.Run.Procedure.Technology} {step.Phase}", m.Generation)
            * faults.SlownessOf(node);
        return step.Most is { } most && drawn > most ? most : drawn;
    }
}
