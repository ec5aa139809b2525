// What was read of a document so far. A part with an error is null, and the rest is read on for its own errors.
using System.Collections.Immutable;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Topology;

internal sealed record RegionDraft(
    string Path, string? Name, string? Geo, string? Pair, ImmutableArray<ClusterDraft> Clusters);

/// <summary>A cluster; <c>Sound</c> says that its racks had no errors, so that counting them means something.</summary>
internal sealed record ClusterDraft(
    string Path,
    string? Name,
    AddressPool? VipPool,
    AddressPool? DipPool,
    NetworkGeneration Network,
    int Replicas,
    ImmutableArray<RackDraft> Racks,
    bool Sound)
{
    public int NodeCount => Racks.Sum(r => r.NodeCount);

    /// <summary>Nodes that take instances: a replica of the fabric controller takes the first node of a rack.</summary>
    public int AllocatableCount => Math.Max(0, NodeCount - Replicas);
}

/// <summary>
/// A rack whose name and hardware are known by text; <c>Profile</c> is null where the profile itself has errors.
/// </summary>
internal sealed record RackDraft(
    string Path, string Name, NodeState State, ImmutableArray<(int Count, HardwareProfile? Profile)> Groups)
{
    public int NodeCount => Groups.Sum(g => g.Count);
}
