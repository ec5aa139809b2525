// P5: the goal state of a node, derived from what is placed there. It is not stored twice: the node's row keeps the
// generation, the instances' rows keep the rest.
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.Fabric;

/// <summary>Builds goal states.</summary>
public static class GoalStates
{
    /// <summary>The goal state of <paramref name="node"/> as the cluster's state has it now.</summary>
    public static NodeGoal Of(ClusterState state, NodeId node)
    {
        var n = state.Nodes[node];
        var goals = ImmutableArray.CreateBuilder<InstanceGoal>();
        foreach (var i in state.On(node))
        {
            if (i.Power != PowerGoal.Absent)
            {
                goals.Add(Of(state, i, node));
            }
        }

        // What arrives is not swept away by a goal state that does not know it (M4).
        goals.AddRange(state.ArrivingAt(node).Where(i => i.Power != PowerGoal.Absent)
            .Select(i => Of(state, i, node) with { Lease = i.Lease + 1 }));

        return new NodeGoal(node, n.GoalGeneration, n.HostOs, n.Owner, goals.ToImmutable());
    }

    private static InstanceGoal Of(ClusterState state, FabricInstance i, NodeId on) => new(
        i.Id, i.Kind, i.Image, state.Deployments.GetValueOrDefault(i.Owner)?.Model.ImageMib ?? 0, i.GuestOs, i.Needs, i.Dip,
        i.Power, i.BootGeneration, i.ImageGeneration, i.ConfigGeneration, i.RoleGeneration, i.Lease,
        i.Kind != InstanceKind.VirtualMachine ? state.Nodes[on].Versions?.GuestAgent : null, Moves: i.Migration is not null);
}
