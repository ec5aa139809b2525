// The push that a cluster has under way, as far as a front end knows: its operation has not ended.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Bundles;

internal static class BundleUnderWay
{
    public const string ReasonRule = "A reason has 1 to 500 characters.";

    public static bool IsReason(string? reason) => reason is { Length: > 0 and <= 500 } && reason.Trim().Length > 0;

    /// <summary>The newest one: an older one that has not ended is about to be superseded.</summary>
    public static OperationRow? Of(RdfeDbContext db, ClusterId cluster) => db.Set<OperationRow>().AsNoTracking()
        .Where(o => o.Cluster == cluster && o.Kind == OperationKinds.InstallBundle && o.EndedAt == null).AsEnumerable()
        .OrderBy(o => o.CreatedAt).ThenBy(o => o.Id.Value, StringComparer.Ordinal).LastOrDefault();

    public static Refusal None(ClusterId cluster) => Refusals.Conflict("noBundleUnderWay", $"No bundle is under way on {cluster}.");
}
