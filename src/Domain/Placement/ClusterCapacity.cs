// The capacity book of one cluster: who stands where, and what is free (P1). Its cluster's single actor owns it, so it
// needs no locks. Indices are kept up to date with every change; the search never scans what it can bound.
using System.Diagnostics.CodeAnalysis;

namespace Rdfe.Domain.Placement;

/// <summary>
/// Who stands on which node of one cluster, and what is free (P1, P6). Mutable and for one owner at a time. With equal
/// nodes and occupants added in equal order, two books give equal placements.
/// </summary>
/// <param name="cluster">The cluster that it is about.</param>
public sealed class ClusterCapacity(ClusterId cluster)
{
    private readonly Dictionary<NodeId, NodeSlot> nodes = [];
    private readonly Dictionary<InstanceId, Standing> standings = [];
    private readonly Dictionary<GroupId, List<Standing>> groups = [];
    private readonly Dictionary<string, Aisle> aisles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<NodeSlot>> owned = new(StringComparer.Ordinal);

    /// <summary>The cluster.</summary>
    public ClusterId Cluster { get; } = cluster;

    /// <summary>Hundredths of cores that are taken: by all occupants, and the whole of nodes with an owner or an
    /// isolated instance.</summary>
    public long CoresUsed { get; private set; }

    /// <summary>Hundredths of cores of the schedulable nodes, taken or not: N(h, cores) of R5.</summary>
    public long CoresAllocatable { get; private set; }

    /// <summary>How many nodes the book knows.</summary>
    public int NodeCount => nodes.Count;

    /// <summary>How many instances stand on them.</summary>
    public int InstanceCount => standings.Count;

    /// <summary>One more than the highest fault domain index.</summary>
    public int FaultDomainCount { get; private set; }

    /// <summary>The hardware families of its nodes, in ordinal order.</summary>
    public IEnumerable<string> Families =>
        aisles.Where(a => a.Value.Shelves.Count > 0).Select(a => a.Key).Order(StringComparer.Ordinal);

    /// <summary>All nodes: by family, then fault domain, then the order in which they were added.</summary>
    public IEnumerable<NodeCapacity> Nodes => Slots().Select(n => n.Capacity);

    /// <summary>Adds an empty node. Its id must be new.</summary>
    public void AddNode(NodeCapacity node, bool schedulable)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(node.FaultDomain);
        var slot = new NodeSlot(node);
        if (!nodes.TryAdd(node.Id, slot))
        {
            throw new InvalidOperationException($"Node {node.Id} is in the book already.");
        }

        AisleOf(node.Family).ShelfFor(node.FaultDomain).Add(slot);
        FaultDomainCount = Math.Max(FaultDomainCount, node.FaultDomain + 1);
        Change(slot, () => slot.SetSchedulable(schedulable));
    }

    /// <summary>Removes a node. It must be empty: instances are moved or released before their node goes.</summary>
    public void RemoveNode(NodeId node)
    {
        var slot = SlotOf(node);
        if (!slot.IsEmpty)
        {
            throw new InvalidOperationException($"Node {node} still hosts {slot.Occupants[0].Instance}.");
        }

        SetOwner(node, null);
        SetSchedulable(node, false);
        slot.Shelf.Remove(slot);
        if (slot.Shelf.Nodes.Count == 0)
        {
            aisles[slot.Capacity.Family].Remove(slot.Shelf);
        }

        nodes.Remove(node);
    }

    /// <summary>Says whether new instances may come here: the node is ready and not reserved for the fabric
    /// controller.</summary>
    public void SetSchedulable(NodeId node, bool schedulable)
    {
        var slot = SlotOf(node);
        Change(slot, () => slot.SetSchedulable(schedulable));
    }

    /// <summary>
    /// Makes the node a dedicated host of that owner (P6), or a shared one again. From then on only occupants with the
    /// same owner key may enter, and the node counts as fully used. Others must have left before.
    /// </summary>
    public void SetOwner(NodeId node, string? owner)
    {
        var slot = SlotOf(node);
        if (owner is not null && slot.Occupants.FirstOrDefault(o => o.Owner != owner) is { } stranger)
        {
            throw new InvalidOperationException($"Node {node} can't be {owner}'s: it hosts {stranger.Instance}.");
        }

        if (slot.Owner is { } before)
        {
            owned[before].Remove(slot);
        }

        if (owner is not null)
        {
            (owned.TryGetValue(owner, out var hosts) ? hosts : owned[owner] = []).Add(slot);
        }

        Change(slot, () => slot.SetOwner(owner));
    }

    /// <summary>
    /// Puts an instance on a node. Going over what is free, entering somebody else's node, or standing in two places
    /// is a
    /// bug and throws; the book is then unchanged. A node that is not schedulable may still be occupied: healing and
    /// loading from the store put back what was there.
    /// </summary>
    public void Occupy(NodeId node, Occupant occupant)
    {
        var slot = SlotOf(node);
        var taken = occupant.Isolated ? !slot.IsEmpty : slot.TakenWhole;
        if (taken || !occupant.Needs.FitsIn(slot.Free))
        {
            throw new InvalidOperationException(
                $"Over-commit: {occupant.Instance} needs {occupant.Needs} on {node}, where {slot.Free} is free.");
        }

        if (slot.Owner is not null && slot.Owner != occupant.Owner)
        {
            throw new InvalidOperationException($"{occupant.Instance} may not enter {node}, which is {slot.Owner}'s.");
        }

        if (occupant.Group is not null && occupant.UpdateDomain is < 0 or >= UpdateDomains.Most)
        {
            throw new InvalidOperationException($"{occupant.Instance} has update domain {occupant.UpdateDomain}.");
        }

        var standing = new Standing(slot, occupant);
        if (!standings.TryAdd(occupant.Instance, standing))
        {
            throw new InvalidOperationException($"{occupant.Instance} stands on {NodeOf(occupant.Instance)} already.");
        }

        if (occupant.Group is { } group)
        {
            (groups.TryGetValue(group, out var members) ? members : groups[group] = []).Add(standing);
        }

        CoresUsed -= slot.CoresUsed;
        slot.Enter(occupant);
        CoresUsed += slot.CoresUsed;
    }

    /// <summary>Takes an instance off its node. False when it stood nowhere: releasing twice does no harm.</summary>
    public bool Release(InstanceId instance)
    {
        if (!standings.Remove(instance, out var standing))
        {
            return false;
        }

        if (standing.Occupant.Group is { } group)
        {
            groups[group].Remove(standing);
            if (groups[group].Count == 0)
            {
                groups.Remove(group);
            }
        }

        CoresUsed -= standing.Slot.CoresUsed;
        standing.Slot.Leave(standing.Occupant);
        CoresUsed += standing.Slot.CoresUsed;
        return true;
    }

    /// <summary>The node on which an instance stands; null when it stands nowhere.</summary>
    public NodeId? NodeOf(InstanceId instance) =>
        standings.TryGetValue(instance, out var standing) ? standing.Slot.Capacity.Id : null;

    /// <summary>True when the book knows the node.</summary>
    public bool Knows(NodeId node) => nodes.ContainsKey(node);

    /// <summary>What is free on a node; nothing when an isolated instance holds it.</summary>
    public Resources FreeOf(NodeId node) => SlotOf(node).Free;

    /// <summary>Who stands on a node, in the order in which they came.</summary>
    public IEnumerable<Occupant> On(NodeId node) => SlotOf(node).Occupants;

    /// <summary>The members of a group and where they stand, in the order in which they came; places kept for arrivals are no members.</summary>
    public IEnumerable<GroupMember> MembersOf(GroupId group) => groups.TryGetValue(group, out var members)
        ? members.Where(m => !m.Occupant.IsArrival).Select(m => new GroupMember(m.Slot.Capacity.Id, m.Slot.Capacity.FaultDomain, m.Occupant))
        : [];

    /// <summary>How many members of a group each fault domain hosts; those with none are left out.</summary>
    public IReadOnlyDictionary<int, int> CountsPerFaultDomain(GroupId group) =>
        MembersOf(group).CountBy(m => m.FaultDomain).ToDictionary();

    /// <summary>How many members of a group each of its update domains has: what <see cref="UpdateDomains.Deal"/>
    /// starts from.</summary>
    public IReadOnlyList<int> CountsPerUpdateDomain(GroupId group, int updateDomains)
    {
        var counts = new int[updateDomains];
        foreach (var member in MembersOf(group))
        {
            counts[member.Occupant.UpdateDomain]++;
        }

        return counts;
    }

    /// <summary>How many members of a group each node hosts; nodes with none are left out.</summary>
    public IReadOnlyDictionary<NodeId, int> CountsPerNode(GroupId group) =>
        MembersOf(group).CountBy(m => m.Node).ToDictionary();

    internal IEnumerable<NodeSlot> Slots() =>
        aisles.OrderBy(a => a.Key, StringComparer.Ordinal).SelectMany(a => a.Value.Shelves).SelectMany(s => s.Nodes);

    internal IReadOnlyList<Standing> StandingsOf(GroupId group) => groups.TryGetValue(group, out var m) ? m : [];

    internal Aisle AisleOf(string family) =>
        aisles.TryGetValue(family, out var aisle) ? aisle : aisles[family] = new Aisle(family);

    internal IReadOnlyList<NodeSlot> HostsOf(string owner) => owned.TryGetValue(owner, out var hosts) ? hosts : [];

    internal bool TryGetSlot(NodeId node, [MaybeNullWhen(false)] out NodeSlot slot) => nodes.TryGetValue(node, out slot);

    // Owner and state change what a node counts for, so both figures are taken off before and put back after.
    private void Change(NodeSlot slot, Action change)
    {
        CoresUsed -= slot.CoresUsed;
        CoresAllocatable -= slot.Schedulable ? slot.Capacity.Total.Cores : 0;
        change();
        CoresUsed += slot.CoresUsed;
        CoresAllocatable += slot.Schedulable ? slot.Capacity.Total.Cores : 0;
    }

    private NodeSlot SlotOf(NodeId node) => nodes.TryGetValue(node, out var slot)
        ? slot
        : throw new InvalidOperationException($"Node {node} is not in the book of {Cluster}.");
}

/// <summary>An occupant and the page of its node.</summary>
internal readonly record struct Standing(NodeSlot Slot, Occupant Occupant);
