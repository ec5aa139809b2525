// M5: stages become waves. A wave is what may go at the same time in all of the fabric: the clusters of one stage, but never
// clusters of both regions of a pair.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Rollouts;

/// <summary>A cluster's part of a wave.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Share">Which share of its nodes is done when the wave is over.</param>
public sealed record WaveTarget(ClusterId Cluster, double Share);

/// <summary>What goes at the same time.</summary>
/// <param name="Stage">The stage that it is of.</param>
/// <param name="Targets">Where, in order.</param>
/// <param name="Bake">How long it is watched before the next one begins.</param>
public sealed record RolloutWave(string Stage, ImmutableArray<WaveTarget> Targets, Duration Bake)
{
    /// <summary>The waves of a rollout over this fabric, in order.</summary>
    public static ImmutableArray<RolloutWave> Of(RolloutSpec spec, FabricTopology topology)
    {
        var scope = ScopeOf(spec, topology);
        var reached = scope.ToDictionary(c => c.Id, _ => 0.0);
        var waves = ImmutableArray.CreateBuilder<RolloutWave>();
        foreach (var stage in spec.Stages)
        {
            var asked = scope.Take(stage.Clusters ?? scope.Length).Where(c => reached[c.Id] < stage.Share).ToList();
            foreach (var side in asked.GroupBy(c => IsSecondOfPair(topology, c)).OrderBy(g => g.Key))
            {
                waves.Add(new RolloutWave(stage.Name, [.. side.Select(c => new WaveTarget(c.Id, stage.Share))], stage.Bake));
            }

            asked.ForEach(c => reached[c.Id] = stage.Share);
        }

        return waves.ToImmutable();
    }

    /// <summary>Clusters that a rollout goes over, in the order in which stages take them.</summary>
    public static ImmutableArray<Cluster> ScopeOf(RolloutSpec spec, FabricTopology topology) =>
    [
        .. topology.Clusters
            .Where(c => (spec.Regions.IsEmpty || spec.Regions.Contains(c.Region)) && (spec.Clusters.IsEmpty || spec.Clusters.Contains(c.Id)))
            .OrderBy(c => c.Id.Value, StringComparer.Ordinal),
    ];

    // Of the two regions of a pair the one whose name comes second goes second: the same one in every stage of every rollout,
    // so that two rollouts at once keep apart as well.
    private static bool IsSecondOfPair(FabricTopology topology, Cluster cluster) =>
        topology.Find(cluster.Region) is { } region && string.CompareOrdinal(region.Pair.Value, region.Id.Value) < 0;
}
