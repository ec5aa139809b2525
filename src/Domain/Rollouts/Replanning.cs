// M2: "Surprises (a failed node, a heal, a tenant's own update) replan the rest." The stream takes each node as soon as the promise
// allows, whatever happens; but the order in which it asks them was good for the cluster as it was. It is planned anew a while
// after the first surprise, since one seldom comes alone, and never oftener than that.
using NodaTime;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Rollouts;

/// <summary>Plans the rest of a rollout anew.</summary>
internal static class Replanning
{
    /// <summary>Notes what nobody had planned: a node that failed, an instance that has come to a node ahead.</summary>
    public static ClusterRollout Note(Turn turn, ClusterRollout before, ClusterRollout r)
    {
        var arrivals = turn.State.Ripples.Arrivals;
        var surprise = r.Surprise ?? (r.Failed.Length > before.Failed.Length ? new Surprise($"{r.Failed[^1].Node} failed", turn.Now)
            : Ahead(turn, r) is { } node ? new Surprise($"instances have come to {node}", turn.Now)
            : null);
        arrivals.Clear();
        return surprise == r.Surprise ? r : r with { Surprise = surprise };
    }

    /// <summary>When the rest is to be planned anew; null while nothing has surprised it.</summary>
    public static Instant? At(Turn turn, ClusterRollout r) => r.Surprise?.At + turn.Settings.Rollouts.ReplanAfter;

    /// <summary>Plans the rest anew where it is time to.</summary>
    public static ClusterRollout Step(Turn turn, ClusterRollout r)
    {
        if (!(At(turn, r) <= turn.Now))
        {
            return r;
        }

        var order = RolloutPlans.Rest(turn, r);
        if (!order.SequenceEqual(r.Order))
        {
            turn.Say("rolloutReplanned", turn.State.Id.Value, $"{r.Part.Rollout}: {r.Surprise!.What}");
            r = r with { Order = order };
        }

        return r with { Surprise = null };
    }

    // The first of them in order of id; null where all came to nodes that have had their turn. After a restart nobody knows who came.
    private static NodeId? Ahead(Turn turn, ClusterRollout r) => turn.State.Ripples.Arrivals.Nodes
        .Where(id => turn.State.Nodes.TryGetValue(id, out var node) && node.Maintenance is null && RolloutNodes.IsRemaining(turn.State, r, node))
        .Select(id => (NodeId?)id).MinBy(id => id!.Value.Value, StringComparer.Ordinal);
}
