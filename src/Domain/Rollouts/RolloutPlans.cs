// M2: the plan of a rollout in one cluster, made from the cluster as it is and from what the ladder predicts for each node.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Rollouts;

/// <summary>What a rollout would do to a node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Report">The ladder.</param>
public sealed record NodeForecast(NodeId Node, LadderReport Report);

/// <summary>A cluster as a rollout finds it: what it would do to each node, and what a plan is made from.</summary>
/// <param name="Nodes">Forecasts of the nodes that are to be done, in order of id.</param>
/// <param name="Inventory">What a plan is made from.</param>
public sealed record RolloutForecast(ImmutableArray<NodeForecast> Nodes, MaintenanceInventory Inventory);

/// <summary>Plans a cluster's nodes.</summary>
public static class RolloutPlans
{
    /// <summary>The cluster as a rollout of the update finds it now.</summary>
    public static RolloutForecast Forecast(Turn turn, HostUpdate update, int maxConcurrentNodes)
    {
        var forecasts = turn.State.Nodes.Values
            .Where(n => RolloutNodes.IsFor(turn.State, n) && !update.Versions.IsIn(n.Versions))
            .OrderBy(n => n.Id.Value, StringComparer.Ordinal)
            .Select(n => new NodeForecast(n.Id, MaintenanceGate.Climb(turn, n, update))).ToImmutableArray();
        var choices = forecasts.Where(f => f.Report.Choice is not null).ToDictionary(f => f.Node, f => f.Report.Choice!);
        return new RolloutForecast(forecasts, InventoryOf(
            turn, choices, _ => null, i => turn.Settings.Rollouts.MostMoves > 0 && MayMigrate.Ever(turn, i) is null, maxConcurrentNodes));
    }

    /// <summary>
    /// The order in which the nodes that are still ahead are asked, from where the cluster stands now: what is under way goes on. What
    /// was to be moved live has been, or is left.
    /// </summary>
    internal static ImmutableArray<NodeId> Rest(Turn turn, ClusterRollout r)
    {
        var (choices, ladders) = (new Dictionary<NodeId, MaintenanceChoice>(), RolloutQueue.Of(turn.State, r).Ladders);
        foreach (var node in turn.State.Nodes.Values)
        {
            if (node.Maintenance is { } m)
            {
                choices.Add(node.Id, m.Choice);
            }
            else if (RolloutNodes.IsRemaining(turn.State, r, node) && RolloutNodes.UpdateOf(r, node) is { } update
                && ladders.Of(turn, node, update, deadline: null).Choice is { } choice)
            {
                choices.Add(node.Id, choice);
            }
        }

        var now = InventoryOf(turn, choices, n => n.Maintenance?.BeganAt, _ => false, r.Part.MaxConcurrentNodes);
        var first = OrderOf(MaintenancePlanner.Replan(r.Order, now, Settings(turn.Settings.Rollouts) with { MostMoves = 0 }));
        return [.. first, .. r.Order.Except(first)];
    }

    /// <summary>The order in which a plan's nodes are asked: those last that no moment will do for.</summary>
    public static ImmutableArray<NodeId> OrderOf(MaintenancePlan plan) => [.. plan.Order, .. plan.Left.Select(l => l.Node)];

    /// <summary>How plans of rollouts are made.</summary>
    public static PlanSettings Settings(RolloutSettings rollouts) => PlanSettings.Default with { MostMoves = rollouts.MostMoves };

    /// <summary>
    /// The order in which the nodes are asked: the first plan's, with those last that no moment will do for; and what is moved live
    /// before that.
    /// </summary>
    internal static (ImmutableArray<NodeId> Order, ImmutableArray<PlannedMove> Moves) Of(Turn turn, RolloutPart part)
    {
        var plan = MaintenancePlanner.Plan(Forecast(turn, part.Update, part.MaxConcurrentNodes).Inventory, Settings(turn.Settings.Rollouts));
        return (OrderOf(plan), plan.Moves);
    }

    private static MaintenanceInventory InventoryOf(
        Turn turn, Dictionary<NodeId, MaintenanceChoice> choices, Func<FabricNode, Instant?> beganAt, Func<FabricInstance, bool> mayMove, int maxConcurrentNodes)
    {
        var inventory = InventoryOfCluster.Of(
            turn.State, turn.Now,
            new RolloutView(n => choices.ContainsKey(n.Id), beganAt, n => choices.GetValueOrDefault(n.Id)?.NodeTakes ?? Duration.Zero, mayMove),
            maxConcurrentNodes, turn.Settings.Health);
        return inventory with
        {
            // What is not felt holds up nobody: such nodes may all go at once.
            Nodes = [.. inventory.Nodes.Select(n => choices.TryGetValue(n.Id, out var c) && !c.TakesOffline(turn.Settings.Maintenance)
                ? n with { Instances = [.. n.Instances.Select(i => i with { Group = null })] }
                : n)],
        };
    }
}
