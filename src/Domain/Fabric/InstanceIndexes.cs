// Everything by which a cluster finds instances, and how many of them are well: kept in step with them, one change at a time.
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

internal sealed class InstanceIndexes
{
    public InstanceIndex<string> ByOwner { get; } = new(StringComparer.Ordinal);

    public InstanceIndex<OperationId> ByOperation { get; } = new(null);

    public InstanceIndex<NodeId> ByNode { get; } = new(null);

    public InstanceIndex<GroupId> ByGroup { get; } = new(null);

    public InstanceIndex<GroupId> DownByGroup { get; } = new(null);

    public SortedSet<InstanceId> Waiting { get; } = new(InstanceIndex<string>.ById);

    public SortedSet<InstanceId> Healing { get; } = new(InstanceIndex<string>.ById);

    /// <summary>Instances that shall run and are not healthy: few, so that whoever asks why need not go over all.</summary>
    public HashSet<InstanceId> Unwell { get; } = [];

    public (int Wanted, int Healthy) Running { get; private set; }

    /// <summary>An instance comes (no old one), changes, or goes (no new one).</summary>
    public void Change(FabricInstance? old, FabricInstance? now)
    {
        if ((old ?? now)?.Id is not { } id)
        {
            return;
        }

        if (old?.Owner != now?.Owner)
        {
            Remove(ByOwner, old?.Owner, id);
            Add(ByOwner, now?.Owner, id);
        }

        Move(ByOperation, id, old?.Operation, now?.Operation);
        Move(ByNode, id, old?.Node, now?.Node);
        Move(ByGroup, id, old?.Group, now?.Group);
        Move(DownByGroup, id, DownIn(old), DownIn(now));
        Waiting.Keep(id, now?.Planned is { Stage: ActStage.Waiting });
        Healing.Keep(id, now?.Health is { Healing: not null });
        Unwell.Keep(id, Wanted(now) > Healthy(now));
        Running = (Running.Wanted + Wanted(now) - Wanted(old), Running.Healthy + Healthy(now) - Healthy(old));
    }

    private static void Move<TKey>(InstanceIndex<TKey> index, InstanceId id, TKey? from, TKey? to)
        where TKey : struct
    {
        if (Nullable.Equals(from, to))
        {
            return;
        }

        if (from is { } old)
        {
            index.Remove(old, id);
        }

        if (to is { } now)
        {
            index.Add(now, id);
        }
    }

    private static void Add(InstanceIndex<string> index, string? key, InstanceId id)
    {
        if (key is not null)
        {
            index.Add(key, id);
        }
    }

    private static void Remove(InstanceIndex<string> index, string? key, InstanceId id)
    {
        if (key is not null)
        {
            index.Remove(key, id);
        }
    }

    private static GroupId? DownIn(FabricInstance? i) => i is not null && Promise.IsDown(i) ? i.Group : null;

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
}
