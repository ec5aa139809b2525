// The operator's documents, as values in memory: topology, sizes, images, bundles. Replaced as a whole when a commit changes
// them; readers see one version or the next, never a mixture.
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Health;
using Rdfe.Domain.Images;
using Rdfe.Domain.Placement;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Sizes;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Engine;

/// <summary>The present documents.</summary>
public sealed class FabricCatalogue(FabricTopology topology, SizeCatalogue sizes, ImageRepository images, BundleShelf bundles) : IReloads
{
    private volatile FabricTopology topology = topology;
    private volatile SizeCatalogue sizes = sizes;
    private volatile ImageRepository images = images;
    private volatile BundleShelf bundles = bundles;
    private volatile ImmutableDictionary<string, string> safeMode = ImmutableDictionary<string, string>.Empty;
    private volatile ImmutableDictionary<ClusterId, string> braked = ImmutableDictionary<ClusterId, string>.Empty;

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

    /// <summary>The bundles (F5).</summary>
    public BundleShelf Bundles
    {
        get => bundles;
        set => bundles = value;
    }

    /// <summary>Bounds of notices of service health (W4), for the units that write them outside of clusters.</summary>
    public ServiceHealthSettings ServiceHealth { get; set; } = new();

    /// <summary>Clusters that take nothing new for now, and why; new services go to others meanwhile.</summary>
    public ConcurrentDictionary<ClusterId, string> Closed { get; } = new();

    /// <summary>Clusters whose brakes hold, and why (L2): they take nothing new, overridden or not.</summary>
    public ImmutableDictionary<ClusterId, string> Braked
    {
        get => braked;
        set => braked = value;
    }

    /// <summary>Takes note of a cluster's brakes as they were committed. Called on the committer's thread alone.</summary>
    public void Note(ClusterId cluster, ClusterHealth health) =>
        Braked = WhyBraked(health) is { } why ? Braked.SetItem(cluster, why) : Braked.Remove(cluster);

    /// <summary>Why a cluster of that health takes nothing new; null when its brakes are off.</summary>
    public static string? WhyBraked(ClusterHealth health) =>
        health.BrakedSince is not null ? $"braked: {health.HumanInvestigate} nodes are in Human Investigate"
        : health.BlindSince is not null ? $"braked: {health.SilentNodes} nodes fell silent at once"
        : null;

    /// <summary>Clusters and regions that are read-only (L3), by scope.</summary>
    public ImmutableDictionary<string, string> SafeMode
    {
        get => safeMode;
        set => safeMode = value;
    }

    /// <inheritdoc/>
    public void Reload(RdfeDbContext db)
    {
        var stored = FabricStartup.Stored(db)
            ?? throw new InvalidOperationException("The store that took the place of another one has no topology.");
        (Topology, Sizes, Images, Bundles) = (stored.Topology, stored.Sizes, stored.Images, stored.Bundles);
        (SafeMode, Braked) = (stored.SafeMode, stored.Braked);
        Closed.Clear();
    }

    /// <summary>Why the cluster takes nothing new; null when it is open.</summary>
    public string? WhyClosed(ClusterId cluster, RegionId region) =>
        Closed.TryGetValue(cluster, out var why) || Braked.TryGetValue(cluster, out why) ? why
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
