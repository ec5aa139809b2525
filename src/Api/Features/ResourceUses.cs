using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Features;

internal static class ResourceUses
{
    /// <summary>The first of all areas that still needs the resource; null when it is free to go.</summary>
    public static string? WhoUses(
        this IEnumerable<IResourceUse> uses, UnitOfWork work, SubscriptionId subscription, string kind, string key) =>
        uses.Select(u => u.WhoUses(work, subscription, kind, key)).FirstOrDefault(user => user is not null);
}
