// Where nothing may change for now (L3): the scopes by name, and the question that a cluster's commit asks.
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence;

public static class SafeModeScopes
{
    public const string All = "all";

    public static string Of(RegionId region) => "region/" + region;

    public static string Of(ClusterId cluster) => "cluster/" + cluster;

    /// <summary>The scopes that a cluster is in, the widest first.</summary>
    public static IReadOnlyList<string> Around(ClusterId cluster, RegionId region) => [All, Of(region), Of(cluster)];

    /// <summary>True when the cluster may not begin anything, as the store has it in this unit.</summary>
    public static bool Holds(UnitOfWork unit, ClusterId cluster, RegionId region) =>
        Around(cluster, region).Any(scope => unit.Find<SafeModeRow>(scope) is not null);

    /// <summary>The same for a reader.</summary>
    public static bool Holds(RdfeDbContext db, ClusterId cluster, RegionId region)
    {
        var scopes = Around(cluster, region);
        return db.Set<SafeModeRow>().Any(r => scopes.Contains(r.Scope));
    }
}
