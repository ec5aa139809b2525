// M4, the rung of live migration: the node has staged what it gets; now everybody who runs on it moves away live, each when there
// is room, and then it boots, empty. Who can't be moved after all makes the ladder be climbed again, with what was learnt.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Domain.Maintenance;

/// <summary>Empties nodes for maintenance.</summary>
internal static class EmptyingLive
{
    /// <summary>Takes it as far as it can go now.</summary>
    public static void Step(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        if (Maintaining.Holds(turn, node) is { } holds)
        {
            Wait(turn, node, holds);
            return;
        }

        if (m.Stage == MaintenanceStage.Waiting)
        {
            if (TenantMoments.Miss(turn, node))
            {
                return;
            }

            NodeNotices.Start(turn, node);
            var s = turn.Settings.Maintenance;
            turn.Put(node with
            {
                Maintenance = m with
                {
                    Stage = MaintenanceStage.Emptying,
                    Blocker = null,
                    Deadline = turn.Now + (m.Choice.NodeTakes * s.TimeoutFactor) + s.TimeoutSlack,
                    Phases = m.Phases.Add(new PhaseRecord(MaintenancePhase.Evacuating, turn.Now)),
                },
            });
        }

        // Their owners' ceilings were asked by the ladder.
        var state = Evacuation.Go(turn, node.Id, "maintenance", m.Update, overCeilings: true);
        node = turn.State.Nodes[node.Id];
        if (state.IsEmpty)
        {
            Maintaining.Tell(turn, node with { Maintenance = node.Maintenance! with { Blocker = null } });
        }
        else if (state.IsStuck && state.Stuck.All(s => s.Why.Code == WhyNotMoved.NoRoom) && MaintenanceGate.RoomComesBack(turn, node, fromEmptied: false))
        {
            Wait(turn, node, new Blocker(
                BlockerCodes.NoRoom, turn.Now, state.Stuck[0].Instance.Value, state.Stuck[0].Why.Sentence, "Nodes that are being maintained are back."));
        }
        else if (state.IsStuck)
        {
            foreach (var stuck in state.Stuck)
            {
                Learn(turn, turn.State.Instances[stuck.Instance], m, new MigrationFailure(stuck.Why.Code, stuck.Why.Sentence));
            }

            ClimbAgain(turn, node, state.Stuck[0].Why.Sentence);
        }
        else if (state is { Moving: 0, Waiting: [{ } first, ..] })
        {
            Wait(turn, node, new Blocker(BlockerCodes.Busy, turn.Now, first.Instance.Value, first.Why.Sentence, "It can be moved."));
        }
    }

    /// <summary>The node is not empty in time: whoever is still there is not to be moved, for now.</summary>
    public static void TooLate(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        Evacuation.GiveUp(turn, node.Id, $"{node.Id} is not empty in time.");
        foreach (var i in turn.State.On(node.Id).Where(i => i is { Power: PowerGoal.Running, Migration: null }).ToList())
        {
            Learn(turn, i, m, new MigrationFailure(MigrationFailures.Stuck, $"{i.Name} was not moved before {node.Id} was to be empty."));
        }

        ClimbAgain(turn, turn.State.Nodes[node.Id], "it was not empty in time");
    }

    // What was found out when it was tried on the hosts is known better, and stands.
    private static void Learn(Turn turn, FabricInstance i, NodeMaintenance m, MigrationFailure failure)
    {
        if (MayMigrate.Learnt(i, turn.Now, turn.Settings.Maintenance) is null)
        {
            turn.Put(i with
            {
                LastMigration = new PastMigration(
                    i.MigrationGeneration, i.Node!.Value, i.Node.Value, "maintenance", m.BeganAt, turn.Now, 0, null, null, failure),
            });
        }
    }

    // Whoever asked for it asks again: a rollout by itself, and for one node by hand it is done here.
    private static void ClimbAgain(Turn turn, FabricNode node, string why)
    {
        var m = node.Maintenance!;
        var ofRollout = turn.State.Rollout is { } r && r.Part.Update.Name == m.Update && r.UnderWay.Any(t => t.Node == node.Id);
        Maintaining.End(turn, node, why, node.Versions, climbsAgain: true);
        if (!ofRollout)
        {
            MaintenanceRequests.Maintain(turn, new FabricRequest.MaintainNode(node.Id, m.Choice.Update));
        }
    }

    private static void Wait(Turn turn, FabricNode node, Blocker blocker)
    {
        var m = node.Maintenance!;
        if (m.Blocker?.Code != blocker.Code || m.Blocker.Resource != blocker.Resource)
        {
            turn.Put(node with { Maintenance = m with { Blocker = blocker.Continuing(m.Blocker) } });
        }
    }
}
