// The clusters that an affinity group is pinned to (R4). None are named where the group pins its region alone.
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Features.Deployments;

internal static class AffinityClusters
{
    /// <summary>Empty for every cluster of the region.</summary>
    public static ImmutableArray<ClusterId> Of(UnitOfWork work, SubscriptionId subscription, string? affinityGroup) => [];
}
