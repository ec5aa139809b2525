// M5: what an operator asks of a rollout: which update, over which part of the fabric, in which stages, how many nodes at a time,
// and how much harm stops it.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Rollouts;

/// <summary>A stage of a rollout. Stages add up: a later one begins with what an earlier one has done.</summary>
/// <param name="Name">Its name: canary, pilot, broad.</param>
/// <param name="Clusters">In how many clusters of the scope; null for all of them.</param>
/// <param name="Share">Which share of each of these clusters' nodes is done when it is over, above 0 and at most 1.</param>
/// <param name="Bake">How long it is watched after its last node before the next one begins.</param>
public sealed record RolloutStage(string Name, int? Clusters, double Share, Duration Bake);

/// <summary>What is asked.</summary>
public sealed record RolloutSpec
{
    /// <summary>The update's name.</summary>
    public required string HostUpdate { get; init; }

    /// <summary>Regions that it goes over; empty for all.</summary>
    public ImmutableArray<RegionId> Regions { get; init; } = [];

    /// <summary>Clusters that it goes over; empty for all of the regions.</summary>
    public ImmutableArray<ClusterId> Clusters { get; init; } = [];

    /// <summary>Its stages, in order; the last one is for everything.</summary>
    public required ImmutableArray<RolloutStage> Stages { get; init; }

    /// <summary>The most nodes of a cluster that are under way at a time.</summary>
    public required int MaxConcurrentNodes { get; init; }

    /// <summary>Nodes of a cluster that may fail before the rollout stops (M5).</summary>
    public required int MaxFailures { get; init; }

    /// <summary>How long tenants may choose their own moment before the platform does the rest (W1); zero for not at all.</summary>
    public required Duration SelfService { get; init; }

    /// <summary>How long the platform keeps to tenants' windows after that; then it acts outside them, and says so (W1, W2).</summary>
    public required Duration Scheduled { get; init; }
}

/// <summary>The figures of rollouts.</summary>
public sealed record RolloutSettings
{
    /// <summary>Nodes of a cluster under way at a time where nothing is said.</summary>
    public int ConcurrentNodes { get; init; } = 100;

    /// <summary>The most nodes that may be asked to be under way at a time.</summary>
    public int MostConcurrentNodes { get; init; } = 1000;

    /// <summary>Nodes of a cluster that may fail before a rollout stops, where nothing is said.</summary>
    public int Failures { get; init; } = 3;

    /// <summary>
    /// The most instances of a cluster that are moved live before a rollout begins there, where its plan says that it pays (M2); 0 for
    /// none (our choice: placements of our own are spread so well that it seldom does).
    /// </summary>
    public int MostMoves { get; init; }

    /// <summary>
    /// How long after a surprise the nodes that are still ahead are planned anew (M2; our choice: surprises come in bunches, and what a
    /// node or a rack loses has come to rest elsewhere by then).
    /// </summary>
    public Duration ReplanAfter { get; init; } = Duration.FromMinutes(15);

    /// <summary>Share of the instances that were healthy before, which must be healthy for it to go on (M5).</summary>
    public double HealthyShare { get; init; } = 0.9;

    /// <summary>How long tenants may choose their own moment (W1: 30 days).</summary>
    public Duration SelfService { get; init; } = Duration.FromDays(30);

    /// <summary>How long tenants' windows are kept to after that (W2: a rolling window of 35 days).</summary>
    public Duration Scheduled { get; init; } = Duration.FromDays(35);

    /// <summary>The stages where nothing is said: a few nodes of one cluster, that cluster, and the rest.</summary>
    public ImmutableArray<RolloutStage> Stages { get; init; } =
    [
        new("canary", 1, 0.02, Duration.FromHours(1)),
        new("pilot", 1, 1, Duration.FromHours(4)),
        new("broad", null, 1, Duration.FromHours(1)),
    ];
}
