// One operation at a time works on a resource (R6): what comes in between is refused, and told which one it waits for.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features;

internal static class ActiveOperations
{
    /// <summary>The operation of that kind under way on the resource of that path; null when none is.</summary>
    public static OperationRow? ActiveOn(this UnitOfWork work, string resource, string kind) => ActiveOn(work, resource)
        .FirstOrDefault(o => o.Kind == kind);

    /// <summary>Refuses while an operation is under way on the resource.</summary>
    public static Refusal? Busy(this UnitOfWork work, string resource) => ActiveOn(work, resource)
        .OrderByDescending(o => o.CreatedAt).FirstOrDefault() is { } o
        ? Refusals.Conflict("operationInProgress", $"Operation {o.Id} ({o.Kind}) is under way on it.")
        : null;

    /// <summary>
    /// Refuses where its deletion has been accepted, though its cluster may not have begun: it must not be answered that
    /// the resource is there.
    /// </summary>
    public static Refusal? Leaving(this UnitOfWork work, string resource, string deletion) =>
        work.ActiveOn(resource, deletion) is null ? null : work.Busy(resource);

    // Two at most: what is deleted while it is worked on has both until its cluster ends the first.
    private static IQueryable<OperationRow> ActiveOn(UnitOfWork work, string resource) => work.Db.Set<OperationRow>().AsNoTracking()
        .Where(o => o.ResourcePath == resource && o.EndedAt == null);
}
