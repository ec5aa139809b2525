// How a rollout is told (M5, M6): as it was asked, how it stands, and how far each cluster has come with it.
using NodaTime;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Api.Features.Rollouts;

/// <param name="Clusters">In how many clusters of the scope; all of them where absent.</param>
/// <param name="Share">Which share of each of these clusters' nodes is done when it is over. All where absent.</param>
/// <param name="Bake">How long it is watched before the next stage begins.</param>
public sealed record StageView(string Name, int? Clusters = null, double? Share = null, Duration? Bake = null);

public sealed record FailedNodeView(string Node, string Why, Instant At);

/// <param name="Stage">notStarted, working, baking, done or stopped.</param>
/// <param name="Nodes">Nodes that it goes over here.</param>
/// <param name="Done">Nodes that have the update.</param>
/// <param name="UnderWay">Nodes on which it is being installed.</param>
/// <param name="Waiting">Nodes that wait for their tenants' moments, once all others are done; the next wave does not wait for them.</param>
/// <param name="BakeUntil">Until when it is watched; absent while it is not.</param>
/// <param name="HeldBecause">Why it stands still; absent while it goes on.</param>
/// <param name="Staging">How far its nodes have come with fetching the image before their turn; absent where nothing is fetched so.</param>
/// <param name="Blocker">What keeps it from the next node; absent while a node is under way or nothing is left.</param>
public sealed record ClusterRolloutView(
    string Cluster, ClusterStage Stage, int Nodes, int Done, IReadOnlyList<string> UnderWay, IReadOnlyList<FailedNodeView> Failed,
    int Waiting, Instant? BakeUntil, string? HeldBecause, ClusterStagingView? Staging, BlockerView? Blocker);

/// <param name="Number">From 1.</param>
/// <param name="Clusters">The clusters that go at the same time: never of both regions of a pair.</param>
public sealed record WaveView(int Number, string Stage, IReadOnlyList<string> Clusters);

public sealed record RolloutOrderView(string By, string Reason, Instant At);

/// <param name="Wave">The wave that it is in, from 1.</param>
/// <param name="SelfServiceUntil">Until when owners of virtual machines choose their own moment.</param>
/// <param name="ForcedAt">From when on tenants' windows are no longer waited for.</param>
public sealed record RolloutView(
    string Name, string HostUpdate, RolloutStatus Status, string? PausedBecause, int Wave, IReadOnlyList<WaveView> Waves,
    IReadOnlyList<StageView> Stages, int MaxConcurrentNodes, int MaxFailures, Instant SelfServiceUntil, Instant ForcedAt,
    IReadOnlyList<ClusterRolloutView> Clusters, RolloutOrderView? Override, string Operation, Instant CreatedAt, Instant? EndedAt, string Etag)
{
    public static string ETagOf(Rollout r) => ETags.Of(r.Spec);

    public static RolloutView Of(
        Rollout r, IReadOnlyDictionary<ClusterId, ClusterRollout> inClusters, ILookup<ClusterId, FabricNode> nodes,
        IReadOnlyDictionary<ClusterId, ClusterStagingView> staging, Call call) => new(
        r.Name, r.Spec.HostUpdate, r.Status, r.PausedBecause, r.Wave + 1,
        [.. r.Waves.Select((w, i) => new WaveView(i + 1, w.Stage, [.. w.Targets.Select(t => t.Cluster.Value)]))],
        [.. r.Spec.Stages.Select(s => new StageView(s.Name, s.Clusters, s.Share, s.Bake))],
        r.Spec.MaxConcurrentNodes, r.Spec.MaxFailures, r.SelfServiceUntil, r.ForcedAt,
        [.. r.Clusters.Select(c => ClusterOf(r, c, inClusters.GetValueOrDefault(c.Cluster), [.. nodes[c.Cluster]], staging.GetValueOrDefault(c.Cluster)))],
        r.Override is { } o ? new RolloutOrderView(o.By, o.Reason, o.At) : null,
        call.Absolute($"/fabric/operations/{r.Operation}"), r.CreatedAt, r.EndedAt, ETagOf(r));

    private static ClusterRolloutView ClusterOf(Rollout r, ClusterReport report, ClusterRollout? now, IReadOnlyList<FabricNode> nodes, ClusterStagingView? staging)
    {
        var there = now is not null && now.Part.Rollout == r.Name ? now : null;
        return new(
            report.Cluster.Value, there?.Stage ?? report.Stage, nodes.Count, nodes.Count(n => r.Update.Versions.IsIn(n.Versions)),
            [.. (there?.UnderWay ?? []).Select(t => t.Node.Value)],
            [.. (there?.Failed ?? []).Select(f => new FailedNodeView(f.Node.Value, f.Why, f.At))],
            there?.Waiting ?? 0, there?.BakeUntil, there?.HeldBecause ?? report.Why, staging,
            BlockerView.Of(there?.Blocker));
    }
}
