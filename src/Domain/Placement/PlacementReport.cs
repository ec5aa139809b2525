// Why here, and why not there (P1, P2, P4): the report that every call to the allocator gives.
using System.Collections.Immutable;
using System.Globalization;

namespace Rdfe.Domain.Placement;

/// <summary>The hard constraints in the order in which a node is checked: each in its file in Constraints/ (P1,
/// P6).</summary>
public enum Constraint
{
    /// <summary>The node has another hardware family.</summary>
    SameHardware,

    /// <summary>The node is not ready, or is reserved for the fabric controller.</summary>
    NodeIsSchedulable,

    /// <summary>The node is somebody else's, not the one asked for, or not empty when all of it is needed
    /// (P6).</summary>
    DedicatedTo,

    /// <summary>Too little of cores, memory, local disk or network is free.</summary>
    FitsNode,

    /// <summary>The fault domain hosts as much of the group as it may.</summary>
    SpreadsFaultDomains,

    /// <summary>The node hosts another update domain of the same group.</summary>
    OneUpdateDomainPerNode,
}

/// <summary>An instance and the node that it is to have.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Node">Its node.</param>
/// <param name="FaultDomain">The node's fault domain.</param>
public sealed record PlacedInstance(InstanceId Instance, NodeId Node, int FaultDomain);

/// <summary>A place for every instance of a request, in the order of its seats.</summary>
/// <param name="Instances">All of them (P4).</param>
public sealed record Placement(ImmutableArray<PlacedInstance> Instances);

/// <summary>Why there is no placement: the constraint that bound, with its figures (P4).</summary>
/// <param name="Bound">The constraint that turned away the nodes that came closest.</param>
/// <param name="Instance">The first instance that found no node.</param>
/// <param name="Needed">What the instance needs.</param>
/// <param name="BestFree">The most free cores, hundredths, on a node that the earlier constraints let through; null
/// when there is none.</param>
/// <param name="FaultDomains">In how many fault domains such nodes are.</param>
/// <param name="Detail">One sentence for people, with the figures.</param>
public sealed record NoRoom(
    Constraint Bound, InstanceId Instance, Resources Needed, long? BestFree, int FaultDomains, string Detail);

/// <summary>How many nodes a constraint turned away; each node counts once, for the first one that does.</summary>
/// <param name="Constraint">The constraint.</param>
/// <param name="Nodes">How many nodes.</param>
public readonly record struct ConstraintCount(Constraint Constraint, int Nodes);

/// <summary>What each preference gives a node, in points: its weight times its value (P2).</summary>
/// <param name="SameUpdateDomainIndex">For hosting the same update domain index.</param>
/// <param name="SpreadWider">For a fault domain with few of the group; zero or less.</param>
/// <param name="PacksTightly">For a tight fit.</param>
/// <param name="KeepsNodesEmpty">For being in use already.</param>
/// <param name="NearTheService">For being near the rest of the service.</param>
public readonly record struct PreferenceScores(
    double SameUpdateDomainIndex, double SpreadWider, double PacksTightly, double KeepsNodesEmpty, double NearTheService)
{
    /// <summary>The sum, by which nodes are compared. Always added in the same order, so that bounds hold to the last
    /// bit.</summary>
    public double Total => SameUpdateDomainIndex + SpreadWider + PacksTightly + KeepsNodesEmpty + NearTheService;
}

/// <summary>A node that would do, and how good it is.</summary>
/// <param name="Node">The node.</param>
/// <param name="FaultDomain">Its fault domain.</param>
/// <param name="Scores">Its points.</param>
public sealed record NodeScore(NodeId Node, int FaultDomain, PreferenceScores Scores)
{
    /// <summary>The points in words, for people.</summary>
    public string Why => string.Create(CultureInfo.InvariantCulture,
        $"{Scores.Total:0.0} = update domain index {Scores.SameUpdateDomainIndex:0.0}, spread {Scores.SpreadWider:0.0}, "
        + $"tight fit {Scores.PacksTightly:0.0}, in use {Scores.KeepsNodesEmpty:0.0}, near {Scores.NearTheService:0.0}");
}

/// <summary>One node in a preview: its points, or the constraint that turns it away.</summary>
/// <param name="Node">The node.</param>
/// <param name="FaultDomain">Its fault domain.</param>
/// <param name="TurnedAwayBy">The first constraint that does; null when the node would do.</param>
/// <param name="Scores">Its points; null when it is turned away.</param>
public sealed record NodeVerdict(NodeId Node, int FaultDomain, Constraint? TurnedAwayBy, PreferenceScores? Scores);

/// <summary>
/// How the choice looked for one instance of a group: the first to be placed, or the one that found no node. What the
/// request had placed before that instance is taken into account.
/// </summary>
/// <param name="Group">The group; null for an instance that stands alone.</param>
/// <param name="Instance">The instance whose choice this explains.</param>
/// <param name="Nodes">How many nodes there are.</param>
/// <param name="Eligible">How many of them would do.</param>
/// <param name="TurnedAway">How many nodes each constraint turned away, in the order of the checks; those with none
/// are left out.</param>
/// <param name="Best">The best nodes, best first; the first one was taken.</param>
/// <param name="AllNodes">Every node, for a preview; empty otherwise.</param>
public sealed record GroupReport(
    GroupId? Group,
    InstanceId Instance,
    int Nodes,
    int Eligible,
    ImmutableArray<ConstraintCount> TurnedAway,
    ImmutableArray<NodeScore> Best,
    ImmutableArray<NodeVerdict> AllNodes);

/// <summary>Why a placement is as it is, or why there is none.</summary>
/// <param name="Subject">What the request was for.</param>
/// <param name="Attempt">Which way of searching gave the answer; see <see cref="Allocator"/>.</param>
/// <param name="Groups">A report for each group that was begun.</param>
public sealed record PlacementReport(string Subject, string Attempt, ImmutableArray<GroupReport> Groups);

/// <summary>A placement or the reason for none; always with a report.</summary>
/// <param name="Placement">Where everything goes; null when there is no room.</param>
/// <param name="NoRoom">Why not; null when there is a placement.</param>
/// <param name="Report">How it came about.</param>
public sealed record PlacementResult(Placement? Placement, NoRoom? NoRoom, PlacementReport Report)
{
    /// <summary>True when everything has a place.</summary>
    public bool Placed => Placement is not null;
}
