// Which nodes of a cluster have still to begin to stage, in the plan's order. Memory, not record: it is made from the nodes when it is
// first asked, and after that only nodes that a turn has changed are looked at, so that a thousand that wait cost nothing.
using System.Collections.Immutable;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Domain.Staging;

/// <summary>Keeps who is next.</summary>
internal sealed class StagingQueue
{
    private readonly ClusterStaging of;
    private readonly ImmutableArray<NodeId> order;
    private readonly Dictionary<NodeId, int> places;
    private readonly SortedSet<(int Place, string Node)> waiting = new(Comparer<(int Place, string Node)>.Create((a, b) =>
        a.Place != b.Place ? a.Place.CompareTo(b.Place) : string.CompareOrdinal(a.Node, b.Node)));

    private StagingQueue(ClusterStaging staging, ImmutableArray<NodeId> order)
    {
        (of, this.order) = (staging, order);
        places = RolloutQueue.PlacesOf(order);
    }

    /// <summary>How many wait.</summary>
    public int Count => waiting.Count;

    /// <summary>The cluster's, or a new one where what is staged or the plan's order is another.</summary>
    public static StagingQueue Of(Turn turn, ClusterStaging staging)
    {
        var state = turn.State;
        var order = OrderOf(state.Rollout, staging);
        if (state.Staging.Queue is { } known && known.of == staging && known.order == order)
        {
            return known;
        }

        var queue = new StagingQueue(staging, order);
        foreach (var node in state.Nodes.Values)
        {
            queue.Keep(node.Id, StagingAhead.IsToFetch(state, staging, node));
        }

        return state.Staging.Queue = queue;
    }

    /// <summary>The plan's order: of the rollout in the cluster once it is there, of the approved plan before that.</summary>
    public static ImmutableArray<NodeId> OrderOf(ClusterRollout? rollout, ClusterStaging staging) =>
        rollout?.Part.Rollout == staging.Rollout && !rollout.Order.IsDefaultOrEmpty ? rollout.Order : staging.Order.IsDefault ? [] : staging.Order;

    /// <summary>A node is in it, or not.</summary>
    public void Keep(NodeId node, bool waits) => waiting.Keep(PlaceOf(node), waits);

    /// <summary>The next one, which leaves the queue; null when nobody waits.</summary>
    public NodeId? Next()
    {
        if (waiting.Count == 0)
        {
            return null;
        }

        var first = waiting.Min;
        waiting.Remove(first);
        return new NodeId(first.Node);
    }

    // A node that is not in the plan comes last.
    private (int, string) PlaceOf(NodeId node) => (places.GetValueOrDefault(node, int.MaxValue), node.Value);
}
