// M3, M4, F4 on one node: staged, then, where it is felt, asked of the promise and drained, then done by the node; every phase
// and what it really did to whom is recorded. Rollouts ask here and begin here; which node comes next is theirs to say.
//
// What counts as offline (M1)? A pause that somebody outside can tell: longer than the interval of beats and probes
// (MaintenanceSettings.OfflinePause). A reboot does, and so does a pause with memory kept, of seconds or half a minute. A hot
// patch, an agent's replacement, a hot restart's blackout and a live migration's last copy do not.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance.Technologies;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Maintenance;

/// <summary>Maintains nodes.</summary>
public static class Maintaining
{
    /// <summary>
    /// Begins. Nothing is asked of the promise yet: first the node stages what it gets, and then it waits for its turn by
    /// itself. That nothing else stands against it has been asked before (<see cref="MaintenanceGate.Forbids"/>).
    /// </summary>
    public static void Begin(Turn turn, FabricNode node, MaintenanceChoice choice)
    {
        turn.Decides = true;
        var next = node with
        {
            MaintenanceGeneration = node.MaintenanceGeneration + 1,
            Maintenance = new NodeMaintenance
            {
                Generation = node.MaintenanceGeneration + 1,
                Choice = choice,
                Technology = choice.Technology,
                Versions = (node.Versions ?? VersionSet.None).With(choice.Update.Versions),
                BeganAt = turn.Now,
            },
        };
        turn.Say("maintenanceBegun", node.Id.Value, $"{choice.Update.Name} by {Words.Of(choice.Technology)}");
        switch (choice.Technology)
        {
            case Technology.Redeploy:
                // M7: it goes the way of every node that is taken out: each of its guests asks the promise for itself.
                NodeWatch.TakeOut(
                    turn, next with { Maintenance = next.Maintenance with { Stage = MaintenanceStage.Emptying } }, NodeState.Decommissioned,
                    NodeTrouble.Evacuating, $"{choice.Update.Name}: the node goes for good");
                break;
            default:
                Stage(turn, next);
                break;
        }
    }

    /// <summary>Gives up what has not begun to be felt; what the node was told goes on. True when it was given up.</summary>
    public static bool Withdraw(Turn turn, FabricNode node, string why)
    {
        if (node.Maintenance is not { Stage: MaintenanceStage.Staging or MaintenanceStage.Waiting or MaintenanceStage.Draining or MaintenanceStage.Emptying } m
            || m is { Stage: MaintenanceStage.Emptying, EmptiesLive: false }
            || (!Procedures.Of(m.Technology, turn.Settings.Maintenance).Drains && m.Stage != MaintenanceStage.Waiting))
        {
            return false;
        }

        Evacuation.GiveUp(turn, node.Id, why);
        End(turn, turn.State.Nodes[node.Id], why, turn.State.Nodes[node.Id].Versions);
        return true;
    }

    /// <summary>Takes every maintenance as far as it can go now.</summary>
    public static void Step(Turn turn)
    {
        // Those who wait for something that has not changed since they were asked wait on, and so does who waits for the node to
        // answer. Room may come from anywhere, and so may the word that a load balancer is done.
        var ripples = turn.State.Ripples.Maintenance;
        var asked = turn.State.MaintainedOf(ripples).Select(n => n.Id).ToList();
        ripples.Clear();
        foreach (var id in asked)
        {
            // One before it may have moved somebody to it, or away.
            if (turn.State.Nodes[id] is not { Maintenance: not null } node)
            {
                continue;
            }

            if (node.Maintenance is { Stage: MaintenanceStage.Emptying, EmptiesLive: false })
            {
                if (!turn.State.On(node.Id).Any() && node.Ghosts.IsDefaultOrEmpty)
                {
                    End(turn, node, null, node.Versions);
                }
            }
            else if (GetsAllOrNothing(node) && !GoesDown(node))
            {
                End(turn, node, $"the node is {Words.Of(node.State)}", node.Versions);
            }
            else if (node.Maintenance is { Stage: MaintenanceStage.Waiting or MaintenanceStage.Emptying, EmptiesLive: true })
            {
                EmptyingLive.Step(turn, node);
            }
            else if (node.Maintenance!.Stage == MaintenanceStage.Waiting)
            {
                DrainOrWait(turn, node);
            }
            else if (node.Maintenance.Stage == MaintenanceStage.Draining && !turn.SafeMode && DownWithNode.AreDrained(turn, node.Id))
            {
                Tell(turn, node);
            }
        }
    }

    /// <summary>A node came to a phase.</summary>
    public static void CameTo(Turn turn, FabricEvent.MaintenancePhaseReached e)
    {
        if (Find(turn, e.Node, e.Generation) is not { Maintenance: { } m } node)
        {
            return;
        }

        turn.Say("maintenancePhase", node.Id.Value, Words.Of(e.Phase));
        var next = node with
        {
            Maintenance = m with
            {
                Technology = e.Technology,
                Phases = m.Phases.Add(new PhaseRecord(e.Phase, e.At)),
                Stage = e.Phase == MaintenancePhase.Staged && m.Stage == MaintenanceStage.Staging ? MaintenanceStage.Waiting : m.Stage,
                Deadline = e.Phase == MaintenancePhase.Staged && m.Stage == MaintenanceStage.Staging ? null : m.Deadline,
            },
        };
        turn.Put(next);
        if (e.Technology == Technology.Reboot && m.Technology != Technology.Reboot)
        {
            turn.Say("maintenanceCameToReboot", node.Id.Value, $"{Words.Of(m.Technology)} failed; guests start anew");
            NodeNotices.CameToReboot(turn, next);
        }

        if (e.Phase == MaintenancePhase.StartingGuests)
        {
            DownWithNode.Release(turn, node.Id);
        }
    }

    /// <summary>A node has answered.</summary>
    public static void Answered(Turn turn, FabricEvent.NodeMaintained e)
    {
        if (Find(turn, e.Node, e.Generation) is not { Maintenance: { } m } node)
        {
            return;
        }

        MaintenanceRecords.Keep(turn, m, e);
        node = turn.State.Nodes[node.Id];
        if (e.Failure is { } why)
        {
            AgainOrNever(turn, node, why, rebooted: m.Phases.Any(p => p.Phase == MaintenancePhase.BootingHost));
        }
        else
        {
            End(turn, node, null, e.Versions);
        }
    }

    /// <summary>A node was not done in time.</summary>
    public static void DeadlinePassed(Turn turn, NodeId id)
    {
        if (!turn.State.Nodes.TryGetValue(id, out var node) || node.Maintenance is not { Deadline: { } due } m || due > turn.Now)
        {
            return;
        }

        if (m.Stage == MaintenanceStage.Waiting)
        {
            // Whoever held it may hold it no more; the end of the turn asks.
            turn.Put(node with { Maintenance = m with { Deadline = null } });
            return;
        }

        if (m.Stage == MaintenanceStage.Emptying)
        {
            EmptyingLive.TooLate(turn, node);
            return;
        }

        AgainOrNever(turn, node, $"not done within {(turn.Now - (m.Phases.IsEmpty ? m.BeganAt : m.Phases[0].At)).TotalMinutes:0} min", rebooted: false);
    }

    /// <summary>After a restart: what was told and not answered is told again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var node in turn.State.Maintained.Where(n => n.Maintenance!.Stage is MaintenanceStage.Staging or MaintenanceStage.Working))
        {
            turn.Ask(EffectOf(turn, node));
        }
    }

    private static void Stage(Turn turn, FabricNode node)
    {
        var s = turn.Settings.Maintenance;
        var drains = Procedures.Of(node.Maintenance!.Technology, s).Drains;
        var next = node with
        {
            Maintenance = node.Maintenance with
            {
                Stage = drains ? MaintenanceStage.Staging : MaintenanceStage.Working,
                Deadline = turn.Now + TimeoutOf(node.Maintenance.Choice, s),
                Blocker = null,
                Phases = [],
            },
        };
        turn.Put(next);
        NodeNotices.Announce(turn, next);
        if (!drains && NodeNotices.Holds(turn, next) is not null)
        {
            // It would go through with it as soon as it is told, so it is told when the time has come.
            turn.Put(next with { Maintenance = next.Maintenance with { Stage = MaintenanceStage.Waiting, Deadline = null, IsAnnounced = true } });
            return;
        }

        turn.Ask(EffectOf(turn, next));
    }

    // What can't be gone on with in memory comes to a boot: that has its time as well.
    private static Duration TimeoutOf(MaintenanceChoice choice, MaintenanceSettings s)
    {
        var maybe = Procedures.Of(choice.Technology, s).Steps.Any(p => p.OnFailure == FailureComesTo.Reboot)
            ? Reboot.AfterFailure(s).Duration
            : Duration.Zero;
        return ((choice.NodeTakes + maybe) * s.TimeoutFactor) + s.TimeoutSlack;
    }

    /// <summary>
    /// What keeps a node from being felt; whoever has come to it since is told. Notices are asked first: whoever may still get
    /// ready must not keep others from their turn.
    /// </summary>
    internal static Blocker? Holds(Turn turn, FabricNode node)
    {
        NodeNotices.Announce(turn, node);
        return NodeNotices.Holds(turn, node) ?? MaintenanceGate.Holds(turn, node, node.Maintenance!.Choice);
    }

    // A node that boots, or pauses what runs on it, takes everything on it down at once.
    private static void DrainOrWait(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        if (Holds(turn, node) is { } blocker)
        {
            var seen = blocker.Continuing(m.Blocker);
            if (!Blocker.AreSame(m.Blocker, seen))
            {
                turn.Put(node with { Maintenance = m with { Blocker = seen, Deadline = seen.ForcedAt > turn.Now ? seen.ForcedAt : null } });
            }

            return;
        }

        if (TenantMoments.Miss(turn, node))
        {
            return;
        }

        turn.Decides = true;
        NodeNotices.Start(turn, node);
        if (!Procedures.Of(m.Technology, turn.Settings.Maintenance).Drains)
        {
            Tell(turn, node);
            return;
        }

        var draining = DownWithNode.Drain(turn, node.Id);
        node = turn.State.Nodes[node.Id];
        var next = node with
        {
            Maintenance = node.Maintenance! with
            {
                Stage = MaintenanceStage.Draining,
                Blocker = null,
                Deadline = null,
                Phases = node.Maintenance.Phases.Add(new PhaseRecord(MaintenancePhase.Draining, turn.Now)),
            },
        };
        turn.Put(next);
        if (!draining)
        {
            Tell(turn, next);
        }
    }

    /// <summary>The node is told to go on.</summary>
    internal static void Tell(Turn turn, FabricNode node)
    {
        var s = turn.Settings.Maintenance;
        // Whoever waited for the node to answer by itself waits for this now; two must not switch its power.
        var next = node with
        {
            Maintenance = node.Maintenance! with
            {
                Stage = MaintenanceStage.Working,
                Blocker = null,
                Deadline = turn.Now + TimeoutOf(node.Maintenance.Choice, s),
            },
        };
        turn.Put(next);
        turn.Ask(EffectOf(turn, next));
    }

    private static FabricEffect.MaintainNode EffectOf(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        return new(node.Id, m.Generation, m.Choice.Technology, m.Versions, Go: m.Stage == MaintenanceStage.Working);
    }

    private static void AgainOrNever(Turn turn, FabricNode node, string why, bool rebooted)
    {
        var m = node.Maintenance!;
        if (!rebooted && m.Attempt < turn.Settings.Maintenance.Tries && !turn.SafeMode && node.Health is not { SilentSince: not null }
            && !GetsAllOrNothing(node))
        {
            TenantMoments.NoteOverrun(turn, node);
            turn.Say("maintenanceTriedAgain", node.Id.Value, why);
            NodeNotices.End(turn, node, $"it is tried again: {why}");
            DownWithNode.Release(turn, node.Id);
            node = turn.State.Nodes[node.Id];
            Stage(turn, node with
            {
                MaintenanceGeneration = node.MaintenanceGeneration + 1,
                Maintenance = m with { Generation = node.MaintenanceGeneration + 1, Attempt = m.Attempt + 1, Technology = m.Choice.Technology },
            });
            return;
        }

        End(turn, node, why, Doubted(node));
    }

    // It was told, and did not say that it came to nothing: it may have what it was told, or what it had. When it is heard
    // again it says so.
    private static VersionSet? Doubted(FabricNode node) =>
        node.Maintenance is { Stage: MaintenanceStage.Working } m && node.Versions is { } believed && node.Health is { SilentSince: not null }
            ? m.Choice.Update.Versions.Named.Aggregate(believed, (v, c) => v.With(c, null))
            : node.Versions;

    /// <summary>It is over; <paramref name="climbsAgain"/> where another rung is to be taken, and nobody has felt this one.</summary>
    internal static void End(Turn turn, FabricNode node, string? failure, VersionSet? versions, bool climbsAgain = false)
    {
        var m = node.Maintenance!;
        var booted = m.Stage == MaintenanceStage.Working && m.Phases.Any(p => p.Phase == MaintenancePhase.BootingHost)
            && m.Technology is Technology.Reboot or Technology.LiveMigration;
        TenantMoments.NoteOverrun(turn, node);
        NodeNotices.End(turn, node, failure);
        turn.Say(failure is null ? "maintenanceDone" : climbsAgain ? "maintenanceClimbsAgain" : "maintenanceFailed", node.Id.Value,
            failure is null ? $"{m.Update} by {Words.Of(m.Technology)}" : $"{m.Update}: {failure}");
        turn.Put(node with
        {
            Maintenance = null,
            // Its silence was expected as long as this lasted; from here on it is a silent node like any other (H1).
            Health = node.Health is { Trouble: NodeTrouble.None, SilentSince: not null } h
                ? h with { Trouble = NodeTrouble.Silent, Since = turn.Now, Deadline = turn.Now + turn.Settings.Health.HostAgentTimeout }
                : node.Health,
            Versions = versions,
            HostOs = failure is null ? m.Choice.Update.Image ?? node.HostOs : node.HostOs,
            LastMaintenance = new PastNodeMaintenance(
                m.Update, m.Technology, m.BeganAt, turn.Now, failure, booted ? turn.Now : node.LastMaintenance?.RebootedAt, climbsAgain),
        });
        DownWithNode.Release(turn, node.Id);
    }

    private static bool GetsAllOrNothing(FabricNode node) => node.State.IsProvisioning() || node.State is NodeState.PoweredOff or NodeState.Decommissioned;

    // Taken out for good when it was told already: what runs on it goes down with it all the same, and counts until then.
    private static bool GoesDown(FabricNode node) =>
        node is { State: NodeState.Decommissioned, Maintenance.Stage: MaintenanceStage.Working };

    private static FabricNode? Find(Turn turn, NodeId id, int generation) =>
        turn.State.Nodes.TryGetValue(id, out var node) && node.Maintenance?.Generation == generation ? node : null;
}
