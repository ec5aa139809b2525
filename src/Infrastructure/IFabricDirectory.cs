// What the front end has to know about the fabric before any placement: which regions there are, and their clusters.
using Microsoft.Extensions.Options;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Infrastructure;

public interface IFabricDirectory
{
    IReadOnlyCollection<RegionId> Regions { get; }

    /// <summary>The region of that name whatever its case; null when there is none.</summary>
    RegionId? Find(string region);

    IReadOnlyList<ClusterId> ClustersOf(RegionId region);
}

/// <summary>Chooses the cluster of a storage account inside the unit that creates it (R4).</summary>
public interface IClusterPicker
{
    Outcome<ClusterId> Pick(UnitOfWork unit, RegionId region);
}

/// <summary>
/// Says who still needs something that is to be deleted; every area that refers to names registers one.
/// </summary>
public interface IResourceUse
{
    /// <summary>For instance "the production deployment"; null when it is free to go.</summary>
    string? WhoUses(UnitOfWork unit, SubscriptionId subscription, string kind, string nameKey);
}

/// <summary>Regions and clusters from the settings.</summary>
public sealed class SettingsDirectory(IOptions<RdfeOptions> options) : IFabricDirectory
{
    public IReadOnlyCollection<RegionId> Regions { get; } =
        [.. options.Value.Regions.Keys.Order(StringComparer.Ordinal).Select(r => new RegionId(r))];

    public RegionId? Find(string region) => Regions
        .Where(r => string.Equals(r.Value, region, StringComparison.OrdinalIgnoreCase))
        .Select(r => (RegionId?)r).FirstOrDefault();

    public IReadOnlyList<ClusterId> ClustersOf(RegionId region) =>
        options.Value.Regions.TryGetValue(region.Value, out var clusters)
            ? [.. clusters.Select(c => new ClusterId(c))]
            : [];
}

/// <summary>The cluster with the fewest accounts, in name order where equal.</summary>
public sealed class FewestAccounts(IFabricDirectory fabric) : IClusterPicker
{
    public Outcome<ClusterId> Pick(UnitOfWork unit, RegionId region)
    {
        var clusters = fabric.ClustersOf(region);
        return clusters.Count == 0
            ? Refusals.Conflict("allocationFailed", $"The region {region} has no cluster.")
            : clusters.OrderBy(c => unit.Db.Set<StorageAccountRow>().Count(a => a.Cluster == c))
                .ThenBy(c => c.Value, StringComparer.Ordinal).First();
    }
}
