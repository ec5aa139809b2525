// One instance as the fabric controller keeps it: what is wanted of it (goal), and how far it has come (reported).
// Role instances and virtual machines are the same to placement, healing and maintenance.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Network;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Deployments;

/// <summary>A role instance or a virtual machine on, or bound for, a node (D3).</summary>
public sealed record FabricInstance
{
    /// <summary>Its id: never reused, also the key of its host agent's reports.</summary>
    public required InstanceId Id { get; init; }

    /// <summary>The cluster that owns it.</summary>
    public required ClusterId Cluster { get; init; }

    /// <summary>Role instance or virtual machine.</summary>
    public required InstanceKind Kind { get; init; }

    /// <summary>Key of what it belongs to: a <see cref="Deployment"/> or a virtual machine.</summary>
    public required string Owner { get; init; }

    /// <summary>The role's name; for a virtual machine its own name.</summary>
    public required string Role { get; init; }

    /// <summary>What tenants call it: <c>Web_IN_0</c>, or the virtual machine's name.</summary>
    public required string Name { get; init; }

    /// <summary>Its number within the role, from 0.</summary>
    public int Index { get; init; }

    /// <summary>The role or availability set within which update domains hold (M1); null for a lone virtual machine.</summary>
    public GroupId? Group { get; init; }

    /// <summary>Its update domain, from 0 (P3).</summary>
    public int UpdateDomain { get; init; }

    /// <summary>The size's name.</summary>
    public required string Size { get; init; }

    /// <summary>What it takes from its node.</summary>
    public required Resources Needs { get; init; }

    /// <summary>Image: a role package's hash, or a virtual machine image's name.</summary>
    public required string Image { get; init; }

    /// <summary>Guest OS image of a role instance; null for a virtual machine.</summary>
    public string? GuestOs { get; init; }

    /// <summary>Owner key that its node must have (dedicated host); null on shared nodes (P6).</summary>
    public string? HostOwner { get; init; }

    /// <summary>True when it takes its node for itself (P6).</summary>
    public bool Isolated { get; init; }

    /// <summary>Its node; null while deallocated.</summary>
    public NodeId? Node { get; init; }

    /// <summary>Its address inside the data centre; null while deallocated (N1).</summary>
    public Ipv4Address? Dip { get; init; }

    /// <summary>Goal: shall it run?</summary>
    public PowerGoal Power { get; init; }

    /// <summary>Goal: raised by one for each restart that was asked for.</summary>
    public int BootGeneration { get; init; }

    /// <summary>Goal: raised by one for each reimage, and for each placement on another node.</summary>
    public int ImageGeneration { get; init; }

    /// <summary>Goal: the configuration that it shall have.</summary>
    public int ConfigGeneration { get; init; }

    /// <summary>Goal: raised by one for each restart of the role alone (H1); 0 for virtual machines.</summary>
    public int RoleGeneration { get; init; }

    /// <summary>Goal: the generation of its disks' lease, raised by one with each move (H3).</summary>
    public int Lease { get; init; } = 1;

    /// <summary>Reported: how far it has come.</summary>
    public InstancePhase Phase { get; init; }

    /// <summary>Reported: fabric time of the last change of phase.</summary>
    public Instant PhaseSince { get; init; }

    /// <summary>Reported: the boot generation that the phase speaks of.</summary>
    public int ReportedBoot { get; init; }

    /// <summary>Reported: the image generation that the phase speaks of.</summary>
    public int ReportedImage { get; init; }

    /// <summary>Reported: the configuration generation that the guest has.</summary>
    public int ReportedConfig { get; init; }

    /// <summary>Reported: the start of the role that the phase speaks of.</summary>
    public int ReportedRole { get; init; }

    /// <summary>Reported: the guest agent that it has (F5); null for a virtual machine, and before the first report.</summary>
    public string? GuestAgent { get; init; }

    /// <summary>What is to be said of its health; null when nothing is (H1).</summary>
    public InstanceHealth? Health { get; init; }

    /// <summary>What somebody wants to do to it and that takes it down; null when nobody does.</summary>
    public PlannedAct? Planned { get; init; }

    /// <summary>
    /// The network generation in which it is out of rotation since its node is told to go down (M1), 0 where it was out of it already;
    /// null where its node stays up. Whatever else is planned for it waits meanwhile, but for leaving the node.
    /// </summary>
    public int? NodeDrain { get; init; }

    /// <summary>The update under way ends without it: it leaves when the walk is done (P3).</summary>
    public bool LeavesWithUpdate { get; init; }

    /// <summary>What it bears of the platform's maintenance (M4): its owner's words and its set's; null where they say nothing.</summary>
    public MaintenanceCeilings? Ceilings { get; init; }

    /// <summary>What its node's last maintenances did to it, the newest first (M6).</summary>
    public ImmutableArray<PastMaintenance> LastMaintenance { get; init; } = [];

    /// <summary>Number of its last live migration, or of the one under way.</summary>
    public int MigrationGeneration { get; init; }

    /// <summary>The live migration that has not ended; null while it stays where it is (M4).</summary>
    public InstanceMigration? Migration { get; init; }

    /// <summary>How its last live migration ended; null before the first.</summary>
    public PastMigration? LastMigration { get; init; }

    /// <summary>The operation that waits for it; null when none does.</summary>
    public OperationId? Operation { get; init; }

    /// <summary>When it was created (fabric time).</summary>
    public Instant CreatedAt { get; init; }

    /// <summary>Up, and of the generations that are wanted.</summary>
    public bool IsReady => Phase == InstancePhase.Ready && Power == PowerGoal.Running && IsCurrent && ReportedRole == RoleGeneration;

    /// <summary>Ready, and heard by everybody who listens to it (H1).</summary>
    public bool IsHealthy => IsReady && Health is null or { IsHeard: true };

    /// <summary>The load balancer may send it traffic (N2): it is ready, answers, and nobody is about to stop it.</summary>
    public bool TakesTraffic =>
        IsReady && !IsTakenDown && Health is null or { ProbeLost: false, Unresponsive: false };

    /// <summary>It was granted that it goes down, by itself or with its node: it serves nobody from then on, and counts as down (M1).</summary>
    public bool IsTakenDown => NodeDrain is not null || Planned is { Stage: ActStage.Draining };

    /// <summary>The report speaks of the goal, not of a boot or an image before it.</summary>
    public bool IsCurrent => ReportedBoot == BootGeneration && ReportedImage == ImageGeneration;

    /// <summary>The phase that counts for progress: one reported of an older boot or image says nothing of this one.</summary>
    public InstancePhase CurrentPhase => !IsCurrent ? InstancePhase.Placed
        : ReportedRole != RoleGeneration && Phase > InstancePhase.GuestConnected && Phase <= InstancePhase.Ready ? InstancePhase.GuestConnected
        : Phase;
}
