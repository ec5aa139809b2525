// What is asked of a cluster: seats for the instances of one or more groups, all or none of them (P4).
using System.Collections.Immutable;

namespace Rdfe.Domain.Placement;

/// <summary>One instance that wants a node; its update domain was dealt before (<see cref="UpdateDomains"/>,
/// P3).</summary>
/// <param name="Instance">The instance.</param>
/// <param name="UpdateDomain">Its update domain in its group, 0 to 19.</param>
public sealed record Seat(InstanceId Instance, int UpdateDomain);

/// <summary>Seats of one group, or of one lone VM.</summary>
/// <param name="Group">The group that is spread over fault domains (P1); null for an instance that stands
/// alone.</param>
/// <param name="Size">What each of them needs, and on which hardware.</param>
/// <param name="MinFaultDomains">At most ⌈n ÷ this⌉ of the group's n instances may share a fault domain; 0 or 1 asks
/// for no more than P1 does.</param>
/// <param name="Seats">The instances to place, beside those of the group that the cluster hosts already.</param>
/// <param name="Owner">The owner key of the dedicated hosts to use (P6); null for shared nodes.</param>
/// <param name="Isolated">True when each instance needs an empty node and takes all of it (P6).</param>
/// <param name="OnlyNode">The one node that will do, for a VM with a dedicated host of its own choice; null for
/// any.</param>
public sealed record GroupDemand(
    GroupId? Group,
    VmSize Size,
    int MinFaultDomains,
    ImmutableArray<Seat> Seats,
    string? Owner = null,
    bool Isolated = false,
    NodeId? OnlyNode = null);

/// <summary>A deployment, a scale-out, a VM or a healing: everything in it is placed, or nothing (P4).</summary>
/// <param name="Subject">What it is for, in people's words, for the report.</param>
/// <param name="Groups">Its groups; each group appears once.</param>
public sealed record PlacementRequest(string Subject, ImmutableArray<GroupDemand> Groups);
