// Which instances belong to what: an owner, a node, an operation, a group.
namespace Rdfe.Domain.Fabric;

// Sorted, because decisions iterate over it and must not depend on hashing.
internal sealed class InstanceIndex<TKey>(IEqualityComparer<TKey>? comparer)
    where TKey : notnull
{
    public static readonly Comparer<InstanceId> ById =
        Comparer<InstanceId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));

    private readonly Dictionary<TKey, Entry> entries = new(comparer);

    // As they are now: those who iterate usually change what they iterate over. It is asked far more often than it changes.
    public IReadOnlyList<InstanceId> this[TKey key] => entries.TryGetValue(key, out var entry) ? entry.Ids ??= [.. entry.Set] : [];

    public void Add(TKey key, InstanceId id)
    {
        if (!entries.TryGetValue(key, out var entry))
        {
            entries[key] = entry = new Entry();
        }

        entry.Set.Add(id);
        entry.Ids = null;
    }

    public void Remove(TKey key, InstanceId id)
    {
        if (entries.TryGetValue(key, out var entry) && entry.Set.Remove(id))
        {
            entry.Ids = null;
            if (entry.Set.Count == 0)
            {
                entries.Remove(key);
            }
        }
    }

    private sealed class Entry
    {
        public SortedSet<InstanceId> Set { get; } = new(ById);

        public InstanceId[]? Ids { get; set; }
    }
}
