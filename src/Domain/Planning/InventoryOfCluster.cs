// How does a cluster look to those who plan its maintenance (M1)? The one place that knows both the controller's state
// and the planner's inventory.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Planning;

/// <summary>What a rollout knows of its nodes, and the cluster does not.</summary>
/// <param name="IsDue">True for a node that the rollout has still to go to, or is at.</param>
/// <param name="BeganAt">When its maintenance began; null while it has not.</param>
/// <param name="Takes">How long its maintenance is predicted to take (M3).</param>
/// <param name="MayMove">True for an instance that may be migrated live.</param>
public sealed record RolloutView(
    Func<FabricNode, bool> IsDue, Func<FabricNode, Instant?> BeganAt, Func<FabricNode, Duration> Takes,
    Func<FabricInstance, bool> MayMove);

/// <summary>Makes inventories of clusters.</summary>
public static class InventoryOfCluster
{
    /// <summary>
    /// The cluster as it is now. Nodes that nobody may touch (not ready, in trouble, the controller's own) are not due,
    /// whatever the rollout thinks; instances that their owners have stopped were promised nothing while they are.
    /// </summary>
    public static MaintenanceInventory Of(
        ClusterState state, Instant now, RolloutView rollout, int maxConcurrentNodes, HealthSettings health)
    {
        var nodes = ImmutableArray.CreateBuilder<MaintainedNode>(state.Nodes.Count);
        foreach (var node in state.Nodes.Values)
        {
            var hardware = state.Hardware(node.Id);
            var began = rollout.BeganAt(node);
            nodes.Add(new MaintainedNode(
                node.Id, rollout.Takes(node), [.. state.On(node.Id).Select(i => Maintained(i, rollout))])
            {
                Due = rollout.IsDue(node) && (began is not null || MayTouch(state, node)),
                BeganAt = began,
                FaultDomain = hardware.FaultDomain,
                Total = hardware.Total,
                Free = state.Capacity.FreeOf(node.Id),
                TakesInstances = state.IsSchedulable(node) && node.Owner is null,
                Version = node.Versions?.ToString() ?? node.HostOs ?? "",
            });
        }

        var down = ImmutableArray.CreateBuilder<InstanceDown>();
        foreach (var i in state.Instances.Values)
        {
            if (i.Group is { } group && Promise.IsDown(i) && Promise.Holds(i, now, health))
            {
                down.Add(new InstanceDown(i.Id, group, i.UpdateDomain, i.Node, Promise.HoldsUntil(i, health)));
            }
        }

        return new MaintenanceInventory(now, nodes.MoveToImmutable(), down.DrainToImmutable(), maxConcurrentNodes);
    }

    private static MaintainedInstance Maintained(FabricInstance i, RolloutView rollout) => new(
        i.Id, i.Power == PowerGoal.Running ? i.Group : null, i.UpdateDomain, i.Needs,
        i.IsHealthy && i.Planned is null && i.NodeDrain is null && i.HostOwner is null && !i.Isolated && rollout.MayMove(i));

    private static bool MayTouch(ClusterState state, FabricNode node) =>
        !state.Hardware(node.Id).FcReserved && node.State == NodeState.Ready
        && node.IsWell;
}
