// The visible steps of each kind of operation (D2), in order. The names are part of the contract.
using System.Collections.Immutable;

namespace Rdfe.Domain.Operations;

/// <summary>Names of steps and the list for each kind of operation (D2).</summary>
public static class StepNames
{
    /// <summary>The service model was read and checked.</summary>
    public const string ProcessModel = "processModel";

    /// <summary>Sizes, quotas and the candidates for a cluster are known.</summary>
    public const string DetermineResources = "determineResources";

    /// <summary>Role images are in the cluster's image repository.</summary>
    public const string CreateRoleImages = "createRoleImages";

    /// <summary>Nodes and addresses are allocated.</summary>
    public const string Allocate = "allocate";

    /// <summary>Every node has accepted its goal state.</summary>
    public const string PrepareNodes = "prepareNodes";

    /// <summary>Files are on the nodes and the disks exist (D3).</summary>
    public const string PlaceImages = "placeImages";

    /// <summary>The virtual machines exist.</summary>
    public const string CreateVms = "createVms";

    /// <summary>Guests have booted and the roles report ready.</summary>
    public const string StartVmsAndRoles = "startVmsAndRoles";

    /// <summary>DIPs, VIPs, filters and the load balancer are programmed (N1).</summary>
    public const string ConfigureNetwork = "configureNetwork";

    /// <summary>Instances that the new configuration no longer has are gone.</summary>
    public const string RemoveInstances = "removeInstances";

    /// <summary>The load balancer sends no more traffic (N2).</summary>
    public const string Drain = "drain";

    /// <summary>The instance is stopped.</summary>
    public const string Stop = "stop";

    /// <summary>Node, addresses and quota are given back.</summary>
    public const string Release = "release";

    /// <summary>The new settings are on the nodes.</summary>
    public const string PushConfiguration = "pushConfiguration";

    /// <summary>Update domains are walked one after another (U1).</summary>
    public const string WalkUpdateDomains = "walkUpdateDomains";

    /// <summary>One update domain is walked.</summary>
    public const string WalkUpdateDomain = "walkUpdateDomain";

    /// <summary>What runs on the node is moved away.</summary>
    public const string Evacuate = "evacuate";

    /// <summary>VIPs and slots are exchanged.</summary>
    public const string Swap = "swap";

    /// <summary>What would be on each node goes together (F5).</summary>
    public const string CheckCompatibility = "checkCompatibility";

    /// <summary>Node by node, the versions are installed (L4).</summary>
    public const string InstallOnNodes = "installOnNodes";

    /// <summary>Install a bundle on a cluster's nodes.</summary>
    public static readonly ImmutableArray<string> InstallBundle = [CheckCompatibility, InstallOnNodes];

    /// <summary>Update a deployment (U1, U2).</summary>
    public static readonly ImmutableArray<string> UpdateDeployment =
        [ProcessModel, DetermineResources, CreateRoleImages, Allocate, WalkUpdateDomains, RemoveInstances, ConfigureNetwork];

    /// <summary>Take an update back.</summary>
    public static readonly ImmutableArray<string> RollBackUpdate = [WalkUpdateDomains, RemoveInstances, ConfigureNetwork];

    /// <summary>Walk one update domain.</summary>
    public static readonly ImmutableArray<string> Walk = [WalkUpdateDomain];

    /// <summary>Exchange production and staging.</summary>
    public static readonly ImmutableArray<string> SwapDeployments = [Swap, ConfigureNetwork];

    /// <summary>Take a node out.</summary>
    public static readonly ImmutableArray<string> TakeNodeOut = [Evacuate];

    /// <summary>Create a deployment: the deck's nine steps (slide 14).</summary>
    public static readonly ImmutableArray<string> CreateDeployment =
    [
        ProcessModel, DetermineResources, CreateRoleImages, Allocate, PrepareNodes,
        PlaceImages, CreateVms, StartVmsAndRoles, ConfigureNetwork,
    ];

    /// <summary>Create a virtual machine, or start one that was deallocated.</summary>
    public static readonly ImmutableArray<string> CreateVirtualMachine =
        [DetermineResources, Allocate, PrepareNodes, PlaceImages, CreateVms, StartVmsAndRoles, ConfigureNetwork];

    /// <summary>Take a node for one customer.</summary>
    public static readonly ImmutableArray<string> CreateDedicatedHost = [DetermineResources, Allocate, PrepareNodes];

    /// <summary>Change configuration: settings and instance counts.</summary>
    public static readonly ImmutableArray<string> ChangeConfiguration =
    [
        ProcessModel, DetermineResources, Allocate, PrepareNodes, PlaceImages, CreateVms, StartVmsAndRoles,
        PushConfiguration, RemoveInstances, ConfigureNetwork,
    ];

    /// <summary>Delete what runs.</summary>
    public static readonly ImmutableArray<string> Delete = [Drain, Stop, Release];

    /// <summary>Change a virtual machine's disks or endpoints.</summary>
    public static readonly ImmutableArray<string> UpdateVirtualMachine = [PushConfiguration, ConfigureNetwork];

    /// <summary>Give a dedicated host back.</summary>
    public static readonly ImmutableArray<string> DeleteDedicatedHost = [Release];

    /// <summary>Power off, keeping the node; or deallocate, giving it back.</summary>
    public static readonly ImmutableArray<string> PowerDown = [Drain, Stop];

    /// <summary>Move a virtual machine to another node: the steps of its first deployment again (H3).</summary>
    public static readonly ImmutableArray<string> RedeployVirtualMachine =
        [Drain, PrepareNodes, PlaceImages, CreateVms, StartVmsAndRoles, ConfigureNetwork];

    /// <summary>Reboot, restart, reimage or start.</summary>
    public static readonly ImmutableArray<string> PowerCycle = [Drain, StartVmsAndRoles, ConfigureNetwork];
}
