// P1, M4: which node takes an instance that is moved as it runs? The allocator says so, under the rules of every placement, and
// one more: no fault domain gets more of its group than the fullest has today.
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Migration;

/// <summary>Looks for room. It changes nothing: what it tries in the book, it takes back.</summary>
internal static class MigrationRoom
{
    /// <summary>A node for one instance; or none, and why; and whether there may be one when those on their way have arrived.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="i">The instance.</param>
    /// <param name="not">Nodes that will not do.</param>
    /// <param name="only">The one that will; null for any.</param>
    /// <param name="prefer">Versions of nodes that are taken first: whoever goes there need not be moved again.</param>
    public static (NodeId? Node, string? NoRoom, bool Later) For(
        Turn turn, FabricInstance i, IReadOnlyCollection<NodeId> not, NodeId? only = null, VersionSet? prefer = null)
    {
        var (state, most) = (turn.State, turn.Settings.Maintenance.LiveMigration.PerNode);
        var may = state.Nodes.Values.Where(n => state.IsSchedulable(n) && n.Id != i.Node).ToList();
        var hidden = may.FindAll(n => not.Contains(n.Id) || (only is { } one && n.Id != one)
            || !state.Hardware(n.Id).Hardware.Maintenance.LiveMigration);
        var full = may.FindAll(n => state.ArrivingAt(n.Id).Count() >= most);
        if (prefer is not null && only is null)
        {
            var older = may.FindAll(n => !prefer.IsIn(n.Versions));
            if (older.Count < may.Count && Ask([.. hidden.Union(full).Union(older)]).Node is { } newer)
            {
                return (newer, null, false);
            }
        }

        var (node, noRoom) = Ask([.. hidden.Union(full)]);
        return (node, noRoom, node is null && full.Count > 0 && Ask(hidden).Node is not null);

        (NodeId? Node, string? NoRoom) Ask(List<FabricNode> without)
        {
            without.ForEach(n => state.Capacity.SetSchedulable(n.Id, false));
            try
            {
                var (placed, tried) = state.WithoutIt(i, () => Placing.Ask(turn, RequestOf(turn, i), scope: null));
                return placed is null ? (null, tried.Detail) : (placed.Placement!.Instances[0].Node, null);
            }
            finally
            {
                without.ForEach(n => state.Capacity.SetSchedulable(n.Id, true));
            }
        }
    }

    /// <summary>
    /// Whether a node's instances find room elsewhere, all of them together: that each would find some alone says nothing about the
    /// last one. Nodes that are being emptied already have the first choice. It ends with the first for whom there is no room: that is
    /// enough to know.
    /// </summary>
    /// <param name="turn">The turn.</param>
    /// <param name="node">The node.</param>
    /// <param name="all">Its instances.</param>
    /// <param name="reopened">
    /// Nodes that take nobody now, and are asked as if they did: a question about later, when those before it have left as well.
    /// </param>
    public static Dictionary<InstanceId, RoomElsewhere> ForAll(
        Turn turn, NodeId node, IReadOnlyList<FabricInstance> all, IReadOnlyList<NodeId>? reopened = null)
    {
        var (state, book) = (turn.State, turn.State.Capacity);
        var answers = new Dictionary<InstanceId, RoomElsewhere>();
        var moved = new List<FabricInstance>();
        book.SetSchedulable(node, false);
        foreach (var open in reopened ?? [])
        {
            book.SetSchedulable(open, true);
        }

        try
        {
            // Who is on the way already has its place; who is largest is the hardest to place.
            var before = state.Maintained.Where(n => reopened is null && n.Id != node && n.Maintenance!.EmptiesLive).SelectMany(n => state.On(n.Id))
                .Where(i => i is { Power: PowerGoal.Running, Migration: null });
            foreach (var i in before.Concat(all.OrderByDescending(i => i.Needs.Cores).ThenByDescending(i => i.Needs.MemoryMib).ThenBy(i => i.Id.Value, StringComparer.Ordinal)).ToList())
            {
                if (i.Migration is not null)
                {
                    answers[i.Id] = RoomElsewhere.Yes;
                    continue;
                }

                var request = RequestOf(turn, i);
                book.Release(i.Id);
                var (placed, tried) = Placing.Ask(turn, request, scope: null);
                book.Occupy(placed?.Placement!.Instances[0].Node ?? i.Node!.Value, ClusterState.OccupantOf(i));
                if (placed is not null)
                {
                    moved.Add(i);
                }

                if (i.Node == node)
                {
                    answers[i.Id] = placed is not null ? RoomElsewhere.Yes : new RoomElsewhere(false, tried.Detail);
                    if (placed is null)
                    {
                        break;
                    }
                }
            }
        }
        finally
        {
            moved.ForEach(i => book.Release(i.Id));
            moved.ForEach(i => book.Occupy(i.Node!.Value, ClusterState.OccupantOf(i)));
            foreach (var id in (IEnumerable<NodeId>)[node, .. reopened ?? []])
            {
                book.SetSchedulable(id, state.IsSchedulable(state.Nodes[id]));
            }
        }

        return answers;
    }

    private static PlacementRequest RequestOf(Turn turn, FabricInstance i)
    {
        var request = Moving.RequestFor(turn, i);
        if (i.Group is not { } group || turn.State.Capacity.CountsPerFaultDomain(group) is not { Count: > 0 } counts)
        {
            return request;
        }

        // At most ⌈n ÷ parts⌉ may share a fault domain, which is at most what the fullest has.
        var parts = (counts.Values.Sum() + counts.Values.Max() - 1) / counts.Values.Max();
        return request with { Groups = [.. request.Groups.Select(g => g with { MinFaultDomains = Math.Max(g.MinFaultDomains, parts) })] };
    }
}
