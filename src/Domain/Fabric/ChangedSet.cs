// What has a turn changed, and how was it before? Whoever writes it writes only what differs.
using System.Collections;

namespace Rdfe.Domain.Fabric;

/// <summary>Keys of records that were changed, in the order in which they first were, and each record as it was before that.</summary>
/// <typeparam name="TKey">What finds a record.</typeparam>
/// <typeparam name="T">The record.</typeparam>
public sealed class ChangedSet<TKey, T>(IEqualityComparer<TKey>? comparer = null) : IReadOnlyCollection<TKey>
    where TKey : notnull
    where T : class
{
    private readonly Dictionary<TKey, T?> before = new(comparer);

    /// <inheritdoc/>
    public int Count => before.Count;

    /// <summary>A record is about to be changed; <paramref name="now"/> is how it is, null for a new one. Only the first time counts.</summary>
    public void Add(TKey key, T? now) => before.TryAdd(key, now);

    /// <summary>A record as it was before it was changed; null for one that was not there.</summary>
    public T? Before(TKey key) => before.GetValueOrDefault(key);

    /// <summary>Keys that none of these sets has.</summary>
    public IEnumerable<TKey> NotIn(IEnumerable<ChangedSet<TKey, T>> others) => before.Keys.Where(key => !others.Any(o => o.before.ContainsKey(key)));

    /// <inheritdoc/>
    public IEnumerator<TKey> GetEnumerator() => before.Keys.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
