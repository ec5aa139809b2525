// M4: the ways to bring an update onto a node. How long each pauses what runs there is the ladder's to compute.
namespace Rdfe.Domain.Maintenance;

/// <summary>A technology of maintenance; the order of the members is that of what it costs the platform.</summary>
public enum Technology
{
    /// <summary>Functions are redirected as they run.</summary>
    HotPatch,

    /// <summary>An agent or a plug-in of it is replaced as the node runs.</summary>
    AgentRestart,

    /// <summary>The hypervisor is replaced under running guests.</summary>
    HypervisorHotRestart,

    /// <summary>A component is replaced under paused guests; the host OS stays up.</summary>
    MemoryPreservingLight,

    /// <summary>The host OS is replaced under paused guests (VM-PHU).</summary>
    MemoryPreservingHeavy,

    /// <summary>Guests move to other nodes as they run; the empty node boots.</summary>
    LiveMigration,

    /// <summary>The node boots into what was staged on it, and its guests with it.</summary>
    Reboot,

    /// <summary>Guests are placed elsewhere anew; the node goes for good (M7).</summary>
    Redeploy,
}

/// <summary>Where the work on a node stands, over all technologies (M4): each goes through some of these, in its own order.</summary>
public enum MaintenancePhase
{
    /// <summary>What is to be installed is fetched onto the node (F4).</summary>
    Staging,

    /// <summary>It is on the node.</summary>
    Staged,

    /// <summary>The load balancer stops sending traffic to what runs on the node (N2).</summary>
    Draining,

    /// <summary>New invocations of the patched functions are redirected.</summary>
    Applying,

    /// <summary>The agent or plug-in is replaced.</summary>
    Replacing,

    /// <summary>The new hypervisor is initialised in a service partition.</summary>
    ServicePartition,

    /// <summary>A thread for each partition mirrors its state into the new hypervisor.</summary>
    Mirroring,

    /// <summary>All partitions are suspended, and what was not mirrored is saved.</summary>
    Blackout,

    /// <summary>The new hypervisor has the machine and resumes its partitions.</summary>
    Handover,

    /// <summary>Memory of the old hypervisor is given back, so that it can be done again and again.</summary>
    ReclaimingMemory,

    /// <summary>Guests are paused; their memory stays.</summary>
    PausingGuests,

    /// <summary>The component is replaced under paused guests.</summary>
    ReplacingUnderGuests,

    /// <summary>The host OS boots.</summary>
    BootingHost,

    /// <summary>Guests go on where they were.</summary>
    ResumingGuests,

    /// <summary>Guests are told what time it is.</summary>
    SynchronisingClocks,

    /// <summary>Memory is copied while guests write to it.</summary>
    PreCopying,

    /// <summary>A guest is paused, and the rest of its memory copied.</summary>
    StopAndCopy,

    /// <summary>The guest goes on, on the other node.</summary>
    ResumingElsewhere,

    /// <summary>Guests are shut down in good order.</summary>
    ShuttingDown,

    /// <summary>Guests start; the work ends when they are well, or have had their time (M3).</summary>
    StartingGuests,

    /// <summary>Guests are placed on other nodes.</summary>
    Evacuating,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It came to nothing.</summary>
    Failed,
}
