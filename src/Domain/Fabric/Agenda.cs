// What a cluster has to look at when nobody says anything: deadlines, in the order of time. They are derived from the
// records, never kept beside them, so that a restart can't lose one (H2).
using NodaTime;

namespace Rdfe.Domain.Fabric;

/// <summary>What a deadline is about.</summary>
public enum AgendaKind
{
    /// <summary>A node: a provisioning step, its silence, its recovery.</summary>
    Node,

    /// <summary>An instance: silence, connecting, a wait that will be forced.</summary>
    Instance,

    /// <summary>A deployment's update.</summary>
    Deployment,

    /// <summary>The cluster itself: healing that waits for its interval.</summary>
    Cluster,

    /// <summary>A bundle on its way over the cluster: a wait that ends by itself (L4).</summary>
    Push,

    /// <summary>A rollout: the end of a bake, of the self-service phase, of a wait for a window (M5, W1).</summary>
    Rollout,

    /// <summary>A board of notices: the time of one comes (W3).</summary>
    Notices,

    /// <summary>Notices of service health: one that closes by itself, the end of a phase that is told (W4).</summary>
    ServiceHealth,
}

/// <summary>One thing to look at again.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Key">Which: the id of the node, the instance, the deployment.</param>
public readonly record struct AgendaItem(AgendaKind Kind, string Key);

/// <summary>Deadlines in order of time, then of kind and key, so that equal times have one order.</summary>
public sealed class Agenda
{
    private readonly Dictionary<AgendaItem, Instant> due = [];
    private readonly SortedSet<(Instant At, AgendaKind Kind, string Key)> order = new(
        Comparer<(Instant At, AgendaKind Kind, string Key)>.Create((a, b) =>
            a.At != b.At ? a.At.CompareTo(b.At)
            : a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind)
            : string.CompareOrdinal(a.Key, b.Key)));

    /// <summary>When something is next due; null when nothing is.</summary>
    public Instant? Next => order.Count > 0 ? order.Min.At : null;

    /// <summary>Sets, moves or, with null, takes away the deadline of an item.</summary>
    public void Set(AgendaItem item, Instant? at)
    {
        if (due.TryGetValue(item, out var old))
        {
            if (old == at)
            {
                return;
            }

            order.Remove((old, item.Kind, item.Key));
            due.Remove(item);
        }

        if (at is { } when)
        {
            due[item] = when;
            order.Add((when, item.Kind, item.Key));
        }
    }

    /// <summary>Takes the next item that is due at <paramref name="now"/>; null when none is.</summary>
    public (Instant At, AgendaItem Item)? TakeUntil(Instant now)
    {
        if (order.Count == 0 || order.Min.At > now)
        {
            return null;
        }

        var (at, kind, key) = order.Min;
        var item = new AgendaItem(kind, key);
        Set(item, null);
        return (at, item);
    }
}
