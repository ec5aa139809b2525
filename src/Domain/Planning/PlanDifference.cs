// Does a plan still speak of the cluster as it is (M1)? An approved plan runs unchanged, or not at all: what has changed
// since is named, and held against what the plan was made from, not against what somebody reports of it.
using System.Collections.Immutable;
using System.Globalization;

namespace Rdfe.Domain.Planning;

/// <summary>An instance on another node than the plan thought.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Was">Where it was.</param>
/// <param name="Is">Where it is.</param>
public sealed record InstanceMoved(InstanceId Instance, NodeId Was, NodeId Is);

/// <summary>What differs between two inventories.</summary>
/// <param name="NodesGone">Nodes that are there no more.</param>
/// <param name="NodesCome">Nodes that were not there.</param>
/// <param name="NodesChanged">Nodes with another version, or that became due, or are no longer.</param>
/// <param name="InstancesGone">Instances that are there no more.</param>
/// <param name="InstancesCome">Instances that were not there.</param>
/// <param name="InstancesMoved">Instances on another node.</param>
/// <param name="InstancesChanged">Instances of another group or update domain than they were.</param>
public sealed record PlanDifference(
    ImmutableArray<NodeId> NodesGone, ImmutableArray<NodeId> NodesCome, ImmutableArray<NodeId> NodesChanged,
    ImmutableArray<InstanceId> InstancesGone, ImmutableArray<InstanceId> InstancesCome,
    ImmutableArray<InstanceMoved> InstancesMoved, ImmutableArray<InstanceId> InstancesChanged)
{
    /// <summary>True when nothing differs.</summary>
    public bool IsNone => NodesGone.IsEmpty && NodesCome.IsEmpty && NodesChanged.IsEmpty
        && InstancesGone.IsEmpty && InstancesCome.IsEmpty && InstancesMoved.IsEmpty && InstancesChanged.IsEmpty;

    /// <summary>One sentence for people, with the first of each kind.</summary>
    public string Detail => IsNone ? "Nothing differs." : string.Join("; ", Parts().OfType<string>()) + ".";

    /// <summary>What has changed since a plan was made.</summary>
    public static PlanDifference Since(MaintenancePlan plan, MaintenanceInventory now) => Between(plan.Basis, now);

    /// <summary>What differs from one inventory to another; all lists are in order of id.</summary>
    public static PlanDifference Between(MaintenanceInventory was, MaintenanceInventory now)
    {
        var (before, after) = (was.Nodes.ToDictionary(n => n.Id), now.Nodes.ToDictionary(n => n.Id));
        var (stood, stands) = (Standings(was), Standings(now));
        var stayed = stood.Keys.Where(stands.ContainsKey).ToList();
        return new PlanDifference(
            InOrder(before.Keys.Where(n => !after.ContainsKey(n))),
            InOrder(after.Keys.Where(n => !before.ContainsKey(n))),
            InOrder(before.Values.Where(n => after.TryGetValue(n.Id, out var a) && (a.Due != n.Due || a.Version != n.Version))
                .Select(n => n.Id)),
            InOrder(stood.Keys.Where(i => !stands.ContainsKey(i))),
            InOrder(stands.Keys.Where(i => !stood.ContainsKey(i))),
            [
                .. stayed.Where(i => stood[i].Node != stands[i].Node).OrderBy(i => i.Value, StringComparer.Ordinal)
                    .Select(i => new InstanceMoved(i, stood[i].Node, stands[i].Node)),
            ],
            InOrder(stayed.Where(i => stood[i].Instance.Group != stands[i].Instance.Group
                || stood[i].Instance.UpdateDomain != stands[i].Instance.UpdateDomain)));
    }

    /// <summary>
    /// A hash of nodes, versions and who stands where, in 16 hexadecimal digits. The moment, what is down and how far the
    /// maintenance has come are not in it: they pass.
    /// </summary>
    public static string FingerprintOf(MaintenanceInventory inventory)
    {
        // A sum does not mind the order in which nodes and instances are told.
        var sum = 0UL;
        foreach (var node in inventory.Nodes)
        {
            var place = Draw.Hash(0, node.Id.Value, node.Version, node.Due ? 1 : 0);
            sum += place;
            foreach (var i in node.Instances)
            {
                sum += Draw.Hash(place, i.Id.Value, i.Group?.Value ?? "", i.UpdateDomain);
            }
        }

        return sum.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static Dictionary<InstanceId, (NodeId Node, MaintainedInstance Instance)> Standings(MaintenanceInventory inventory) =>
        inventory.Nodes.SelectMany(n => n.Instances.Select(i => (n.Id, i))).ToDictionary(s => s.i.Id);

    private static ImmutableArray<NodeId> InOrder(IEnumerable<NodeId> ids) => [.. ids.OrderBy(i => i.Value, StringComparer.Ordinal)];

    private static ImmutableArray<InstanceId> InOrder(IEnumerable<InstanceId> ids) =>
        [.. ids.OrderBy(i => i.Value, StringComparer.Ordinal)];

    private IEnumerable<string?> Parts()
    {
        yield return Part("nodes are gone", NodesGone);
        yield return Part("nodes have come", NodesCome);
        yield return Part("nodes have another version or are due otherwise", NodesChanged);
        yield return Part("instances are gone", InstancesGone);
        yield return Part("instances have come", InstancesCome);
        yield return Part("instances stand elsewhere", [.. InstancesMoved.Select(m => m.Instance)]);
        yield return Part("instances have another group or update domain", InstancesChanged);
    }

    private static string? Part<T>(string what, ImmutableArray<T> which) => which.IsEmpty
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{which.Length} {what} ({which[0]}{(which.Length > 1 ? " …" : "")})");
}
