// From a document without errors to the things of the fabric: ids, fault domains, and the nodes of the fabric
// controller.
using System.Collections.Immutable;
using System.Globalization;

namespace Rdfe.Domain.Topology;

internal static class TopologyBuilder
{
    public static FabricTopology Build(
        string? description, ImmutableArray<HardwareProfile> hardware, ImmutableArray<RegionDraft> regions) => new(
            description,
            hardware,
            [.. regions.GroupBy(r => r.Geo!, StringComparer.OrdinalIgnoreCase).Select(g => BuildGeo(g.Key, g))]);

    public static RackId RackIdOf(string cluster, string rack) => new(Id($"{cluster}-{rack}"));

    /// <summary>
    /// Two digits at least and never more than needed, so that the ids stay when a rack grows past 99.
    /// </summary>
    public static NodeId NodeIdOf(RackId rack, int number) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{rack.Value}-n{number:00}"));

    private static Geo BuildGeo(string name, IEnumerable<RegionDraft> drafts)
    {
        var geo = new GeoId(Id(name));
        return new Geo(geo, [.. drafts.Select(draft => BuildRegion(draft, geo))]);
    }

    private static Region BuildRegion(RegionDraft draft, GeoId geo)
    {
        var region = new RegionId(Id(draft.Name!));
        var pair = new RegionId(Id(draft.Pair!));
        return new Region(region, geo, pair, [.. draft.Clusters.Select(c => BuildCluster(c, region))]);
    }

    private static Cluster BuildCluster(ClusterDraft draft, RegionId region)
    {
        var cluster = new ClusterId(Id(draft.Name!));
        var racks = draft.Racks.Select((rack, fd) => BuildRack(rack, cluster, fd, hasController: fd < draft.Replicas));
        return new Cluster(cluster, region, draft.VipPool!.Value, draft.DipPool!.Value, draft.Replicas, [.. racks]) { Network = draft.Network };
    }

    private static Rack BuildRack(RackDraft draft, ClusterId cluster, int faultDomain, bool hasController)
    {
        var rack = RackIdOf(cluster.Value, draft.Name);
        var nodes = ImmutableArray.CreateBuilder<Node>(draft.NodeCount);
        foreach (var (count, profile) in draft.Groups)
        {
            for (var i = 0; i < count; i++)
            {
                // F1: the top blades of the first racks are the fabric controller's, so that its replicas are in as
                // many FDs.
                var reserved = hasController && nodes.Count == 0;
                var id = NodeIdOf(rack, nodes.Count + 1);
                nodes.Add(new Node(id, rack, cluster, faultDomain, profile!, reserved, draft.State));
            }
        }

        return new Rack(rack, cluster, faultDomain, nodes.MoveToImmutable());
    }

    private static string Id(string name) => name.ToLowerInvariant();
}
