// A deployment of a service package into a slot, as its cluster's fabric controller keeps it.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Network;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Deployments;

/// <summary>Slots of a hosted service (R4).</summary>
public enum Slot
{
    /// <summary>What the service's DNS name reaches.</summary>
    Production,

    /// <summary>Where the next one is tried.</summary>
    Staging,
}

/// <summary>State of a resource whose creation is long (API.md).</summary>
public enum ProvisioningState
{
    /// <summary>Durable; the fabric has not begun.</summary>
    Accepted,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>As asked.</summary>
    Succeeded,

    /// <summary>Not there: it holds no node, address or quota. A new PUT retries it.</summary>
    Failed,

    /// <summary>Its creation was canceled; as <see cref="Failed"/>, by wish.</summary>
    Canceled,

    /// <summary>Being deleted.</summary>
    Deleting,
}

/// <summary>An endpoint that the outside reaches through the VIP (N1), or, where it has no public port, an internal one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Protocol"><c>tcp</c>, <c>udp</c>, <c>http</c>, <c>https</c> or <c>any</c>.</param>
/// <param name="PublicPort">Port on the VIP; null for an internal endpoint.</param>
/// <param name="LocalPort">Port on the instance; 0 where the fabric chooses.</param>
/// <param name="LastPublicPort">
/// Set where each instance has a public port of its own: the last of the ports that begin with the public one.
/// </param>
public sealed record ServiceEndpoint(
    string Name, string Protocol, int? PublicPort, int LocalPort, int? LastPublicPort = null);

/// <summary>One role as it shall run.</summary>
/// <param name="Name">The role's name.</param>
/// <param name="Kind">Web or worker.</param>
/// <param name="Size">Name of the size.</param>
/// <param name="Needs">What one instance takes.</param>
/// <param name="Family">Hardware family of the size.</param>
/// <param name="Count">Instances wanted.</param>
/// <param name="Endpoints">Its endpoints.</param>
public sealed record RoleModel(
    string Name, InstanceKind Kind, string Size, Resources Needs, string Family, int Count,
    ImmutableArray<ServiceEndpoint> Endpoints);

/// <summary>What the fabric needs to know of a service model (D1, D4), read and checked by the front end.</summary>
/// <param name="UpdateDomainCount">Update domains per role (P3).</param>
/// <param name="GuestOs">Guest OS image that <c>osFamily</c> and <c>osVersion</c> resolve to.</param>
/// <param name="ImageMib">Size of the role package, MiB: placing files takes longer for larger ones.</param>
/// <param name="Roles">The roles.</param>
/// <param name="GuestOsAutomatic">True when it follows the newest guest OS of its family (U3): <c>osVersion="*"</c>.</param>
public sealed record DeploymentModel(
    int UpdateDomainCount, string GuestOs, long ImageMib, ImmutableArray<RoleModel> Roles, bool GuestOsAutomatic = false)
{
    /// <summary>All roles' needs together.</summary>
    public Resources TotalNeeds => Roles.Aggregate(Resources.None, (sum, r) => sum + (r.Needs * r.Count));

    /// <summary>True when some endpoint is public, so that the deployment takes a VIP (N1).</summary>
    public bool NeedsVip => Roles.Any(r => r.Endpoints.Any(e => e.PublicPort is not null));
}

/// <summary>A deployment (D1, D2).</summary>
public sealed record Deployment
{
    /// <summary>Its id; a retry after a failure gets a new one.</summary>
    public required DeploymentId Id { get; init; }

    /// <summary>The tenant.</summary>
    public required SubscriptionId SubscriptionId { get; init; }

    /// <summary>The hosted service's name.</summary>
    public required string Service { get; init; }

    /// <summary>The slot.</summary>
    public required Slot Slot { get; init; }

    /// <summary>Free text.</summary>
    public string? Label { get; init; }

    /// <summary>Name of the package at the time of the create.</summary>
    public required string Package { get; init; }

    /// <summary>Content hash of the package: what really runs.</summary>
    public required string PackageSha256 { get; init; }

    /// <summary>Which stored configuration text applies.</summary>
    public int ConfigGeneration { get; init; } = 1;

    /// <summary>What shall run.</summary>
    public required DeploymentModel Model { get; init; }

    /// <summary>Entity tag over what the tenant set.</summary>
    public required string Etag { get; init; }

    /// <summary>Where its creation stands.</summary>
    public ProvisioningState State { get; init; }

    /// <summary>The last operation on it.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>The cluster that owns it; null when it failed or was canceled.</summary>
    public ClusterId? Cluster { get; init; }

    /// <summary>Its public address, once allocated (N1).</summary>
    public Ipv4Address? Vip { get; init; }

    /// <summary>Raised with every change of the network that it needs (N1).</summary>
    public int NetworkGeneration { get; init; }

    /// <summary>The network generation that the load balancer and the filters confirm.</summary>
    public int ProgrammedNetwork { get; init; }

    /// <summary>Where it was tried, and why it went where it is (R5, P4).</summary>
    public PlacementStory Placement { get; init; } = PlacementStory.Empty;

    /// <summary>When it was accepted (fabric time).</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>The request to place it, while it waits for its role images; null afterwards.</summary>
    public FabricRequest.PlaceDeployment? Waiting { get; init; }

    /// <summary>The update that is under way; null when none is (U1).</summary>
    public DeploymentUpdate? Update { get; init; }

    /// <summary>A newer guest OS that it is to be given, by update domain, once nothing else is under way (U3).</summary>
    public string? NextGuestOs { get; init; }

    /// <summary>Hundredths of cores that it holds of its subscription's quota.</summary>
    public long CoresHeld => Update?.CoresHeld ?? Model.TotalNeeds.Cores;

    /// <summary>Key by which instances name it.</summary>
    public string Key => Id.Value;
}
