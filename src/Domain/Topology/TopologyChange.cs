// May this topology take the place of that one? (F1, PUT /fabric/topology): it may add, and change what is unused.
using System.Collections.Immutable;

namespace Rdfe.Domain.Topology;

/// <summary>A change of topology that may be made.</summary>
/// <param name="Before">The topology that is.</param>
/// <param name="After">The topology that will be.</param>
/// <param name="Diff">The difference.</param>
public sealed record TopologyChange(FabricTopology Before, FabricTopology After, TopologyDiff Diff)
{
    /// <summary>The code of the refusal that names what is in use.</summary>
    public const string InUse = "topologyInUse";

    // The sentence names a few, the errors name all.
    private const int NamedInDetail = 3;

    /// <summary>
    /// The change, or the refusal <see cref="InUse"/>: its errors are keyed by <c>nodes.{id}</c> and
    /// <c>clusters.{id}</c>, and
    /// each names who is there. An address pool in use may grow around what it was, and replicas may be added or taken.
    /// </summary>
    /// <param name="before">The topology that is.</param>
    /// <param name="after">The topology that is asked for.</param>
    /// <param name="inUse">The instances on a node; whatever holds the node counts, stopped instances too.</param>
    /// <param name="pinned">Names of what is tied to a cluster without an instance (services, affinity groups); null
    /// for none.</param>
    public static Outcome<TopologyChange> Decide(
        FabricTopology before,
        FabricTopology after,
        Func<NodeId, IReadOnlyCollection<InstanceId>> inUse,
        Func<ClusterId, IReadOnlyCollection<string>>? pinned = null)
    {
        var diff = TopologyDiff.Between(before, after);
        var errors = new List<(string Path, string Message)>();
        foreach (var node in diff.RemovedNodes)
        {
            Objection(errors, $"nodes.{node.Id}", "removed", [.. inUse(node.Id).Select(i => i.Value)]);
        }

        foreach (var change in diff.ChangedNodes)
        {
            var what = $"changed ({string.Join(", ", change.What)})";
            Objection(errors, $"nodes.{change.Before.Id}", what, [.. inUse(change.Before.Id).Select(i => i.Value)]);
        }

        foreach (var cluster in diff.RemovedClusters)
        {
            Objection(errors, $"clusters.{cluster.Id}", "removed", [.. pinned?.Invoke(cluster.Id) ?? []]);
        }

        foreach (var change in diff.ChangedClusters)
        {
            if (Breaking(change) is { Length: > 0 } breaking)
            {
                var what = $"changed ({string.Join(", ", breaking)})";
                Objection(errors, $"clusters.{change.Before.Id}", what, Holders(change.Before, inUse, pinned));
            }
        }

        return errors.Count == 0 ? new TopologyChange(before, after, diff) : Refuse(errors);
    }

    private static ImmutableArray<string> Breaking(ClusterChange change) =>
    [
        .. change.What.Where(what => what switch
        {
            "vipPool" => !change.After.VipPool.Contains(change.Before.VipPool),
            "dipPool" => !change.After.DipPool.Contains(change.Before.DipPool),
            "network" => false, // nothing is placed by it
            "replicas" => false, // the nodes that this reserves or frees are changes of their own
            _ => true,
        }),
    ];

    private static ImmutableArray<string> Holders(
        Cluster cluster,
        Func<NodeId, IReadOnlyCollection<InstanceId>> inUse,
        Func<ClusterId, IReadOnlyCollection<string>>? pinned) =>
        [.. cluster.Nodes.SelectMany(n => inUse(n.Id)).Select(i => i.Value), .. pinned?.Invoke(cluster.Id) ?? []];

    private static void Objection(List<(string, string)> errors, string path, string what, ImmutableArray<string> holders)
    {
        if (!holders.IsEmpty)
        {
            var who = string.Join(", ", holders.Order(StringComparer.Ordinal));
            errors.Add((path, $"Cannot be {what}: it holds {who}."));
        }
    }

    private static Refusal Refuse(List<(string Path, string Message)> errors)
    {
        var named = string.Join(", ", errors.Take(NamedInDetail).Select(e => e.Path));
        var more = errors.Count > NamedInDetail ? $" and {errors.Count - NamedInDetail} more" : "";
        var refusal = Refusals.Invalid(InUse, $"The change would take away what is in use: {named}{more}.", errors);
        return refusal with { Kind = RefusalKind.Conflict };
    }
}
