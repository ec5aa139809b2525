// A virtual machine as its cluster's fabric controller keeps it (D3, D5, P6).
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.VirtualMachines;

/// <summary>Cache of a virtual disk on the node (D3; slide 23).</summary>
public enum DiskCaching
{
    /// <summary>No cache: the default of data disks.</summary>
    None,

    /// <summary>Reads are cached.</summary>
    ReadOnly,

    /// <summary>Reads and writes are cached: the default of the OS disk.</summary>
    ReadWrite,
}

/// <summary>The OS disk (D3).</summary>
/// <param name="Caching">Its cache policy.</param>
/// <param name="SizeGib">Size, GiB.</param>
public sealed record OsDisk(DiskCaching Caching, int SizeGib);

/// <summary>A data disk (D3).</summary>
/// <param name="Lun">Logical unit number, unique on the machine.</param>
/// <param name="SizeGib">Size, GiB.</param>
/// <param name="Caching">Its cache policy.</param>
public sealed record DataDisk(int Lun, int SizeGib, DiskCaching Caching);

/// <summary>What the tenant asked for.</summary>
public sealed record VirtualMachineSpec
{
    /// <summary>The region; resolved from the affinity group where one was named.</summary>
    public string? Region { get; init; }

    /// <summary>The affinity group, if one was named.</summary>
    public string? AffinityGroup { get; init; }

    /// <summary>Name of the size.</summary>
    public required string Size { get; init; }

    /// <summary>Name of the image.</summary>
    public required string Image { get; init; }

    /// <summary>The availability set, if any (D5).</summary>
    public string? AvailabilitySet { get; init; }

    /// <summary>The dedicated host, if any (P6).</summary>
    public string? DedicatedHost { get; init; }

    /// <summary>Takes a whole node (P6).</summary>
    public bool Isolated { get; init; }

    /// <summary>Public endpoints; any of them takes a VIP (N1).</summary>
    public ImmutableArray<ServiceEndpoint> Endpoints { get; init; } = [];

    /// <summary>The OS disk.</summary>
    public required OsDisk OsDisk { get; init; }

    /// <summary>Data disks.</summary>
    public ImmutableArray<DataDisk> DataDisks { get; init; } = [];

    /// <summary>What it bears of the platform's maintenance (M4); null where it says nothing.</summary>
    public MaintenanceCeilings? Maintenance { get; init; }

    /// <summary>How long before it is deleted its guest is told (W3); null where it is not told.</summary>
    public Duration? TerminationNotice { get; init; }
}

/// <summary>A virtual machine.</summary>
public sealed record VirtualMachine
{
    /// <summary>The tenant.</summary>
    public required SubscriptionId SubscriptionId { get; init; }

    /// <summary>Its name, as first written.</summary>
    public required string Name { get; init; }

    /// <summary>Its name as names are compared: in lower case.</summary>
    public string NameKey
    {
        get => Name.ToLowerInvariant();
        init => _ = value;
    }

    /// <summary>What was asked.</summary>
    public required VirtualMachineSpec Spec { get; init; }

    /// <summary>What one takes from a node.</summary>
    public required Resources Needs { get; init; }

    /// <summary>Hardware family of the size.</summary>
    public required string Family { get; init; }

    /// <summary>Update domains of its availability set; 1 when it has none (P3).</summary>
    public int UpdateDomainCount { get; init; } = 1;

    /// <summary>Fewest fault domains of its availability set; 1 when it has none (P1).</summary>
    public int FaultDomainCount { get; init; } = 1;

    /// <summary>What its availability set bears of maintenance (M4); its own words come before these.</summary>
    public MaintenanceCeilings? SetCeilings { get; init; }

    /// <summary>Owner key of its dedicated host's node; null on shared nodes.</summary>
    public string? HostOwner { get; init; }

    /// <summary>Entity tag over what the tenant set.</summary>
    public required string Etag { get; init; }

    /// <summary>Where its creation stands.</summary>
    public ProvisioningState State { get; init; }

    /// <summary>The last operation on it.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>The cluster that owns it; null when it failed or was canceled.</summary>
    public ClusterId? Cluster { get; init; }

    /// <summary>Its instance in the fabric; a retry after a failure gets a new one.</summary>
    public required InstanceId Instance { get; init; }

    /// <summary>Its public address, when it has endpoints (N1).</summary>
    public Ipv4Address? Vip { get; init; }

    /// <summary>Raised with every change of the network that it needs.</summary>
    public int NetworkGeneration { get; init; }

    /// <summary>The network generation that is confirmed.</summary>
    public int ProgrammedNetwork { get; init; }

    /// <summary>Where it was tried, and why it went where it is.</summary>
    public PlacementStory Placement { get; init; } = PlacementStory.Empty;

    /// <summary>When it was accepted (fabric time).</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>Key by which its instance names it: stable for the machine's life.</summary>
    public string Key => KeyOf(SubscriptionId, Name);

    /// <summary>True when it takes a VIP.</summary>
    public bool NeedsVip => !Spec.Endpoints.IsDefaultOrEmpty;

    /// <summary>What counts against the quota of cores: none on a dedicated host, whose node was counted as a whole.</summary>
    public long QuotaCores => HostOwner is null ? Needs.Cores : 0;

    /// <summary>The key of a machine of that name.</summary>
    public static string KeyOf(SubscriptionId subscription, string name) => $"{subscription}/{name.ToLowerInvariant()}";
}
