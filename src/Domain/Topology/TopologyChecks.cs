// What can be wrong with a topology as a whole (F1): pairs, pools and sizes.
using System.Collections.Immutable;
using Rdfe.Domain.Documents;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Topology;

internal static class TopologyChecks
{
    /// <summary>
    /// Pairing is mutual and stays inside a geo: data that may not leave a geo is kept twice inside it.
    /// </summary>
    public static void Pairs(ImmutableArray<RegionDraft> regions, DocumentErrors errors)
    {
        var byName = regions
            .Where(r => r.Name is not null)
            .ToDictionary(r => r.Name!, StringComparer.OrdinalIgnoreCase);
        foreach (var region in regions.Where(r => r.Pair is not null))
        {
            if (WhyNotPaired(region, byName) is { } why)
            {
                errors.Add($"{region.Path}.pair", why);
            }
        }
    }

    /// <summary>No two pools share an address: an address must say whose it is.</summary>
    public static void PoolsApart(ImmutableArray<RegionDraft> regions, DocumentErrors errors)
    {
        var pools = regions
            .SelectMany(r => r.Clusters)
            .SelectMany(c => new[]
            {
                (Path: $"{c.Path}.vipPool", Pool: c.VipPool),
                (Path: $"{c.Path}.dipPool", Pool: c.DipPool),
            })
            .Where(p => p.Pool is not null)
            .Select((p, order) => (p.Path, Pool: p.Pool!.Value, Order: order))
            .OrderBy(p => p.Pool.Network).ThenBy(p => p.Pool.PrefixLength).ThenBy(p => p.Order);

        // Two blocks are nested or apart, so walking them by address, only those that enclose the present one stay
        // open.
        var open = new Stack<(string Path, AddressPool Pool, int Order)>();
        foreach (var pool in pools)
        {
            while (open.Count > 0 && open.Peek().Pool.Last < pool.Pool.Network)
            {
                open.Pop();
            }

            if (open.TryPeek(out var around))
            {
                // The one that comes later in the document is taken to be the mistake.
                var (first, second) = around.Order < pool.Order ? (around, pool) : (pool, around);
                errors.Add(second.Path, $"{second.Pool} shares addresses with {first.Pool} at {first.Path}.");
            }

            open.Push(pool);
        }
    }

    /// <summary>
    /// A cluster whose nodes cannot be filled for want of addresses is a mistake that shows only under load.
    /// </summary>
    public static void PoolsLargeEnough(
        ImmutableArray<RegionDraft> regions, TopologyLimits limits, DocumentErrors errors)
    {
        foreach (var cluster in regions.SelectMany(r => r.Clusters).Where(c => c.Sound))
        {
            var nodes = cluster.AllocatableCount;
            var vips = Math.Max(1, (nodes + limits.NodesPerVip - 1) / limits.NodesPerVip);
            Enough(cluster.VipPool, $"{cluster.Path}.vipPool", vips);
            Enough(cluster.DipPool, $"{cluster.Path}.dipPool", nodes * limits.DipsPerNode);

            void Enough(AddressPool? pool, string path, int needed)
            {
                if (pool is { } there && there.Usable < needed)
                {
                    errors.Add(path, $"{there} has {there.Usable} addresses; {nodes} nodes need at least {needed}.");
                }
            }
        }
    }

    /// <summary>The limits on nodes.</summary>
    public static void Size(ImmutableArray<RegionDraft> regions, TopologyLimits limits, DocumentErrors errors)
    {
        long all = 0;
        foreach (var cluster in regions.SelectMany(r => r.Clusters))
        {
            all += cluster.NodeCount;
            if (cluster.NodeCount > limits.NodesPerCluster)
            {
                errors.Add(
                    $"{cluster.Path}.racks",
                    $"The cluster has {cluster.NodeCount} nodes; at most {limits.NodesPerCluster} are allowed.");
            }

            if (cluster.Sound && cluster.AllocatableCount == 0)
            {
                errors.Add(
                    $"{cluster.Path}.racks", "The fabric controller takes every node; none is left for instances.");
            }
        }

        if (all > limits.Nodes)
        {
            errors.Add("$.geos", $"The topology has {all} nodes; at most {limits.Nodes} are allowed.");
        }
    }

    /// <summary>Rack "c" of cluster "a-b" and rack "b-c" of cluster "a" would have one id between them.</summary>
    public static void RackIds(ImmutableArray<RegionDraft> regions, DocumentErrors errors)
    {
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var cluster in regions.SelectMany(r => r.Clusters).Where(c => c.Name is not null))
        {
            foreach (var rack in cluster.Racks)
            {
                var id = TopologyBuilder.RackIdOf(cluster.Name!, rack.Name);
                if (!owners.TryAdd(id.Value, rack.Path))
                {
                    errors.Add(rack.Path, $"The rack's id would be '{id}', as that of {owners[id.Value]}.");
                }
            }
        }
    }

    private static string? WhyNotPaired(RegionDraft region, Dictionary<string, RegionDraft> byName)
    {
        if (!byName.TryGetValue(region.Pair!, out var pair))
        {
            return $"There is no region '{region.Pair}'.";
        }

        if (pair == region)
        {
            return "A region cannot be its own pair.";
        }

        if (pair.Geo != region.Geo)
        {
            return $"The region '{pair.Name}' is in another geo.";
        }

        // Said at one of the two only when that one is at fault: a pair that names nobody has its own error.
        return pair.Pair is null || region.Name is null
            || string.Equals(pair.Pair, region.Name, StringComparison.OrdinalIgnoreCase)
            ? null
            : $"The region '{pair.Name}' is paired with '{pair.Pair}'; pairing is mutual.";
    }
}
