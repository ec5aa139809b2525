// M2: the order in which nodes are asked, made when a wave comes to a cluster.
using System.Collections.Immutable;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Rollouts;

/// <summary>Orders nodes.</summary>
internal static class RolloutOrdering
{
    /// <summary>The plan's order for what is still to be done.</summary>
    public static ImmutableArray<NodeId> Of(Turn turn, ClusterRollout r) =>
    [
        .. turn.State.Nodes.Values.Where(n => RolloutNodes.IsFor(turn.State, n))
            .OrderBy(n => turn.State.On(n.Id).Any()).ThenBy(n => n.Id.Value, StringComparer.Ordinal).Select(n => n.Id),
    ];
}
