// M5, M6: a rollout in one cluster, as its controller keeps it. Which nodes have the update is read off the nodes, so that a
// restart can't lose one; what is kept is what was asked, the plan's order, and what came of each node.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Rollouts;

/// <summary>What a cluster is told of a rollout when one of its waves comes to it.</summary>
/// <param name="Rollout">The rollout's name.</param>
/// <param name="Update">The update.</param>
/// <param name="Wave">The wave, from 0.</param>
/// <param name="Stage">The stage that the wave is of.</param>
/// <param name="Share">Which share of its nodes shall have the update when the wave is over.</param>
/// <param name="Bake">How long it is watched then.</param>
/// <param name="MaxConcurrentNodes">The most nodes under way at a time.</param>
/// <param name="MaxFailures">Nodes that may fail before it stops.</param>
/// <param name="SelfServiceUntil">Until when tenants choose their own moment (W1).</param>
/// <param name="ForcedAt">From when on windows are no longer waited for (W2).</param>
/// <param name="Override">An operator's order to go on past the gate and the limit of failures; null for none.</param>
/// <param name="Order">The order of the plan that was approved; empty where none was.</param>
/// <param name="Moves">Live migrations of that plan, which come first (M2).</param>
public sealed record RolloutPart(
    string Rollout, HostUpdate Update, int Wave, string Stage, double Share, Duration Bake, int MaxConcurrentNodes, int MaxFailures,
    Instant SelfServiceUntil, Instant ForcedAt, RolloutOrder? Override, ImmutableArray<NodeId> Order,
    ImmutableArray<PlannedMove> Moves = default);

/// <summary>A node that the rollout has begun with, and what it had before.</summary>
/// <param name="Node">The node.</param>
/// <param name="Before">Its versions before; null where they were not known.</param>
/// <param name="Image">Its host OS image before.</param>
/// <param name="Number">Its place in the order of beginning.</param>
/// <param name="EndedAt">When it was done; null while it is under way.</param>
public sealed record NodeTouched(NodeId Node, VersionSet? Before, string? Image, int Number, Instant? EndedAt = null);

/// <summary>A node on which it came to nothing.</summary>
/// <param name="Node">The node.</param>
/// <param name="Why">Why.</param>
/// <param name="At">When.</param>
public sealed record NodeFailed(NodeId Node, string Why, Instant At);

/// <summary>An owner has put the maintenance of an instance off.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Until">Until when.</param>
public sealed record Deferral(InstanceId Instance, Instant Until);

/// <summary>Something has gone differently than it was planned, since the nodes ahead were planned last.</summary>
/// <param name="What">What it was; the first where there were more.</param>
/// <param name="At">When.</param>
public sealed record Surprise(string What, Instant At);

/// <summary>A rollout in a cluster.</summary>
public sealed record ClusterRollout
{
    private readonly ImmutableArray<NodeTouched> touched = [];
    private readonly NodesUnderWay underWay = new([]);

    /// <summary>What was asked.</summary>
    public required RolloutPart Part { get; init; }

    /// <summary>When it came to this cluster.</summary>
    public required Instant BeganAt { get; init; }

    /// <summary>Instances that were healthy then: the gate compares with them (M5).</summary>
    public required int HealthyBefore { get; init; }

    /// <summary>How far it has come.</summary>
    public ClusterStage Stage { get; init; } = ClusterStage.Working;

    /// <summary>The plan's order (M2); a node that is not in it comes last.</summary>
    public ImmutableArray<NodeId> Order { get; init; } = [];

    /// <summary>Why the nodes ahead are to be planned anew (M2); null while everything goes as it was planned.</summary>
    public Surprise? Surprise { get; init; }

    /// <summary>Live migrations of the plan that are still to be made, or under way; no node is begun with before (M2).</summary>
    public ImmutableArray<PlannedMove> Moves { get; init; } = [];

    /// <summary>Nodes that it has begun with, in the order of beginning.</summary>
    public ImmutableArray<NodeTouched> Touched
    {
        get => touched;
        init => (touched, underWay) = (value, new NodesUnderWay(value));
    }

    /// <summary>Nodes on which it came to nothing; they are left alone.</summary>
    public ImmutableArray<NodeFailed> Failed { get; init; } = [];

    /// <summary>Until when it is watched before it counts as done; null while it is not.</summary>
    public Instant? BakeUntil { get; init; }

    /// <summary>Why it stands still; null while it goes on.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>True when what it has changed is changed back.</summary>
    public bool RollsBack { get; init; }

    /// <summary>What keeps it from the next node; null while something is under way or nothing is left.</summary>
    public Blocker? Blocker { get; init; }

    /// <summary>Nodes that wait for their tenants' moments, once all others are done.</summary>
    public int Waiting { get; init; }

    /// <summary>Instances on hardware of their own whose owner has said: now (W2).</summary>
    public ImmutableArray<InstanceId> Consents { get; init; } = [];

    /// <summary>Instances whose owner has put it off (W1).</summary>
    public ImmutableArray<Deferral> Deferrals { get; init; } = [];

    /// <summary>Nodes under way.</summary>
    public ImmutableArray<NodeTouched> UnderWay => underWay.All;

    /// <summary>It begins with a node.</summary>
    public ClusterRollout Touch(FabricNode node) => this with
    {
        Touched = Touched.Add(new NodeTouched(node.Id, node.Versions, node.HostOs, Touched.IsEmpty ? 1 : Touched[^1].Number + 1)),
    };

    /// <summary>A node that is under way is done.</summary>
    public ClusterRollout Ended(NodeTouched node, Instant at) => this with { Touched = Touched.SetItem(PlaceOf(node), node with { EndedAt = at }) };

    /// <summary>A node that is under way has not been begun with after all.</summary>
    public ClusterRollout Untouch(NodeTouched node) => this with { Touched = Touched.RemoveAt(PlaceOf(node)) };

    /// <summary>True where it has failed on that node.</summary>
    public bool HasFailedOn(NodeId node) => !Failed.IsEmpty && Failed.Any(f => f.Node == node);

    // The very record: hundreds of them are alike but for the end of a name.
    private int PlaceOf(NodeTouched node)
    {
        var place = Touched.Length - 1;
        while (!ReferenceEquals(Touched[place], node))
        {
            place--;
        }

        return place;
    }
}

/// <summary>
/// Those of the nodes touched that are under way: looked for once, when they are first asked for. It follows from the others, so
/// it is no part of what makes two rollouts equal.
/// </summary>
internal sealed class NodesUnderWay(ImmutableArray<NodeTouched> touched) : IEquatable<NodesUnderWay>
{
    private ImmutableArray<NodeTouched> all;

    /// <summary>In the order of beginning.</summary>
    public ImmutableArray<NodeTouched> All => all.IsDefault ? all = [.. touched.Where(t => t.EndedAt is null)] : all;

    /// <inheritdoc/>
    public bool Equals(NodesUnderWay? other) => other is not null;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is NodesUnderWay;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}
