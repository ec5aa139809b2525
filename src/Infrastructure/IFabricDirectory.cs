// What the front end has to know about the fabric before any placement: which regions there are, and their clusters.
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

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
