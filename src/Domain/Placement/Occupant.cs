// What stands on a node, and what the node offers: the words of the capacity book (P1, P3, P6).
namespace Rdfe.Domain.Placement;

/// <summary>What a node offers to placements (F1, P1).</summary>
/// <param name="Id">The node.</param>
/// <param name="Rack">The rack that it stands in.</param>
/// <param name="FaultDomain">The rack's index in its cluster, from 0: one rack is one fault domain (F1).</param>
/// <param name="Family">Its hardware family; a size runs on one family only (P1).</param>
/// <param name="Total">All that it has; cores in hundredths.</param>
public sealed record NodeCapacity(NodeId Id, RackId Rack, int FaultDomain, string Family, Resources Total);

/// <summary>
/// A role of a deployment, an availability set, or a lone VM: what the promise M1 and the update domains of P3 are
/// about.
/// </summary>
/// <param name="Value">The text that tells groups apart in the whole fabric.</param>
public readonly record struct GroupId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An instance that holds a part of a node.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Group">The group whose members are spread (P1, P3); null when the instance stands alone.</param>
/// <param name="UpdateDomain">Its update domain in the group, 0 to 19 (P3); of no meaning without a group.</param>
/// <param name="Needs">What it takes from the node.</param>
/// <param name="Owner">The key of the dedicated host's owner (P6); null when it runs on shared nodes.</param>
/// <param name="Isolated">True when it must have the whole node to itself (P6).</param>
/// <param name="IsArrival">True for a place that is kept for an instance which is being moved live and still runs elsewhere (M4).</param>
public sealed record Occupant(
    InstanceId Instance, GroupId? Group, int UpdateDomain, Resources Needs, string? Owner, bool Isolated, bool IsArrival = false);

/// <summary>A member of a group and where it stands.</summary>
/// <param name="Node">Its node.</param>
/// <param name="FaultDomain">The node's fault domain.</param>
/// <param name="Occupant">The member.</param>
public readonly record struct GroupMember(NodeId Node, int FaultDomain, Occupant Occupant);
