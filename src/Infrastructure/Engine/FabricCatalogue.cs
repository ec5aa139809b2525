// The operator's documents, as values in memory: topology, sizes, images. Replaced as a whole when a commit changes
// them; readers see one version or the next, never a mixture.
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Images;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Sizes;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Engine;

/// <summary>The present documents.</summary>
public sealed class FabricCatalogue(FabricTopology topology, SizeCatalogue sizes, ImageRepository images)
{
    private volatile FabricTopology topology = topology;
    private volatile SizeCatalogue sizes = sizes;
    private volatile ImageRepository images = images;

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

    /// <summary>A cluster's figures with what the topology knows of it (R5).</summary>
    public ClusterLoad LoadOf(ClusterLoadRow row) => new(
        row.Cluster, row.Region, row.VipsUsed, row.VipsAllocatable, row.CoresUsed + row.CoresInFlight, row.CoresAllocatable,
        Enabled: true, ClosedBecause: null, [.. Topology.Find(row.Cluster)?.Families ?? []]);

    /// <summary>The figures of all the region's clusters.</summary>
    public ImmutableArray<ClusterLoad> LoadsOf(IEnumerable<ClusterLoadRow> rows) => [.. rows.Select(LoadOf)];
}
