// The operator's documents, as values in memory: topology, sizes, images. Replaced as a whole when a commit changes
// them; readers see one version or the next, never a mixture.
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Health;
using Rdfe.Domain.Images;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Sizes;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Engine;

/// <summary>The present documents.</summary>
public sealed class FabricCatalogue(FabricTopology topology, SizeCatalogue sizes, ImageRepository images)
{
    private volatile FabricTopology topology = topology;
    private volatile SizeCatalogue sizes = sizes;
    private volatile ImageRepository images = images;
    private volatile ImmutableDictionary<string, string> safeMode = ImmutableDictionary<string, string>.Empty;

    /// <summary>The topology (F1).</summary>
    public FabricTopology Topology
    {
        get => topology;
        set => topology = value;
    }

    /// <summary>The catalogue of sizes (D4).</summary>
    public SizeCatalogue Sizes
    {
        get => sizes;
        set => sizes = value;
    }

    /// <summary>The image repository (F4).</summary>
    public ImageRepository Images
    {
        get => images;
        set => images = value;
    }

    /// <summary>Clusters that take nothing new for now, and why; new services go to others meanwhile.</summary>
    public ConcurrentDictionary<ClusterId, string> Closed { get; } = new();

    /// <summary>Clusters whose brakes hold, and which (L2): they take nothing new, override or not.</summary>
    private readonly ConcurrentDictionary<ClusterId, string> braked = new();

    /// <summary>Takes note of a cluster's brakes as they were committed.</summary>
    public void Note(ClusterId cluster, ClusterHealth health)
    {
        if (health.BrakedSince is not null)
        {
            braked[cluster] = $"braked: {health.HumanInvestigate} nodes are in Human Investigate";
        }
        else if (health.BlindSince is not null)
        {
            braked[cluster] = $"braked: {health.SilentNodes} nodes fell silent at once";
        }
        else
        {
            braked.TryRemove(cluster, out _);
        }
    }

    /// <summary>Clusters and regions that are read-only (L3), by scope.</summary>
    public ImmutableDictionary<string, string> SafeMode
    {
        get => safeMode;
        set => safeMode = value;
    }

    /// <summary>Why the cluster takes nothing new; null when it is open.</summary>
    public string? WhyClosed(ClusterId cluster, RegionId region) =>
        Closed.TryGetValue(cluster, out var why) || braked.TryGetValue(cluster, out why) ? why
        : SafeMode.TryGetValue(SafeModeScopes.Of(cluster), out var reason) || SafeMode.TryGetValue(SafeModeScopes.Of(region), out reason)
            ? $"read-only: {reason}"
            : null;

    /// <summary>A cluster's figures with what the topology knows of it (R5).</summary>
    public ClusterLoad LoadOf(ClusterLoadRow row) => new(
        row.Cluster, row.Region, row.VipsUsed, row.VipsAllocatable, row.CoresUsed + row.CoresInFlight, row.CoresAllocatable,
        Enabled: true, WhyClosed(row.Cluster, row.Region), [.. Topology.Find(row.Cluster)?.Families ?? []]);

    /// <summary>The figures of all the region's clusters.</summary>
    public ImmutableArray<ClusterLoad> LoadsOf(IEnumerable<ClusterLoadRow> rows) => [.. rows.Select(LoadOf)];
}
