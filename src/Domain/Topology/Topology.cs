// The things of the fabric, from the largest to the smallest (F1). Ids are the names of the document in lower case, so
// that a document that changes the case of a name does not replace half the world.
using System.Collections.Immutable;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Topology;

/// <summary>A geo-political area (F1): data stays in it, so regions are paired inside it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Regions">Its regions, two or more, in the order of the document.</param>
public sealed record Geo(GeoId Id, ImmutableArray<Region> Regions);

/// <summary>A region (F1).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Geo">The geo that it is in.</param>
/// <param name="Pair">The region of the same geo that it is paired with; pairing is mutual.</param>
/// <param name="Clusters">Its clusters, in the order of the document.</param>
public sealed record Region(RegionId Id, GeoId Geo, RegionId Pair, ImmutableArray<Cluster> Clusters);

/// <summary>
/// A cluster of about 1,000 nodes: the unit of fault isolation (F1), with one fabric controller (F2).
/// </summary>
/// <param name="Id">Its id.</param>
/// <param name="Region">The region that it is in.</param>
/// <param name="VipPool">The public addresses of its deployments. No other pool shares an address with it.</param>
/// <param name="DipPool">The addresses of its instances. No other pool shares an address with it.</param>
/// <param name="ControllerReplicas">How many replicas its fabric controller has, each on the first node of a rack
/// (F2).</param> <param name="Racks">Its racks; the index of a rack is its fault domain.</param>
public sealed record Cluster(
    ClusterId Id,
    RegionId Region,
    AddressPool VipPool,
    AddressPool DipPool,
    int ControllerReplicas,
    ImmutableArray<Rack> Racks)
{
    /// <summary>Of which generation the network between its nodes is: how fast images come to all of them (F4).</summary>
    public NetworkGeneration Network { get; init; } = NetworkGeneration.Quantum10;

    /// <summary>Every node, rack by rack.</summary>
    public IEnumerable<Node> Nodes => Racks.SelectMany(r => r.Nodes);

    /// <summary>The hardware families on which instances can be placed here (D4).</summary>
    public ImmutableSortedSet<string> Families { get; } = Racks
        .SelectMany(r => r.Nodes)
        .Where(n => !n.FcReserved)
        .Select(n => n.Family)
        .ToImmutableSortedSet(StringComparer.Ordinal);
}

/// <summary>A rack under one top-of-rack switch, which is one fault domain (F1).</summary>
/// <param name="Id">Its id: <c>us-north-c1-r03</c>.</param>
/// <param name="Cluster">The cluster that it is in.</param>
/// <param name="FaultDomain">Its index in the cluster, from 0.</param>
/// <param name="Nodes">Its nodes, the top blade first.</param>
public sealed record Rack(RackId Id, ClusterId Cluster, int FaultDomain, ImmutableArray<Node> Nodes);

/// <summary>A node (F1).</summary>
/// <param name="Id">Its id: <c>us-north-c1-r03-n17</c>. It stays the same when nodes are added behind it.</param>
/// <param name="Rack">The rack that it is in.</param>
/// <param name="Cluster">The cluster that it is in.</param>
/// <param name="FaultDomain">The fault domain of its rack.</param>
/// <param name="Hardware">Its hardware profile: what it is made of, and its family.</param>
/// <param name="FcReserved">
/// True for a node of the fabric controller: nothing is placed on it, and no load counts it (R5).
/// </param>
/// <param name="InitialState">
/// The state in which it is first seen: ready, or powered off and about to be provisioned (F3).
/// </param>
public sealed record Node(
    NodeId Id,
    RackId Rack,
    ClusterId Cluster,
    int FaultDomain,
    HardwareProfile Hardware,
    bool FcReserved,
    NodeState InitialState)
{
    /// <summary>The hardware family, which sizes ask for (D4).</summary>
    public string Family => Hardware.Family;

    /// <summary>What the node offers to instances.</summary>
    public Resources Total => Hardware.Total;
}

/// <summary>A kind of node: declared once in the document, named by racks (F1).</summary>
/// <param name="Name">Its name.</param>
/// <param name="Family">The family of sizes that it hosts (D4).</param>
/// <param name="Total">What one node offers to instances; what the host itself needs is not in it.</param>
public sealed record HardwareProfile(string Name, string Family, Resources Total)
{
    /// <summary>What maintenance it can do (M4).</summary>
    public HardwareMaintenance Maintenance { get; init; } = HardwareMaintenance.All;
}
