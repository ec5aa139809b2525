// Which instances belong to what: an owner, a node, an operation, a group.
namespace Rdfe.Domain.Fabric;

/// <summary>
/// Where the present record of an instance is. Indexes hold these and not ids: decisions go over members of roles and over what is on
/// nodes far more often than either changes, and to find each by its id would be most of the work.
/// </summary>
internal sealed class InstanceSlot(InstanceId id)
{
    /// <summary>In order of id.</summary>
    public static readonly Comparer<InstanceSlot> ById = Comparer<InstanceSlot>.Create((a, b) => string.CompareOrdinal(a.Id.Value, b.Id.Value));

    /// <summary>Whose.</summary>
    public InstanceId Id => id;

    /// <summary>The record; of one that was removed, the last.</summary>
    public Deployments.FabricInstance Now { get; set; } = null!;

    /// <summary>Where the node is that it is on; null for none.</summary>
    public NodeSlot? On { get; set; }
}

/// <summary>Where the present record of a node is.</summary>
internal sealed class NodeSlot
{
    /// <summary>The record; null for a node that the cluster does not have.</summary>
    public FabricNode? Now { get; set; }

    /// <summary>Nodes that must not be down together with it (M1); null where that is to be looked for.</summary>
    public ExcludedSlot[]? Excluded { get; set; }
}

// Sorted, because decisions iterate over it and must not depend on hashing.
internal sealed class InstanceIndex<TKey>(IEqualityComparer<TKey>? comparer)
    where TKey : notnull
{
    public static readonly Comparer<InstanceId> ById =
        Comparer<InstanceId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));

    private readonly Dictionary<TKey, Entry> entries = new(comparer);

    // Those that are in it now: those who iterate usually change what they iterate over. It is asked far more often than it changes.
    public InstanceSlot[] this[TKey key] => entries.TryGetValue(key, out var entry) ? entry.Slots ??= [.. entry.Set] : [];

    public void Add(TKey key, InstanceSlot slot)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entries[key] = entry = new Entry();
        }

        entry.Set.Add(slot);
        entry.Slots = null;
    }

    public void Remove(TKey key, InstanceSlot slot)
    {
        if (entries.TryGetValue(key, out var entry) && entry.Set.Remove(slot))
        {
            entry.Slots = null;
            if (entry.Set.Count == 0)
            {
                entries.Remove(key);
            }
        }
    }

    private sealed class Entry
    {
        public SortedSet<InstanceSlot> Set { get; } = new(InstanceSlot.ById);

        public InstanceSlot[]? Slots { get; set; }
    }
}
