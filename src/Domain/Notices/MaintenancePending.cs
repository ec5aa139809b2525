// W1, W3: a rollout has come to a cluster in which an owner has instances: from now on maintenance is pending for them.
using NodaTime;
using Rdfe.Domain.Billing;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Domain.Notices;

/// <summary>What an owner is told when a rollout comes.</summary>
/// <param name="Subscription">The owner.</param>
/// <param name="HostUpdate">The update.</param>
/// <param name="Instances">Names of the machines and role instances.</param>
/// <param name="SelfServiceUntil">Until when owners of machines choose the moment.</param>
/// <param name="ForcedAt">From when on windows are no longer waited for.</param>
/// <param name="Impact">What the update's publisher says that is felt of it.</param>
public sealed record MaintenancePending(
    SubscriptionId Subscription, string HostUpdate, IReadOnlyList<string> Instances, Instant SelfServiceUntil, Instant ForcedAt, string? Impact)
{
    /// <summary>Tells every owner in the cluster, once for a rollout.</summary>
    internal static void Tell(Turn turn, RolloutPart part) => turn.Pending.AddRange(
        turn.State.Instances.Values.Where(i => i.Node is { } n && !part.Update.Versions.IsIn(turn.State.Nodes[n].Versions))
            .GroupBy(i => Metering.TenantOf(turn.State, i)).OrderBy(g => g.Key.Value)
            .Select(g => new MaintenancePending(
                g.Key, part.Update.Name, [.. g.Select(i => i.Name).Order(StringComparer.Ordinal)], part.SelfServiceUntil, part.ForcedAt, part.Update.Impact)));
}
