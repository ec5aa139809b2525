// Which instances belong to what: an owner, a node, an operation, a group.
namespace Rdfe.Domain.Fabric;

// Sorted, because decisions iterate over it and must not depend on hashing.
internal sealed class InstanceIndex<TKey>(IEqualityComparer<TKey>? comparer)
    where TKey : notnull
{
    private static readonly SortedSet<InstanceId> Nothing = [];
    public static readonly Comparer<InstanceId> ById =
        Comparer<InstanceId>.Create((a, b) => string.CompareOrdinal(a.Value, b.Value));

    private readonly Dictionary<TKey, SortedSet<InstanceId>> sets = new(comparer);

    // A copy: those who iterate usually change what they iterate over.
    public InstanceId[] this[TKey key] => [.. sets.GetValueOrDefault(key, Nothing)];

    public void Add(TKey key, InstanceId id)
    {
        if (!sets.TryGetValue(key, out var set))
        {
            sets[key] = set = new SortedSet<InstanceId>(ById);
        }

        set.Add(id);
    }

    public void Remove(TKey key, InstanceId id)
    {
        if (sets.TryGetValue(key, out var set) && set.Remove(id) && set.Count == 0)
        {
            sets.Remove(key);
        }
    }
}
