// H1 for nodes: silence, then recovery, then loss; faults of the hardware; nodes taken out by operators and back. What
// spreads is stopped before it is begun (Brake).
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Health;

/// <summary>Watches nodes.</summary>
public static class NodeWatch
{
    /// <summary>Heartbeats of a host agent are missed. It may be nothing; new instances are placed elsewhere meanwhile.</summary>
    public static void Missed(Turn turn, FabricEvent.BeatsMissed e)
    {
        if (!turn.State.Nodes.TryGetValue(e.Node, out var node) || node.Health is { SilentSince: not null }
            || node.State.IsProvisioning() || node.State is NodeState.PoweredOff or NodeState.Decommissioned)
        {
            return;
        }

        var h = node.Health ?? new NodeHealth { Since = turn.Now };
        // One that boots for an install is expected to be silent until that is given up (Bundles/Installing.cs).
        var waits = h.Trouble == NodeTrouble.None && node.Install is not { ExpectsSilence: true } && node.Maintenance is not { ExpectsSilence: true };
        turn.Put(node with
        {
            Health = h with
            {
                Trouble = waits ? NodeTrouble.Silent : h.Trouble,
                Since = waits ? turn.Now : h.Since,
                SilentSince = e.LastBeat,
                Deadline = waits || h.Trouble is NodeTrouble.Faulty or NodeTrouble.Evacuating
                    ? e.LastBeat + turn.Settings.Health.HostAgentTimeout
                    : h.Deadline,
            },
        });
        MarkSilent(turn, node.Id, silent: true);
    }

    /// <summary>The agent is there. Whatever was believed of its silence is over; copies left behind go with its goal state.</summary>
    public static void Heard(Turn turn, FabricNode node)
    {
        MarkSilent(turn, node.Id, silent: false);
        if (node.Health is not { } h)
        {
            return;
        }

        var back = h with { SilentSince = null, Blocker = null };
        switch (h.Trouble)
        {
            case NodeTrouble.Silent or NodeTrouble.Recovering:
                turn.Say("nodeHeard", node.Id.Value, $"after {(turn.Now - h.Since).TotalSeconds:0} s");
                back = back with { Trouble = NodeTrouble.None, Deadline = null, Attempt = 0, Why = null };
                break;
            case NodeTrouble.Lost:
                // What has not been moved yet is here after all.
                foreach (var i in turn.State.On(node.Id).Where(i => i.Health?.Healing is not null).ToList())
                {
                    turn.Put(i with { Health = i.Health! with { Healing = null } });
                }

                back = back with { Deadline = null, Why = "back after it was given up" };
                break;
            case NodeTrouble.None or NodeTrouble.Faulty or NodeTrouble.Evacuating:
                back = back with { Deadline = null };
                break;
        }

        turn.Put(node with { Health = Trimmed(back) });
        Emptied(turn, node.Id);
    }

    /// <summary>The power cycle has ended, or could not be done.</summary>
    public static void RecoveryEnded(Turn turn, FabricEvent.NodeRecoveryEnded e)
    {
        if (!turn.State.Nodes.TryGetValue(e.Node, out var node)
            || node.Health is not { Trouble: NodeTrouble.Recovering } h || h.Attempt != e.Attempt)
        {
            return;
        }

        if (e.Failure is { } why)
        {
            GiveUpOrAgain(turn, node, why);
        }
    }

    /// <summary>The agent informs of a fault of its hardware: the roles are moved, the node is marked out for repair (H1).</summary>
    public static void HardwareFaulted(Turn turn, FabricEvent.HardwareFaulted e)
    {
        if (turn.State.Nodes.TryGetValue(e.Node, out var node) && node.State is NodeState.Ready or NodeState.HumanInvestigate)
        {
            turn.Say("hardwareFaulted", node.Id.Value, e.What);
            TakeOut(turn, node!, NodeState.OutForRepair, NodeTrouble.Faulty, e.What);
        }
    }

    /// <summary>Takes a node out: nothing new comes, what is there is moved as the promise allows (H1, M7).</summary>
    public static void TakeOut(Turn turn, FabricNode node, NodeState state, NodeTrouble trouble, string why)
    {
        turn.Put(node with
        {
            State = state,
            Since = turn.Now,
            Deadline = null,
            LastFailure = why,
            Health = (node.Health ?? new NodeHealth()) with { Trouble = trouble, Since = turn.Now, Why = why },
        });
        turn.Say("nodeStateChanged", node.Id.Value, $"{Words.Of(state)}: {why}");
        foreach (var i in turn.State.On(node.Id).ToList())
        {
            var isPredicted = node.Health is { Prediction: not null };
            var cause = trouble == NodeTrouble.Faulty ? "hardwareFault" : isPredicted ? "predictedFailure" : "evacuation";
            if (trouble == NodeTrouble.Faulty)
            {
                ActNotices.Broke(turn, i, why);
            }

            if (i.Power == PowerGoal.Running && i.IsHealthy)
            {
                // It runs: moving it takes it down, so it asks like everybody else.
                Acts.Ask(turn, i, new PlannedAct(
                    ActKind.Move, trouble == NodeTrouble.Faulty || isPredicted ? ActOrigin.Healing : ActOrigin.Platform, cause, null, turn.Now));
            }
            else if (i.Power != PowerGoal.Absent)
            {
                Healer.Enlist(turn, i, cause);
            }
        }

        Emptied(turn, node.Id);
    }

    /// <summary>
    /// On a node that is being emptied, somebody runs and is not about to leave: what came between, as an update that called its
    /// move off, is over. It is asked to leave again.
    /// </summary>
    public static void GoOn(Turn turn, InstanceId id)
    {
        if (turn.State.Instances.GetValueOrDefault(id) is { Power: PowerGoal.Running, IsHealthy: true, Planned: null, Migration: null, Operation: null, Node: { } on } i
            && i.Health is null or { Healing: null }
            && turn.State.Nodes[on] is { State: NodeState.OutForRepair or NodeState.Decommissioned, Health.Trouble: NodeTrouble.Evacuating or NodeTrouble.Faulty })
        {
            Acts.Ask(turn, i, new PlannedAct(ActKind.Move, ActOrigin.Platform, "evacuation", null, turn.Now));
        }
    }

    /// <summary>
    /// L1: a guest agent could not connect in all its tries, so the node is looked into by a person. What runs well on it
    /// stays where it is: to move it would be to take down what works, on a suspicion (leap day, phase 1).
    /// </summary>
    public static void Suspect(Turn turn, NodeId id, InstanceId by, int tries)
    {
        if (Brake.Holds(turn) is not null)
        {
            // So many nodes are suspected already that it is no longer the nodes: one more would be one more taken from
            // those who run well, with every start that tenants go on asking for (L2).
            Healer.Enlist(turn, turn.State.Instances[by], "guestAgentNeverConnected");
            return;
        }

        var node = turn.State.Nodes[id];
        var why = $"{by} did not connect in {tries} tries";
        if (node.State == NodeState.Ready)
        {
            turn.Put(node with { State = NodeState.HumanInvestigate, Since = turn.Now, Deadline = null, LastFailure = why });
            turn.Say("nodeStateChanged", id.Value, $"{Words.Of(NodeState.HumanInvestigate)}: {why}");
        }

        var brakes = turn.Settings.Health.Brakes;
        foreach (var i in turn.State.On(id).Where(i => i.Power != PowerGoal.Absent).ToList())
        {
            if (i.Id == by)
            {
                var taken = (i.Health?.NodesTaken ?? []).Add(id);
                var condemned = brakes.Enabled && taken.Length >= brakes.NodesPerInstance;
                var marked = i with { Health = (i.Health ?? InstanceHealth.Nothing) with { NodesTaken = taken, Condemned = condemned } };
                turn.Put(marked);
                if (condemned)
                {
                    turn.Say("instanceCondemned", i.Id.Value, $"it has taken {string.Join(", ", taken)} to Human Investigate; it is placed no more");
                    Healer.Condemned(turn, marked);
                }
                else
                {
                    Healer.Enlist(turn, turn.State.Instances[i.Id], "guestAgentNeverConnected");
                }
            }
            else if (!i.IsHealthy || !brakes.Enabled)
            {
                Healer.Enlist(turn, i, "nodeInvestigated");
            }
        }

        Brake.Look(turn);
    }

    /// <summary>A deadline of a node's health has come.</summary>
    public static void DeadlinePassed(Turn turn, NodeId id)
    {
        if (!turn.State.Nodes.TryGetValue(id, out var node) || node.Health is not { Deadline: { } due } h || due > turn.Now)
        {
            return;
        }

        switch (h.Trouble)
        {
            case NodeTrouble.Silent:
                Declare(turn, node, h);
                break;
            case NodeTrouble.Recovering:
                GiveUpOrAgain(turn, node, $"no agent within {turn.Settings.Health.NodeRecoveryTimeout.TotalMinutes:0.#} min of a power cycle");
                break;
            case NodeTrouble.Faulty or NodeTrouble.Evacuating:
                // Silent while it was being emptied: nothing on it can be stopped in good order any more.
                Lose(turn, node, "silent while it was being emptied");
                break;
            default:
                turn.Put(node with { Health = Trimmed(h with { Deadline = null }) });
                break;
        }
    }

    /// <summary>After a restart: what was asked and not seen to be done is asked again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var node in turn.State.Nodes.Values.Where(n => n.Health is not null).OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList())
        {
            foreach (var ghost in node.Ghosts)
            {
                turn.Ask(new FabricEffect.MoveLease(turn.State.Id, ghost.Instance, ghost.Lease + 1));
            }

            if (node.Health is { Trouble: NodeTrouble.Recovering } h)
            {
                turn.Ask(new FabricEffect.RecoverNode(node.Id, h.Attempt));
            }
        }
    }

    /// <summary>What was held by a brake is looked at again: it has been let go, or an operator says go on.</summary>
    public static void Release(Turn turn)
    {
        foreach (var node in turn.State.Nodes.Values
            .Where(n => n.Health is { Trouble: NodeTrouble.Silent, Blocker: not null }).OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList())
        {
            turn.Put(node with
            {
                Health = node.Health! with { Blocker = null, Deadline = turn.Now + turn.Settings.Health.HostAgentTimeout },
            });
        }

        turn.HealNow = true;
        // Infrastructure work has waited as well.
        turn.Everything = true;
    }

    /// <summary>A node that was given up, or taken out, has nothing on it any more: what is next for it?</summary>
    public static void Emptied(Turn turn, NodeId id)
    {
        var node = turn.State.Nodes[id];
        if (node.Health is not { Trouble: NodeTrouble.Lost or NodeTrouble.Evacuating or NodeTrouble.Faulty } h
            || !h.Ghosts.IsDefaultOrEmpty || turn.State.On(id).Any() || turn.State.ArrivingAt(id).Any())
        {
            return;
        }

        node = Done(turn, node);
        if (h.Trouble == NodeTrouble.Lost && h.SilentSince is null && node.State == NodeState.OutForRepair)
        {
            // H3: the source node is reprovisioned; it answers, so nobody has to carry it anywhere.
            Provisioning.Start(turn, node with { Health = null, LastFailure = null });
            return;
        }

        turn.Put(node);
    }

    // Whoever asked for a node to be emptied has what was asked for.
    private static FabricNode Done(Turn turn, FabricNode node)
    {
        if (node.Operation is { } asked && turn.State.Operations.TryGetValue(asked, out var operation))
        {
            turn.Put(operation.Succeed(turn.Now));
        }

        return node with { Operation = null };
    }

    private static void Declare(Turn turn, FabricNode node, NodeHealth h)
    {
        if (Brake.HoldsNode(turn, node) is { } blocker)
        {
            turn.Put(node with { Health = h with { Deadline = null, Blocker = blocker.Continuing(h.Blocker) } });
            return;
        }

        turn.Say("nodeSilent", node.Id.Value, $"no heartbeat since {h.SilentSince}; its power is cycled");
        turn.Put(node with
        {
            Health = h with
            {
                Trouble = NodeTrouble.Recovering,
                Since = turn.Now,
                Attempt = 1,
                Deadline = turn.Now + turn.Settings.Health.NodeRecoveryTimeout,
                Blocker = null,
            },
        });
        turn.Ask(new FabricEffect.RecoverNode(node.Id, 1));
    }

    private static void GiveUpOrAgain(Turn turn, FabricNode node, string why)
    {
        var h = node.Health!;
        if (h.Attempt >= turn.Settings.Health.NodeRecoveryTries)
        {
            Lose(turn, node, why);
            return;
        }

        turn.Put(node with { Health = h with { Attempt = h.Attempt + 1, Deadline = turn.Now + turn.Settings.Health.NodeRecoveryTimeout, Why = why } });
        turn.Ask(new FabricEffect.RecoverNode(node.Id, h.Attempt + 1));
    }

    private static void Lose(Turn turn, FabricNode node, string why)
    {
        var state = node.State == NodeState.Decommissioned ? node.State : NodeState.OutForRepair;
        // Nothing can be moved in good order any more; what is still on its way heals like after any loss.
        turn.Put(Done(turn, node) with
        {
            State = state,
            Since = turn.Now,
            Deadline = null,
            LastFailure = why,
            Health = node.Health! with { Trouble = NodeTrouble.Lost, Since = turn.Now, Deadline = null, Why = why },
        });
        turn.Say("nodeStateChanged", node.Id.Value, $"{Words.Of(state)}: {why}");
        foreach (var i in turn.State.On(node.Id).ToList())
        {
            if (i.Power == PowerGoal.Absent)
            {
                Moving.LeaveBehind(turn, i);
            }
            else
            {
                ActNotices.Broke(turn, i, why);
                Healer.Enlist(turn, turn.State.Instances[i.Id], "nodeLost");
            }
        }
    }

    private static void MarkSilent(Turn turn, NodeId node, bool silent)
    {
        foreach (var i in turn.State.On(node).ToList())
        {
            var h = i.Health ?? InstanceHealth.Nothing;
            if (h.NodeSilent != silent)
            {
                // What its guest said through the agent is as old as the agent's last beat.
                turn.Put(i with { Health = h with { NodeSilent = silent } });
            }
        }
    }

    private static NodeHealth? Trimmed(NodeHealth h) =>
        h.Trouble == NodeTrouble.None && h.SilentSince is null && h.Ghosts.IsDefaultOrEmpty && h.Deadline is null ? null : h;
}
