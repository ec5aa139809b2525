// What the front end has to know about the fabric before any placement, from the present topology.
using Rdfe.Domain;
using Rdfe.Domain.Placement;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Regions and clusters of the topology.</summary>
public sealed class CatalogueDirectory(FabricCatalogue catalogue) : IFabricDirectory
{
    /// <inheritdoc/>
    public IReadOnlyCollection<RegionId> Regions => [.. catalogue.Topology.Regions.Select(r => r.Id)];

    /// <inheritdoc/>
    public RegionId? Find(string region) => catalogue.Topology.FindRegion(region)?.Id;

    /// <inheritdoc/>
    public IReadOnlyList<ClusterId> ClustersOf(RegionId region) =>
        [.. (catalogue.Topology.Find(region)?.Clusters ?? []).Select(c => c.Id)];
}

/// <summary>Storage accounts and affinity groups go to the least loaded cluster, by the selection of services (R4, R5).</summary>
public sealed class LeastLoaded(PlacementDesk desk) : IClusterPicker
{
    /// <inheritdoc/>
    public Outcome<ClusterId> Pick(UnitOfWork unit, RegionId region)
    {
        var choice = ClusterSelector.Rank(desk.LoadsOf(unit, region), new ClusterAsk(region, null, 0, 0, [], []));
        return choice.Ranked.IsEmpty
            ? Refusals.Conflict("allocationFailed", $"No cluster of {region} is open.")
            : choice.Ranked[0];
    }
}
