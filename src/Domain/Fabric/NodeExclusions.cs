// M1: which nodes must not be down together? Those that have different update domains of one role or availability set. A rollout asks
// it of a node each time that another one has come further, and who is where changes far more seldom: so it is kept with the node
// until one of those instances comes, goes, moves, starts or stops. The promise itself does not ask here: it looks at who is down.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

/// <summary>A node that must not be down together with another one.</summary>
/// <param name="Node">Where it is.</param>
/// <param name="Mine">Where the first of the other one's instances is that says so.</param>
internal readonly record struct ExcludedSlot(NodeSlot Node, InstanceSlot Mine);

/// <summary>Nodes that must not be down together (M1).</summary>
public static class NodeExclusions
{
    /// <summary>Those that exclude a node, once each, with the one of its instances that says so.</summary>
    public static IEnumerable<(FabricNode Node, FabricInstance Mine)> Of(ClusterState state, NodeId node)
    {
        foreach (var (other, mine) in state.Indexes.ExcludedBy(node))
        {
            if (other.Now is { } there)
            {
                yield return (there, mine.Now);
            }
        }
    }

    /// <summary>The same, looked for among all that is on the node.</summary>
    internal static ExcludedSlot[] Find(NodeSlot node, IEnumerable<InstanceSlot> guests, InstanceIndex<GroupId> byGroup)
    {
        var found = new Dictionary<NodeSlot, ExcludedSlot>();
        foreach (var mine in guests.Where(g => Counts(g.Now)))
        {
            foreach (var theirs in byGroup[mine.Now.Group!.Value])
            {
                if (theirs.Now.UpdateDomain != mine.Now.UpdateDomain && Counts(theirs.Now) && theirs.On is { } on && on != node)
                {
                    found.TryAdd(on, new ExcludedSlot(on, mine));
                }
            }
        }

        return [.. found.Values];
    }

    /// <summary>What all of it hangs on, of an instance.</summary>
    internal static (GroupId? Group, int UpdateDomain, NodeId? Node, bool Counts) SeenOf(FabricInstance? i) =>
        i is null ? default : (i.Group, i.UpdateDomain, i.Node, Counts(i));

    private static bool Counts(FabricInstance i) => i is { Group: not null, Power: PowerGoal.Running };
}
