// Which nodes may begin now, and why does every other one wait (M1, M2)? The question that a cluster's controller asks
// whenever something has begun or ended: the plan's order, held against the cluster as it is.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Planning;

/// <summary>A node that does not begin now.</summary>
/// <param name="Node">The node.</param>
/// <param name="Predicted">When it is predicted to begin; null for one that no moment will do for.</param>
/// <param name="Wait">Why.</param>
public sealed record WaitingNode(NodeId Node, Instant? Predicted, NodeWait Wait);

/// <summary>What the stream does next.</summary>
/// <param name="MayStart">Nodes that may all begin at once, in the plan's order.</param>
/// <param name="Waiting">All others that are ahead, in the plan's order; those that can't go at all come last.</param>
/// <param name="Moves">Moves of the plan that are still to be made.</param>
public sealed record NextNodes(
    ImmutableArray<NodeId> MayStart, ImmutableArray<WaitingNode> Waiting, ImmutableArray<PlannedMove> Moves)
{
    /// <summary>
    /// A node may begin when the promise allows, and when it does not hold up one that comes before it in the plan. A
    /// node that waits for something of unknown end holds up nobody.
    /// </summary>
    public static NextNodes Of(MaintenancePlan plan, MaintenanceInventory now, PlanSettings? settings = null)
    {
        settings ??= PlanSettings.Default;
        var moves = Pending(plan, now, settings);
        var s = Situation.Of(now, settings, moves);
        var order = MaintenancePlanner.OrderOf(plan.Order, s);
        var starts = new int[s.Nodes.Length];
        new Stream(s).Run(order, starts);

        var mayStart = ImmutableArray.CreateBuilder<NodeId>();
        var waiting = ImmutableArray.CreateBuilder<WaitingNode>();
        var full = s.UnderWay.Length + starts.Count(t => t == 0) >= s.MostAtOnce;
        foreach (var v in order)
        {
            if (starts[v] == 0)
            {
                mayStart.Add(s.Nodes[v].Id);
            }
            else
            {
                waiting.Add(new WaitingNode(s.Nodes[v].Id, s.At(starts[v]), WhyNotNow(s, v, order, starts, full)));
            }
        }

        waiting.AddRange(s.Aside.Select(a => new WaitingNode(a.Node, null, a.Wait)));
        return new NextNodes(mayStart.DrainToImmutable(), waiting.DrainToImmutable(), moves);
    }

    // What holds it now comes before what would come in between later.
    private static NodeWait WhyNotNow(Situation s, int v, int[] order, int[] starts, bool full)
    {
        if (s.HeldBy[v] is { } hold)
        {
            return PlanWriter.WaitFor(s, hold);
        }

        var first = -1;
        foreach (var u in s.Graph.Neighbours(v))
        {
            if (starts[u] < s.Takes[v] && (first < 0 || starts[u] < starts[first]))
            {
                first = u;
            }
        }

        if (first >= 0 && starts[first] == 0)
        {
            var (mine, theirs) = Situation.Clash(s.Nodes[v], s.Nodes[first])!.Value;
            return new NodeWait(
                WaitKind.Promise, mine.Id, mine.Group, theirs.Id, theirs.UpdateDomain, s.Nodes[first].Id, s.At(s.Takes[first]));
        }

        if (full || first < 0)
        {
            return new NodeWait(WaitKind.MostAtOnce, Until: s.At(starts[v]));
        }

        return new NodeWait(WaitKind.Yields, Node: s.Nodes[first].Id, Until: s.At(starts[v]));
    }

    // A move that has been made, or whose instance is gone, is no longer waited for; one that was late begins now.
    private static ImmutableArray<PlannedMove> Pending(MaintenancePlan plan, MaintenanceInventory now, PlanSettings settings)
    {
        if (plan.Moves.IsEmpty)
        {
            return [];
        }

        var on = now.Nodes.ToDictionary(n => n.Id);
        var end = now.At + settings.MoveTakes;
        return
        [
            .. plan.Moves
                .Where(m => on.TryGetValue(m.From, out var from) && on.ContainsKey(m.To) && from.BeganAt is null
                    && from.Instances.Any(i => i.Id == m.Instance))
                .Select(m => m.Ends >= end ? m : m with { Ends = end }),
        ];
    }
}
