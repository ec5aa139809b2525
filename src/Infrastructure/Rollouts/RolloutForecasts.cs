// M2: what a rollout would find in each cluster of its scope, asked of the clusters between two of their turns; and what of an
// approved plan is no longer so.
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Planning;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Rollouts;

/// <summary>A cluster's part of an approved plan.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Basis">What the plan was made from.</param>
/// <param name="Order">The plan's order, with those last that no moment would do for.</param>
/// <param name="Moves">The plan's live migrations, which come first.</param>
public sealed record ApprovedCluster(
    ClusterId Cluster, MaintenanceInventory Basis, ImmutableArray<NodeId> Order, ImmutableArray<PlannedMove> Moves = default);

/// <summary>A plan that may be approved by its id.</summary>
/// <param name="Spec">The rollout that it is for.</param>
/// <param name="Update">The update as it was.</param>
/// <param name="Clusters">The clusters.</param>
public sealed record ApprovedPlan(RolloutSpec Spec, HostUpdate Update, ImmutableArray<ApprovedCluster> Clusters);

/// <summary>Asks clusters.</summary>
public sealed class RolloutForecasts(FabricEngine engine, FabricSettings settings, FabricClock clock)
{
    /// <summary>What a rollout would find in a cluster now; refused where its controller does not run.</summary>
    public Task<Outcome<RolloutForecast>> Of(ClusterId cluster, HostUpdate update, int maxConcurrentNodes) =>
        engine.Ask(cluster, state => RolloutPlans.Forecast(new Turn(state, settings) { Now = clock.Now }, update, maxConcurrentNodes));

    /// <summary>What of a plan is no longer so, cluster by cluster; empty where nothing has changed.</summary>
    public async Task<Outcome<ImmutableArray<(ClusterId Cluster, PlanDifference Difference)>>> Since(ApprovedPlan plan)
    {
        var differences = ImmutableArray.CreateBuilder<(ClusterId, PlanDifference)>();
        foreach (var part in plan.Clusters)
        {
            var now = await Of(part.Cluster, plan.Update, plan.Spec.MaxConcurrentNodes);
            if (now.Refused)
            {
                return now.Refusal;
            }

            if (PlanDifference.Between(part.Basis, now.Value.Inventory) is { IsNone: false } difference)
            {
                differences.Add((part.Cluster, difference));
            }
        }

        return differences.ToImmutable();
    }
}
