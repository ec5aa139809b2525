// D3: how an instance comes to run, as its host agent reports it. The order of the members is the order of the story,
// so that "at least VmCreated" can be asked with a comparison.
namespace Rdfe.Domain.Deployments;

/// <summary>How far an instance has come on its node (D3).</summary>
public enum InstancePhase
{
    /// <summary>It has no node: deallocated, or not placed yet.</summary>
    Deallocated,

    /// <summary>A node is chosen and its goal state committed.</summary>
    Placed,

    /// <summary>The host agent has accepted the goal state.</summary>
    Accepted,

    /// <summary>Role files and configuration are on the node.</summary>
    FilesPlaced,

    /// <summary>The virtual disks exist.</summary>
    DisksCreated,

    /// <summary>The virtual machine exists and its disks are attached.</summary>
    VmCreated,

    /// <summary>The guest is booting.</summary>
    Booting,

    /// <summary>The guest agent has connected (roles), or the guest is specialising (virtual machines, first boot).</summary>
    GuestConnected,

    /// <summary>The role host runs OnStart.</summary>
    RoleStarting,

    /// <summary>It runs and reports healthy.</summary>
    Ready,

    /// <summary>Shutting down.</summary>
    Stopping,

    /// <summary>Stopped; it still holds its node.</summary>
    Stopped,
}

/// <summary>What the fabric wants of an instance's power.</summary>
public enum PowerGoal
{
    /// <summary>It shall run.</summary>
    Running,

    /// <summary>It shall be stopped and keep its node.</summary>
    Stopped,

    /// <summary>It shall be gone from the node: deallocated or deleted.</summary>
    Absent,
}

/// <summary>Whether an instance belongs to a role or is a virtual machine of its own.</summary>
public enum InstanceKind
{
    /// <summary>An instance of a web role.</summary>
    WebRole,

    /// <summary>An instance of a worker role.</summary>
    WorkerRole,

    /// <summary>A virtual machine (IaaS).</summary>
    VirtualMachine,
}
