// How large a topology may be, and how many addresses it needs. Figures protect the actors' memory and turn typing
// errors (nodes: 5000 in one rack) into errors instead of into machines.
namespace Rdfe.Domain.Topology;

/// <summary>The limits that a topology document is checked against (F1).</summary>
public sealed record TopologyLimits
{
    /// <summary>The default limits.</summary>
    public static TopologyLimits Default { get; } = new();

    /// <summary>Nodes in one rack. Real racks hold 40 to 50; two rows of blades with room to spare.</summary>
    public int NodesPerRack { get; init; } = 200;

    /// <summary>Racks in one cluster.</summary>
    public int RacksPerCluster { get; init; } = 200;

    /// <summary>Nodes in one cluster. About 1,000 is meant (F1); planners are measured up to 10,000.</summary>
    public int NodesPerCluster { get; init; } = 10_000;

    /// <summary>
    /// Nodes in all. 100 clusters of 1,000 nodes must run in one process; twice that is refused no sooner.
    /// </summary>
    public int Nodes { get; init; } = 200_000;

    /// <summary>DIPs that a pool must have for each node on which instances are placed.</summary>
    public int DipsPerNode { get; init; } = 4;

    /// <summary>
    /// A pool must have one VIP for each this many nodes on which instances are placed, and one at least.
    /// </summary>
    public int NodesPerVip { get; init; } = 8;
}
