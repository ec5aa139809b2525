// What a new topology adds, takes away and changes (F1). Two documents may say the same in other words: only things
// count.
using System.Collections.Immutable;

namespace Rdfe.Domain.Topology;

/// <summary>A node that is in both topologies, and is not the same.</summary>
/// <param name="Before">As it was.</param>
/// <param name="After">As it will be.</param>
/// <param name="What">What is different, for people: <c>hardware</c>, <c>fault domain</c>, <c>controller</c>.</param>
public sealed record NodeChange(Node Before, Node After, ImmutableArray<string> What);

/// <summary>A cluster that is in both topologies, and is not the same apart from its racks and nodes.</summary>
/// <param name="Before">As it was.</param>
/// <param name="After">As it will be.</param>
/// <param name="What">What is different, for people: <c>region</c>, <c>vipPool</c>, <c>dipPool</c>,
/// <c>network</c>, <c>replicas</c>.</param>
public sealed record ClusterChange(Cluster Before, Cluster After, ImmutableArray<string> What);

/// <summary>The difference between two topologies, in the order of the documents.</summary>
/// <param name="AddedClusters">Clusters that are new.</param>
/// <param name="RemovedClusters">Clusters that are gone.</param>
/// <param name="ChangedClusters">Clusters that are different in themselves.</param>
/// <param name="AddedNodes">Nodes that are new, those of new clusters among them.</param>
/// <param name="RemovedNodes">Nodes that are gone, those of gone clusters among them.</param>
/// <param name="ChangedNodes">Nodes that are different.</param>
public sealed record TopologyDiff(
    ImmutableArray<Cluster> AddedClusters,
    ImmutableArray<Cluster> RemovedClusters,
    ImmutableArray<ClusterChange> ChangedClusters,
    ImmutableArray<Node> AddedNodes,
    ImmutableArray<Node> RemovedNodes,
    ImmutableArray<NodeChange> ChangedNodes)
{
    /// <summary>True when no cluster and no node is added, removed or changed.</summary>
    public bool IsEmpty =>
        AddedClusters.IsEmpty && RemovedClusters.IsEmpty && ChangedClusters.IsEmpty
        && AddedNodes.IsEmpty && RemovedNodes.IsEmpty && ChangedNodes.IsEmpty;

    /// <summary>Compares two topologies.</summary>
    public static TopologyDiff Between(FabricTopology before, FabricTopology after) => new(
        [.. after.Clusters.Where(c => before.Find(c.Id) is null)],
        [.. before.Clusters.Where(c => after.Find(c.Id) is null)],
        [.. before.Clusters.Select(c => Compare(c, after.Find(c.Id))).OfType<ClusterChange>()],
        [.. after.Nodes.Where(n => before.Find(n.Id) is null)],
        [.. before.Nodes.Where(n => after.Find(n.Id) is null)],
        [.. before.Nodes.Select(n => Compare(n, after.Find(n.Id))).OfType<NodeChange>()]);

    private static ClusterChange? Compare(Cluster before, Cluster? after)
    {
        if (after is null)
        {
            return null;
        }

        var what = ImmutableArray.CreateBuilder<string>();
        Add(what, "region", before.Region != after.Region);
        Add(what, "vipPool", before.VipPool != after.VipPool);
        Add(what, "dipPool", before.DipPool != after.DipPool);
        Add(what, "network", before.Network != after.Network);
        Add(what, "replicas", before.ControllerReplicas != after.ControllerReplicas);
        return what.Count == 0 ? null : new ClusterChange(before, after, what.ToImmutable());
    }

    // The initial state is no difference: it says how a node is first seen, and this one has been seen.
    private static NodeChange? Compare(Node before, Node? after)
    {
        if (after is null)
        {
            return null;
        }

        var what = ImmutableArray.CreateBuilder<string>();
        Add(what, "hardware", before.Family != after.Family || before.Total != after.Total);
        Add(what, "fault domain", before.FaultDomain != after.FaultDomain);
        Add(what, "controller", before.FcReserved != after.FcReserved);
        return what.Count == 0 ? null : new NodeChange(before, after, what.ToImmutable());
    }

    private static void Add(ImmutableArray<string>.Builder what, string name, bool differs)
    {
        if (differs)
        {
            what.Add(name);
        }
    }
}
