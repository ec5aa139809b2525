// M1, M2, W1: which node is next, and why each other one waits. The plan gives the order; the promise, the tenants and the limits
// say whether its moment has come.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Rollouts;

/// <summary>Nodes of a rollout in a cluster.</summary>
public static class RolloutNodes
{
    /// <summary>Nodes that a rollout is for: all but the controller's own and those that are out for good.</summary>
    public static bool IsFor(ClusterState state, FabricNode node) =>
        !state.Hardware(node.Id).FcReserved && node.State != NodeState.Decommissioned;

    /// <summary>True for a node that is still to be done, sooner or later.</summary>
    public static bool IsRemaining(ClusterState state, ClusterRollout r, FabricNode node) =>
        (r.RollsBack ? BackTo(r, node) is { } back && !back.Versions.IsIn(node.Versions) : !r.Part.Update.Versions.IsIn(node.Versions))
        && !r.HasFailedOn(node.Id) && IsFor(state, node);

    /// <summary>
    /// Nodes that are still to be done in this wave, in order. A node that is not there to be done now (out for repair, being
    /// provisioned, silent) is not waited for; it gets the update when it comes back.
    /// </summary>
    public static IEnumerable<FabricNode> Remaining(ClusterState state, ClusterRollout r)
    {
        var left = r.RollsBack ? int.MaxValue : LeftInWave(state, r);
        if (left <= 0)
        {
            return [];
        }

        var known = r.Order.Where(state.Nodes.ContainsKey).Select(id => state.Nodes[id]);
        IEnumerable<FabricNode> others = r.Order.Length >= state.Nodes.Count ? []
            : state.Nodes.Values.ExceptBy(r.Order, n => n.Id).OrderBy(n => n.Id.Value, StringComparer.Ordinal);
        return known.Concat(others).Where(n => IsNext(state, r, n));
    }

    /// <summary>What the cluster says of itself to whoever conducts the rollout.</summary>
    public static ClusterReport ReportOf(ClusterState state, ClusterRollout r)
    {
        var all = state.Nodes.Values.Where(n => IsFor(state, n)).ToList();
        return new ClusterReport(
            state.Id, r.Stage, all.Count, all.Count(n => r.Part.Update.Versions.IsIn(n.Versions)), r.Failed.Length,
            r.Stage == ClusterStage.Stopped ? r.HeldBecause : null, r.Stage is ClusterStage.Baking or ClusterStage.Done ? r.Waiting : 0);
    }

    /// <summary>Begins with every node whose moment and turn have come.</summary>
    internal static (ClusterRollout Rollout, QueueAnswer Answer) BeginNext(Turn turn, ClusterRollout r)
    {
        var queue = RolloutQueue.Of(turn.State, r);
        var free = r.Part.MaxConcurrentNodes - r.UnderWay.Length;
        if (free <= 0)
        {
            return (r, queue.Full());
        }

        var asked = queue.ToAsk(turn, r);
        var left = r.RollsBack || asked.Count == 0 ? int.MaxValue : LeftInWave(turn.State, r);
        var count = 0;
        while (count < asked.Count && free > 0 && left > 0)
        {
            var node = asked[count++];
            var (choice, wait) = WhyNot(turn, queue, r, node);
            if (wait is null && queue.Ladders.Forget(node.Id))
            {
                // It is begun with: what goes on record is what the ladder says now.
                (choice, wait) = WhyNot(turn, queue, r, node);
            }

            queue.Keep(node.Id, wait);
            if (wait is not null)
            {
                continue;
            }

            if (choice is null)
            {
                r = r with { Failed = r.Failed.Add(new NodeFailed(node.Id, "no technology can bring the update onto it", turn.Now)) };
                turn.Say("rolloutNodeFailed", node.Id.Value, r.Failed[^1].Why);
                continue;
            }

            r = r.Touch(node);
            Maintaining.Begin(turn, turn.State.Nodes[node.Id], choice);
            (free, left) = (free - 1, left - 1);
        }

        return (r, queue.Asked(turn, r, count, asked.Skip(count)));
    }

    // What would be done to a node now, and what keeps it from being begun with; neither where nothing can be done at all.
    private static (MaintenanceChoice? Choice, NodeWaits? Waits) WhyNot(Turn turn, RolloutQueue queue, ClusterRollout r, FabricNode node)
    {
        if (UpdateOf(r, node) is not { } update)
        {
            return (null, null);
        }

        var report = queue.Ladders.Of(turn, node, update, r.Part.ForcedAt > turn.Now ? r.Part.ForcedAt : null);
        if (report.Choice is not { } choice)
        {
            return (null, null);
        }

        var blocker = TenantMoments.Forbids(turn, r, node, report) ?? MaintenanceGate.Forbids(turn, node, choice, []);
        return (choice, blocker is not null ? NodeWaits.For(blocker) : NodeTurns.Forbids(turn, queue, node, choice));
    }

    /// <summary>True for a node that is still to be done and can be begun with as far as it is concerned.</summary>
    internal static bool IsNext(ClusterState state, ClusterRollout r, FabricNode node) =>
        node.Maintenance is null && IsThere(node) && IsRemaining(state, r, node);

    // The share counts what has it already and what is under way; a canary of nothing would watch nothing, so it is one at least.
    private static int LeftInWave(ClusterState state, ClusterRollout r)
    {
        if (r.Part.Share >= 1)
        {
            return int.MaxValue;
        }

        var all = state.Nodes.Values.Where(n => IsFor(state, n)).ToList();
        var wanted = Math.Max(1, (int)Math.Ceiling(all.Count * r.Part.Share));
        return wanted - all.Count(n => n.Maintenance?.Update == r.Part.Update.Name || r.Part.Update.Versions.IsIn(n.Versions));
    }

    /// <summary>True for a node that can be worked on now.</summary>
    internal static bool IsThere(FabricNode node) =>
        node is { State: NodeState.Ready, IsWell: true };

    /// <summary>What a node gets: on the way back, what it had; null where that is not known.</summary>
    internal static HostUpdate? UpdateOf(ClusterRollout r, FabricNode node) => r.RollsBack ? BackTo(r, node) : r.Part.Update;

    private static HostUpdate? BackTo(ClusterRollout r, FabricNode node)
    {
        if (r.Touched.FirstOrDefault(t => t.Node == node.Id) is not { Before: { } before } touched
            || HostUpdate.ComponentOf(r.Part.Update.Component) is not { } component || before[component] is not { } version)
        {
            return null;
        }

        return r.Part.Update with { Version = version, Image = r.Part.Update.Image is null ? null : touched.Image };
    }
}
