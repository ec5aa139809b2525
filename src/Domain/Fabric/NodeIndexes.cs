// Everything by which a cluster finds nodes that something is being done to: kept in step with them, one change at a time.
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.Fabric;

internal sealed class NodeIndexes
{
    /// <summary>The order of nodes wherever they are asked in order of id.</summary>
    public static readonly Comparer<NodeId> ById = Comparer<NodeId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));

    /// <summary>Nodes that are being maintained.</summary>
    public SortedSet<NodeId> Maintained { get; } = new(ById);

    /// <summary>Those of them whose next step hangs on more than what is on the node: its guests' networks, room elsewhere.</summary>
    public SortedSet<NodeId> Clearing { get; } = new(ById);

    /// <summary>Nodes on which an install is under way.</summary>
    public SortedSet<NodeId> Installing { get; } = new(ById);

    /// <summary>Nodes that are likely to fail and still serve.</summary>
    public SortedSet<NodeId> Suspects { get; } = new(ById);

    /// <summary>A node comes or changes.</summary>
    public void Change(FabricNode? old, FabricNode node)
    {
        Maintained.Keep(node.Id, old?.Maintenance is not null, node.Maintenance is not null);
        Clearing.Keep(node.Id, Clears(old), Clears(node));
        Installing.Keep(node.Id, old?.Install is not null, node.Install is not null);
        Suspects.Keep(node.Id, old is { IsSuspect: true }, node.IsSuspect);
    }

    /// <summary>Those of some nodes that are being maintained, and all whose next step hangs on more than themselves; in order of id.</summary>
    public List<FabricNode> ClearingOr(IReadOnlyCollection<NodeId> some, Dictionary<NodeId, FabricNode> nodes)
    {
        List<FabricNode> found = [.. Clearing.Select(id => nodes[id])];
        foreach (var id in some)
        {
            if (nodes.TryGetValue(id, out var node) && node.Maintenance is not null && !Clears(node))
            {
                found.Add(node);
            }
        }

        found.Sort((a, b) => ById.Compare(a.Id, b.Id));
        return found;
    }

    private static bool Clears(FabricNode? node) =>
        node?.Maintenance is { Stage: MaintenanceStage.Draining or MaintenanceStage.Emptying } or { EmptiesLive: true };
}
