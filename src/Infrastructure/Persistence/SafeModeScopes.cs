// Where nothing may change for now (L3): the scopes by name, and the question that a cluster's commit asks.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence;

public static class SafeModeScopes
{
    public const string All = "all";

    // Every cluster asks it whenever it looks into its inbox, so that it pays to have it compiled once.
    private static readonly Func<RdfeDbContext, string, string, bool> AnyOf = EF.CompileQuery(
        (RdfeDbContext db, string region, string cluster) =>
            db.Set<SafeModeRow>().Any(r => r.Scope == All || r.Scope == region || r.Scope == cluster));

    public static string Of(RegionId region) => "region/" + region;

    public static string Of(ClusterId cluster) => "cluster/" + cluster;

    /// <summary>The scopes that a cluster is in, the widest first.</summary>
    public static IReadOnlyList<string> Around(ClusterId cluster, RegionId region) => [All, Of(region), Of(cluster)];

    /// <summary>True when the cluster may not begin anything, as the store has it in this unit.</summary>
    public static bool Holds(UnitOfWork unit, ClusterId cluster, RegionId region) =>
        Around(cluster, region).Any(scope => unit.Find<SafeModeRow>(scope) is not null);

    /// <summary>The same for a reader.</summary>
    public static bool Holds(RdfeDbContext db, ClusterId cluster, RegionId region) => AnyOf(db, Of(region), Of(cluster));
}
