// The nodes that a rollout has before it, with what each waits for. It is memory, not record: asked once, an answer holds until
// something about the node has changed or its time has come; after a restart everything is asked again.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.Rollouts;

/// <summary>What a node waits for.</summary>
/// <param name="Blocker">What, for people.</param>
/// <param name="AskAt">When to ask again if nothing changes before; null where only a change can end the wait.</param>
/// <param name="Behind">The node under way that it waits for; null where it is something else. As long as that one has not come further, nothing else counts.</param>
/// <param name="ComesNext">True where the node begins by itself then, so that nobody who comes after it is to get in its way.</param>
internal sealed record NodeWaits(Blocker Blocker, Instant? AskAt, UnderWayAt? Behind = null, bool ComesNext = false)
{
    /// <summary>True where room anywhere, or another node that is done, may end the wait.</summary>
    public bool IsForRoom => Behind is null && Blocker.Code is (BlockerCodes.NoRoom or BlockerCodes.Busy or BlockerCodes.Ceiling);

    /// <summary>A wait that ends when its blocker says.</summary>
    public static NodeWaits For(Blocker blocker) => new(blocker, blocker.ForcedAt);
}

/// <summary>How far a node under way had come.</summary>
/// <param name="Node">The node.</param>
/// <param name="Generation">Which maintenance.</param>
/// <param name="Stage">Its stage.</param>
internal readonly record struct UnderWayAt(NodeId Node, int Generation, MaintenanceStage Stage)
{
    /// <summary>True while it has not come further.</summary>
    public bool IsStillThere(ClusterState state) =>
        state.Nodes.TryGetValue(Node, out var node) && node.Maintenance is { } m && m.Generation == Generation && m.Stage == Stage;
}

/// <summary>What came of asking all.</summary>
/// <param name="Blocker">What the first one waits for; null where none does.</param>
/// <param name="TenantsOnly">True where all wait for their tenants' moments.</param>
internal sealed record QueueAnswer(Blocker? Blocker, bool TenantsOnly);

/// <summary>Keeps what each node waits for.</summary>
internal sealed class RolloutQueue
{
    private readonly Dictionary<NodeId, NodeWaits> waits = [];
    private readonly HashSet<NodeId> forRoom = [];
    private readonly SortedSet<(int Place, string Node)> inOrder = new(Comparer<(int Place, string Node)>.Create((a, b) =>
        a.Place != b.Place ? a.Place.CompareTo(b.Place) : string.CompareOrdinal(a.Node, b.Node)));
    private readonly SortedSet<(Instant At, string Node)> byTime = new(Comparer<(Instant At, string Node)>.Create((a, b) =>
        a.At != b.At ? a.At.CompareTo(b.At) : string.CompareOrdinal(a.Node, b.Node)));
    private static readonly IEnumerable<NodeId> Nobody = [];

    private readonly Dictionary<NodeId, int> places;
    private readonly ClusterRollout of;
    private int notTenants;
    private bool wasLimited;
    private bool hasLost;
    private bool asksAll;

    private RolloutQueue(ClusterRollout r, LaddersClimbed ladders)
    {
        (of, Ladders) = (r, ladders);
        places = PlacesOf(r.Order);
    }

    /// <summary>What can be done to each node, as long as that is known.</summary>
    public LaddersClimbed Ladders { get; }

    /// <summary>What came of asking all; null before that.</summary>
    public QueueAnswer? Answer { get; private set; }

    /// <summary>When the first of them is to be asked again; null where only a change can end the waits.</summary>
    public Instant? NextAt { get; private set; }

    /// <summary>Which place each node has in an order; one that is not in it comes last.</summary>
    public static Dictionary<NodeId, int> PlacesOf(ImmutableArray<NodeId> order) =>
        order.Select((id, place) => (id, place)).DistinctBy(p => p.id).ToDictionary(p => p.id, p => p.place);

    /// <summary>The cluster's, or a new one where the rollout is not what it was; what can be done to each node hangs on no order.</summary>
    public static RolloutQueue Of(ClusterState state, ClusterRollout r) =>
        state.Queue is { } queue && queue.IsOf(r) ? queue : state.Queue = new RolloutQueue(r, state.Queue?.Ladders ?? new());

    /// <summary>
    /// Nodes that are to be asked, in the plan's order: those about which something has changed, or whose time has come; all of
    /// them where the limits that held before allow more.
    /// </summary>
    public List<FabricNode> ToAsk(Turn turn, ClusterRollout r)
    {
        var ripples = turn.State.Ripples.Rollout;
        asksAll = Answer is null || ripples.All || wasLimited;
        if (asksAll)
        {
            return [.. RolloutNodes.Remaining(turn.State, r).Where(n => !IsKnown(turn, n.Id))];
        }

        IEnumerable<NodeId> due = NextAt <= turn.Now || ripples.Room ? byTime.TakeWhile(w => w.At <= turn.Now).Select(w => new NodeId(w.Node)) : Nobody;
        IReadOnlyCollection<NodeId> all = ripples.Nodes;
        if (ripples.Room || due != Nobody)
        {
            all = ripples.Nodes.Concat(due).Concat(ripples.Room ? forRoom : []).ToHashSet();
        }

        var nodes = new List<FabricNode>();
        foreach (var id in all)
        {
            if (!turn.State.Nodes.TryGetValue(id, out var node) || !RolloutNodes.IsNext(turn.State, r, node))
            {
                hasLost |= Drop(id);
            }
            else if (!IsKnown(turn, id))
            {
                nodes.Add(node);
            }
        }

        nodes.Sort((a, b) => a.Id == b.Id ? 0 : ComesBefore(a.Id, b.Id) ? -1 : 1);
        return nodes;
    }

    // True where a node's last answer still holds. What has changed about it is of no account while the one before it has not come further.
    private bool IsKnown(Turn turn, NodeId node) =>
        waits.TryGetValue(node, out var wait) && !(wait.AskAt <= turn.Now) && !(wait.IsForRoom && turn.State.Ripples.Rollout.Room)
        && (wait.Behind?.IsStillThere(turn.State) ?? !turn.State.Ripples.Rollout.Reaches(node));

    /// <summary>What a node waits for, from now on; null where it has been begun with, or is left.</summary>
    public void Keep(NodeId node, NodeWaits? wait)
    {
        Drop(node);
        if (wait is null)
        {
            return;
        }

        waits[node] = wait;
        inOrder.Add((PlaceOf(node), node.Value));
        notTenants += IsForTenants(wait) ? 0 : 1;
        forRoom.Keep(node, wait.IsForRoom);
        if (wait.AskAt is { } at)
        {
            byTime.Add((at, node.Value));
        }
    }

    /// <summary>Nobody can be asked, as many are under way as may be.</summary>
    public QueueAnswer Full()
    {
        wasLimited = true;
        return Answer ?? new QueueAnswer(null, TenantsOnly: true);
    }

    /// <summary>
    /// Those that were to be asked have been; <paramref name="unasked"/> were not, since the limits allowed no more: they are
    /// asked when there is room again.
    /// </summary>
    public QueueAnswer Asked(Turn turn, ClusterRollout r, int asked, IEnumerable<FabricNode> unasked)
    {
        wasLimited = false;
        foreach (var node in unasked)
        {
            wasLimited = true;
            Drop(node.Id);
        }

        var ripples = turn.State.Ripples.Rollout;
        var isAsBefore = asked == 0 && !wasLimited && !hasLost && !ripples.All;
        // What is begun with may take others with it: they are not before us any more.
        List<NodeId> changed = [.. asksAll ? waits.Keys : ripples.Nodes];
        ripples.Clear();
        if (isAsBefore && Answer is not null)
        {
            return Answer;
        }

        hasLost = false;
        foreach (var id in changed)
        {
            if (!turn.State.Nodes.TryGetValue(id, out var node) || !RolloutNodes.IsNext(turn.State, r, node))
            {
                Drop(id);
            }
        }

        NextAt = byTime.SkipWhile(w => w.At <= turn.Now).Select(w => (Instant?)w.At).FirstOrDefault();
        var first = inOrder.Count == 0 ? null : waits[new NodeId(inOrder.Min.Node)].Blocker;
        return Answer = new QueueAnswer(first, TenantsOnly: notTenants == 0);
    }

    private bool Drop(NodeId node)
    {
        if (!waits.Remove(node, out var wait))
        {
            return false;
        }

        inOrder.Remove((PlaceOf(node), node.Value));
        notTenants -= IsForTenants(wait) ? 0 : 1;
        forRoom.Remove(node);
        if (wait.AskAt is { } at)
        {
            byTime.Remove((at, node.Value));
        }

        return true;
    }

    private static bool IsForTenants(NodeWaits wait) => TenantMoments.Codes.Contains(wait.Blocker.Code);

    /// <summary>When a node comes that is before another in the plan and only waits for nodes that are under way; null for any other.</summary>
    public Instant? ComesBefore(NodeId node, NodeId other, Instant now) =>
        waits.TryGetValue(node, out var wait) && wait is { ComesNext: true, AskAt: { } at } && at > now && ComesBefore(node, other) ? at : null;

    /// <summary>Places in the plan's order; those that are not in it come last, in order of id.</summary>
    public bool ComesBefore(NodeId a, NodeId b) =>
        (PlaceOf(a), PlaceOf(b)) is var (x, y) && (x < y || (x == y && string.CompareOrdinal(a.Value, b.Value) < 0));

    private int PlaceOf(NodeId node) => places.GetValueOrDefault(node, int.MaxValue);

    // Everything else of it changes only by what is done here.
    private bool IsOf(ClusterRollout r) =>
        ReferenceEquals(of.Part, r.Part) && of.RollsBack == r.RollsBack && of.Order == r.Order && of.Consents == r.Consents && of.Deferrals == r.Deferrals;
}
