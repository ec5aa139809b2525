// A plan as a value (M1, M2): what goes when, in which rounds if it went in rounds, what waits for whom, what is left
// of the cluster meanwhile, and the least that any plan would need, with nodes that prove it.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Planning;

/// <summary>Why a node does not begin yet.</summary>
public enum WaitKind
{
    /// <summary>A node under way, or planned before it, takes another update domain of one of its groups down (M1).</summary>
    Promise,

    /// <summary>An instance of another update domain of one of its groups is down for another reason (M1).</summary>
    AlreadyDown,

    /// <summary>As many nodes are under way as may be.</summary>
    MostAtOnce,

    /// <summary>It might begin, but would hold up a node that comes before it.</summary>
    Yields,

    /// <summary>One of its instances is to be moved to another node first.</summary>
    MovesFirst,

    /// <summary>It hosts two update domains of a group: no moment will do, unless one of them is moved away (M1).</summary>
    TwoUpdateDomains,
}

/// <summary>What a node waits for.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Mine">Its own instance that would break the promise; null where none does.</param>
/// <param name="Group">The group that the promise was given to.</param>
/// <param name="Instance">The other instance of the group.</param>
/// <param name="UpdateDomain">The update domain of the other instance.</param>
/// <param name="Node">The node of the other instance, or the one that it yields to.</param>
/// <param name="Until">When the wait is predicted to end; null where nobody can tell.</param>
public sealed record NodeWait(
    WaitKind Kind, InstanceId? Mine = null, GroupId? Group = null, InstanceId? Instance = null, int? UpdateDomain = null,
    NodeId? Node = null, Instant? Until = null)
{
    /// <summary>One sentence for people.</summary>
    public string Detail => Kind switch
    {
        WaitKind.Promise or WaitKind.AlreadyDown => string.Create(CultureInfo.InvariantCulture,
            $"{Group} has update domain {UpdateDomain} down ({Instance}{(Node is { } n ? $" on {n}" : "")}), and {Mine} is in another one."),
        WaitKind.MostAtOnce => "As many nodes are under way as may be.",
        WaitKind.Yields => $"It would hold up {Node}, which comes before it.",
        WaitKind.MovesFirst => $"{Instance} is moved away first.",
        _ => $"It hosts two update domains of {Group}: one of them has to be moved away first.",
    };
}

/// <summary>A node's place in the plan, which is also that of each of its instances.</summary>
/// <param name="Node">The node.</param>
/// <param name="Round">Its round, from 1; 0 for a node that is under way.</param>
/// <param name="Starts">When it begins.</param>
/// <param name="Ends">When its last instance is healthy again.</param>
/// <param name="Instances">The instances that go down with it.</param>
/// <param name="Wait">What keeps it from beginning earlier; null when it begins at once.</param>
public sealed record PlannedNode(
    NodeId Node, int Round, Instant Starts, Instant Ends, ImmutableArray<InstanceId> Instances, NodeWait? Wait);

/// <summary>A moment of the stream at which nodes begin or are done, and what is left of the cluster from then on.</summary>
/// <param name="At">The moment.</param>
/// <param name="Starts">Nodes that begin.</param>
/// <param name="Ends">Nodes that are done.</param>
/// <param name="NodesDown">Nodes under way from then on.</param>
/// <param name="InstancesDown">Instances on them.</param>
/// <param name="FreeCores">Cores that are free on all other nodes, hundredths.</param>
/// <param name="FreeNodes">The same in nodes: free cores by the cores of a node as they are on average.</param>
/// <param name="EmptyNodes">Nodes that are up and host nothing.</param>
public sealed record PlanStep(
    Instant At, ImmutableArray<NodeId> Starts, ImmutableArray<NodeId> Ends,
    int NodesDown, int InstancesDown, long FreeCores, double FreeNodes, int EmptyNodes);

/// <summary>A set of nodes that may be down together, and what is left of the cluster meanwhile.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Nodes">The nodes.</param>
/// <param name="Takes">As long as the longest of them.</param>
/// <param name="FreeCores">Cores that are free on all other nodes, hundredths.</param>
/// <param name="FreeNodes">The same in nodes.</param>
public sealed record PlannedRound(
    int Number, ImmutableArray<NodeId> Nodes, Duration Takes, long FreeCores, double FreeNodes);

/// <summary>A live migration that makes the plan possible, or shorter.</summary>
/// <param name="Instance">What is moved.</param>
/// <param name="From">Its node.</param>
/// <param name="To">The node that has room for it and keeps its group spread (P1).</param>
/// <param name="Starts">When it begins.</param>
/// <param name="Ends">When it is done.</param>
/// <param name="Why">What it is good for, in a sentence.</param>
public sealed record PlannedMove(InstanceId Instance, NodeId From, NodeId To, Instant Starts, Instant Ends, string Why);

/// <summary>A node that is not planned: it hosts two update domains of a group (M1).</summary>
/// <param name="Node">The node.</param>
/// <param name="Group">The group.</param>
public sealed record NodeLeft(NodeId Node, GroupId Group)
{
    /// <summary>Why, as every other wait is told.</summary>
    public NodeWait Wait => new(WaitKind.TwoUpdateDomains, Group: Group);
}

/// <summary>The fewest rounds that any plan has.</summary>
/// <param name="Rounds">So many.</param>
/// <param name="Clique">Nodes that all exclude each other: each needs a round of its own.</param>
/// <param name="Core">
/// Nodes that alone do not go in one round fewer, however they are dealt: all ways were tried, or too many of them must share
/// a round. Empty where the clique is enough.
/// </param>
/// <param name="ByLimit">True when it is the most nodes at once that asks for more rounds than nodes that exclude each other do.</param>
public sealed record RoundBound(int Rounds, ImmutableArray<NodeId> Clique, ImmutableArray<NodeId> Core, bool ByLimit);

/// <summary>The least time that any plan takes.</summary>
/// <param name="Time">So long.</param>
/// <param name="Clique">Nodes that all exclude each other: they go one after the other.</param>
/// <param name="CliqueTakes">The sum of their durations; <paramref name="Time"/> is more where something else asks for more.</param>
/// <param name="Proven">True when there is no heavier clique.</param>
public sealed record TimeBound(Duration Time, ImmutableArray<NodeId> Clique, Duration CliqueTakes, bool Proven);

/// <summary>How one cluster's nodes are maintained (M1-M3).</summary>
/// <param name="Basis">What it was made from.</param>
/// <param name="Fingerprint">A hash of it, see <see cref="PlanDifference.FingerprintOf"/>.</param>
/// <param name="Moves">Live migrations that come first.</param>
/// <param name="Order">The nodes in the order in which <see cref="NextNodes"/> asks them.</param>
/// <param name="Nodes">When each goes: those under way, then the others in the order of their beginning.</param>
/// <param name="Rounds">The rounds, if it went in rounds.</param>
/// <param name="Steps">What is left of the cluster, moment by moment.</param>
/// <param name="Left">Nodes that no moment will do for.</param>
/// <param name="RoundBound">The fewest rounds.</param>
/// <param name="TimeBound">The least time.</param>
public sealed record MaintenancePlan(
    MaintenanceInventory Basis, string Fingerprint, ImmutableArray<PlannedMove> Moves, ImmutableArray<NodeId> Order,
    ImmutableArray<PlannedNode> Nodes, ImmutableArray<PlannedRound> Rounds, ImmutableArray<PlanStep> Steps,
    ImmutableArray<NodeLeft> Left, RoundBound RoundBound, TimeBound TimeBound)
{
    /// <summary>How long it takes from the moment that it was made for.</summary>
    public Duration Takes => Nodes.IsEmpty ? Duration.Zero : Nodes.Max(n => n.Ends) - Basis.At;

    /// <summary>When an instance goes down and is back; null when the plan leaves it alone.</summary>
    public PlannedNode? WhenOf(InstanceId instance) => Nodes.FirstOrDefault(n => n.Instances.Contains(instance));
}
