// Every figure of the search, named (P2). Weights are in points; each preference's value is at most 1, so a weight says
// how much the preference can give.
namespace Rdfe.Domain.Placement;

/// <summary>The figures of the allocator (P2).</summary>
public sealed record PlacementSettings
{
    /// <summary>The settings that ship.</summary>
    public static PlacementSettings Default { get; } = new();

    /// <summary>
    /// Points for a node that hosts instances of the same update domain index only, whatever their service (P2). The
    /// largest: it decides in how few rounds all hosts can be rebooted, about 5 instead of 35 on 1,000 nodes.
    /// </summary>
    public double SameUpdateDomainIndexWeight { get; init; } = 100;

    /// <summary>
    /// Points lost for each member of the group that the fault domain hosts already (P1, P2). More than an empty node
    /// loses to one of the same update domain index (40), so that groups stay even; less than mixing costs (100).
    /// </summary>
    public double SpreadWiderWeight { get; init; } = 60;

    /// <summary>Points for a tight fit: what is left over on the node is small (P2).</summary>
    public double PacksTightlyWeight { get; init; } = 20;

    /// <summary>Points for a node that is in use already, so that empty ones stay whole (P2, P6).</summary>
    public double KeepsNodesEmptyWeight { get; init; } = 10;

    /// <summary>Points for the rack of another instance of the same request or group, fewer for racks further off
    /// (P2).</summary>
    public double NearTheServiceWeight { get; init; } = 5;

    /// <summary>How many of the best nodes a report lists for each group.</summary>
    public int BestNodes { get; init; } = 8;

    /// <summary>True for a preview: the report lists every node with its verdict.</summary>
    public bool AllNodes { get; init; }

    /// <summary>
    /// How many times the search may look at a node in its last, backtracking attempt. It protects the cluster's actor:
    /// 200,000 looks are a few milliseconds.
    /// </summary>
    public int BacktrackingLooks { get; init; } = 200_000;
}
