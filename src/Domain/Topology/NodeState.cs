// What the fabric controller believes of a node (F3, H1), and what an operator may ask of it (POST
// /fabric/nodes/{n}/…).
namespace Rdfe.Domain.Topology;

/// <summary>The states of a node, in the order in which provisioning goes through them (F3).</summary>
public enum NodeState
{
    /// <summary>Known, and off.</summary>
    PoweredOff,

    /// <summary>The power controller was told to switch it on.</summary>
    PoweringOn,

    /// <summary>It boots the maintenance OS over the network (PXE).</summary>
    MaintenanceOs,

    /// <summary>The agent of the maintenance OS formats the disk.</summary>
    FormattingDisk,

    /// <summary>The agent downloads the host OS image from the image repository (F4).</summary>
    DownloadingHostOs,

    /// <summary>The host OS boots for the first time.</summary>
    BootingHostOs,

    /// <summary>The host OS specialises itself: name, keys, drivers.</summary>
    Specialising,

    /// <summary>It reboots into the specialised host OS.</summary>
    Rebooting,

    /// <summary>The host agent has yet to connect to the fabric controller.</summary>
    ConnectingHostAgent,

    /// <summary>It takes instances.</summary>
    Ready,

    /// <summary>Taken out by an operator, for repair.</summary>
    OutForRepair,

    /// <summary>
    /// The fabric gave up on it; a person has to look. Nothing is placed on it and nothing touches it (H1).
    /// </summary>
    HumanInvestigate,

    /// <summary>Gone for good.</summary>
    Decommissioned,
}

/// <summary>What an operator can ask of a node (API.md, <c>POST /fabric/nodes/{n}/…</c>).</summary>
public enum NodeAction
{
    /// <summary>Provision it from scratch; its disk is formatted.</summary>
    Provision,

    /// <summary>Take it out for repair.</summary>
    Repair,

    /// <summary>It is back from repair, or was looked into: off, and ready to be provisioned.</summary>
    Return,

    /// <summary>Take it out for good.</summary>
    Decommission,
}

/// <summary>Which state an operator's action leads to, and from where it is allowed.</summary>
public static class NodeActions
{
    /// <summary>True while the node is between powered off and ready (F3).</summary>
    public static bool IsProvisioning(this NodeState state) =>
        state is >= NodeState.PoweringOn and <= NodeState.ConnectingHostAgent;

    /// <summary>The state that follows, or the refusal <c>nodeState</c>. Whether the node is empty is asked elsewhere:
    /// it needs the instances, which the topology does not know.</summary>
    public static Outcome<NodeState> Apply(NodeState state, NodeAction action) => (action, state) switch
    {
        // A ready node may be provisioned anew; one that is being provisioned would only start over, so it is left
        // alone.
        (NodeAction.Provision, NodeState.PoweredOff or NodeState.Ready) => NodeState.PoweringOn,
        (NodeAction.Repair, not (NodeState.OutForRepair or NodeState.Decommissioned)) => NodeState.OutForRepair,
        (NodeAction.Return, NodeState.OutForRepair or NodeState.HumanInvestigate) => NodeState.PoweredOff,
        (NodeAction.Decommission, not NodeState.Decommissioned) when !state.IsProvisioning() =>
            NodeState.Decommissioned,
        _ => Refusals.Conflict("nodeState", $"A node that is {Words.Of(state)} cannot be told to {Words.Of(action)}."),
    };
}
