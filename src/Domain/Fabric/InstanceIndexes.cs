// Everything by which a cluster finds instances, and how many of them are well: kept in step with them, one change at a time.
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

internal sealed class InstanceIndexes
{
    private readonly Dictionary<InstanceId, InstanceSlot> slots = [];
    private readonly Dictionary<NodeId, NodeSlot> nodes = [];

    public InstanceIndex<string> ByOwner { get; } = new(StringComparer.Ordinal);

    public InstanceIndex<OperationId> ByOperation { get; } = new(null);

    public InstanceIndex<NodeId> ByNode { get; } = new(null);

    /// <summary>By the node to which they are being moved live.</summary>
    public InstanceIndex<NodeId> ByTarget { get; } = new(null);

    public InstanceIndex<GroupId> ByGroup { get; } = new(null);

    public InstanceIndex<GroupId> DownByGroup { get; } = new(null);

    public SortedSet<InstanceSlot> Waiting { get; } = new(InstanceSlot.ById);

    public SortedSet<InstanceSlot> Healing { get; } = new(InstanceSlot.ById);

    /// <summary>Instances that are being moved live.</summary>
    public SortedSet<InstanceSlot> Moving { get; } = new(InstanceSlot.ById);

    public UnwellInstances Unwell { get; } = new();

    public (int Wanted, int Healthy) Running { get; private set; }

    /// <summary>An instance comes (no old one), changes, or goes (no new one).</summary>
    public void Change(FabricInstance? old, FabricInstance? now)
    {
        if ((old ?? now)?.Id is not { } id)
        {
            return;
        }

        if (!slots.TryGetValue(id, out var slot))
        {
            slots[id] = slot = new InstanceSlot(id);
        }

        if (now is null)
        {
            slots.Remove(id);
        }

        slot.Now = now ?? old!;
        if (old?.Node != now?.Node)
        {
            slot.On = now?.Node is { } node ? SlotOf(node) : null;
        }

        if (old?.Owner != now?.Owner)
        {
            Remove(ByOwner, old?.Owner, slot);
            Add(ByOwner, now?.Owner, slot);
        }

        Move(ByOperation, slot, old?.Operation, now?.Operation);
        Move(ByNode, slot, old?.Node, now?.Node);
        Move(ByTarget, slot, old?.Migration?.Target, now?.Migration?.Target);
        Move(ByGroup, slot, old?.Group, now?.Group);
        Move(DownByGroup, slot, DownIn(old), DownIn(now));
        if (NodeExclusions.SeenOf(old) != NodeExclusions.SeenOf(now))
        {
            ForgetExclusions(old);
            ForgetExclusions(now);
        }

        Waiting.Keep(slot, old?.Planned is { Stage: ActStage.Waiting }, now?.Planned is { Stage: ActStage.Waiting });
        Healing.Keep(slot, old?.Health is { Healing: not null }, now?.Health is { Healing: not null });
        Moving.Keep(slot, old?.Migration is not null, now?.Migration is not null);
        Unwell.Change(slot, IsUnwell(old), IsUnwell(now), IsExplained(slot));
        Running = (Running.Wanted + Wanted(now) - Wanted(old), Running.Healthy + Healthy(now) - Healthy(old));
    }

    /// <summary>A node comes or changes. Where its maintenance has begun or is over, who is unwell on it is so for a known reason, or no longer.</summary>
    public void Change(FabricNode? old, FabricNode node)
    {
        SlotOf(node.Id).Now = node;
        if ((old?.Maintenance is null) == (node.Maintenance is null))
        {
            return;
        }

        foreach (var slot in ByNode[node.Id].Where(s => IsUnwell(s.Now)))
        {
            Unwell.Change(slot, was: true, isUnwell: true, IsExplained(slot));
        }
    }

    /// <summary>Nodes that must not be down together with one (M1), as they are now.</summary>
    public ExcludedSlot[] ExcludedBy(NodeId node) =>
        SlotOf(node) is var slot ? slot.Excluded ??= NodeExclusions.Find(slot, ByNode[node], ByGroup) : [];

    // Of where an instance is, and of where those are that share a role or an availability set with it.
    private void ForgetExclusions(FabricInstance? i)
    {
        if (i?.Node is { } node)
        {
            SlotOf(node).Excluded = null;
        }

        foreach (var member in i?.Group is { } group ? ByGroup[group] : [])
        {
            member.On?.Excluded = null;
        }
    }

    private static void Move<TKey>(InstanceIndex<TKey> index, InstanceSlot slot, TKey? from, TKey? to)
        where TKey : struct
    {
        if (Nullable.Equals(from, to))
        {
            return;
        }

        if (from is { } old)
        {
            index.Remove(old, slot);
        }

        if (to is { } now)
        {
            index.Add(now, slot);
        }
    }

    private static void Add(InstanceIndex<string> index, string? key, InstanceSlot slot)
    {
        if (key is not null)
        {
            index.Add(key, slot);
        }
    }

    private static void Remove(InstanceIndex<string> index, string? key, InstanceSlot slot)
    {
        if (key is not null)
        {
            index.Remove(key, slot);
        }
    }

    private static GroupId? DownIn(FabricInstance? i) => i is not null && Promise.IsDown(i) ? i.Group : null;

    private static bool IsUnwell(FabricInstance? i) => Wanted(i) > Healthy(i);

    private static bool IsExplained(InstanceSlot slot) => slot is { Now.Operation: not null } or { On.Now.Maintenance: not null };

    private NodeSlot SlotOf(NodeId node) => nodes.TryGetValue(node, out var slot) ? slot : nodes[node] = new NodeSlot();

    private static int Wanted(FabricInstance? i) => i is { Power: PowerGoal.Running } ? 1 : 0;

    private static int Healthy(FabricInstance? i) => i is { Power: PowerGoal.Running, IsHealthy: true } ? 1 : 0;
}

/// <summary>Sets that are kept in step with what is so.</summary>
internal static class KeptSets
{
    /// <summary>It is in the set where it belongs there, and not otherwise.</summary>
    public static void Keep<T>(this ISet<T> set, T item, bool belongs)
    {
        if (belongs)
        {
            set.Add(item);
        }
        else
        {
            set.Remove(item);
        }
    }

    /// <summary>The same of one of which it is known whether it was in the set: nearly all that change neither come nor go.</summary>
    public static void Keep<T>(this ISet<T> set, T item, bool belonged, bool belongs)
    {
        if (belongs != belonged)
        {
            set.Keep(item, belongs);
        }
    }
}
