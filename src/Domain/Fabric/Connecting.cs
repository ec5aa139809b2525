// P5, H1: a host agent connects and says what is on its node: reports that were made while nobody listened are taken
// now, and an agent that works on an older goal state gets the present one.
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Health;
using Rdfe.Domain.Staging;

namespace Rdfe.Domain.Fabric;

/// <summary>Brings belief and goal states in step with an agent that has connected.</summary>
internal static class Connecting
{
    /// <summary>An agent connected.</summary>
    public static void Connected(Turn turn, FabricEvent.HostAgentConnected e)
    {
        Compare(turn, e);
        StagingAhead.Connected(turn, e);
        // Last, for it may change the goal state: what the agent has is held against the goal that it could have had.
        Installing.Connected(turn, e);
    }

    private static void Compare(Turn turn, FabricEvent.HostAgentConnected e)
    {
        foreach (var report in e.Instances)
        {
            InstanceLife.Reported(turn, report);
        }

        if (!turn.State.Nodes.TryGetValue(e.Node, out var node))
        {
            return;
        }

        // What is not there can't come back. (An agent with an older goal state may yet be about to start it.)
        if (e.Generation >= node.GoalGeneration)
        {
            Moving.Exorcise(turn, e.Node, g => e.Instances.All(r => r.Instance != g.Instance));
        }

        NodeWatch.Heard(turn, turn.State.Nodes[e.Node]);
        Brake.LookAgain(turn);
        node = turn.State.Nodes[e.Node];
        foreach (var i in turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Absent && i.Phase > InstancePhase.Placed).ToList())
        {
            // It was there and shall go: whatever goal state the agent has, one that is not there any more has gone.
            if (e.Instances.All(r => r.Instance != i.Id))
            {
                InstanceLife.Gone(turn, new FabricEvent.InstanceGone(e.At, node.Id, i.Id));
            }
        }

        node = turn.State.Nodes[e.Node];
        if (node.GoalGeneration > e.Generation)
        {
            turn.ResendGoalOf(node.Id);
            return;
        }

        if (e.Generation > node.GoalGeneration)
        {
            // The agent is ahead of us: a node that was taken away and came back, or an older store put back in
            // place. It would refuse all that we say, so our numbers go on from its own.
            turn.Put(node with { GoalGeneration = e.Generation });
            turn.ChangeGoalOf(node.Id);
        }

        // It has our goal state; that it said so may have been lost, and so may what it said of instances that are gone.
        InstanceLife.GoalAccepted(turn, new FabricEvent.GoalAccepted(e.At, node.Id, e.Generation));
        foreach (var i in turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Absent).ToList())
        {
            if (e.Instances.All(r => r.Instance != i.Id))
            {
                InstanceLife.Gone(turn, new FabricEvent.InstanceGone(e.At, node.Id, i.Id));
            }
        }
    }
}
