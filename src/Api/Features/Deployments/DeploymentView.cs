// A deployment as it leaves the system: the only mapping from the fabric's records to the contract.
using NodaTime;
using Rdfe.Api.Features.HostUpdates;
using Rdfe.Api.Features.Packages;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Updates;

namespace Rdfe.Api.Features.Deployments;

/// <param name="Name">Its id: a retry after a failure has another one.</param>
/// <param name="Operation">The last operation on it.</param>
/// <param name="Allocation">Why it is where it is (R5, P4).</param>
/// <param name="Configuration">The text that applies; shown by GET alone.</param>
public sealed record DeploymentView(
    string Name,
    string Service,
    Slot Slot,
    string? Label,
    string Package,
    string PackageSha256,
    ProvisioningState ProvisioningState,
    string Operation,
    string? Cluster,
    string GuestOs,
    int UpdateDomainCount,
    IReadOnlyList<string> Vips,
    IReadOnlyList<RoleView> Roles,
    IReadOnlyList<InstanceView> Instances,
    UpdateStatusView UpdateStatus,
    UpdateView? Update,
    IReadOnlyList<BlockerView> Blockers,
    NetworkView Network,
    PlacementView Allocation,
    IReadOnlyList<AdviceView> Advice,
    string? Configuration,
    Instant CreatedAt,
    string Etag);

/// <param name="Cores">What one instance takes.</param>
public sealed record RoleView(
    string Name, InstanceKind Kind, string Size, decimal Cores, int InstanceCount, IReadOnlyList<EndpointView> Endpoints)
{
    public static RoleView Of(RoleModel role) => new(
        role.Name, role.Kind, role.Size, role.Needs.Cores / 100m, role.Count, [.. role.Endpoints.Select(EndpointView.Of)]);
}

/// <param name="PublicPort">Port on the VIP; absent for internal endpoints.</param>
/// <param name="LastPublicPort">Last of the ports where each instance has one of its own.</param>
/// <param name="LocalPort">Port on the instances; absent where the fabric chooses.</param>
public sealed record EndpointView(string Name, string Protocol, int? PublicPort, int? LastPublicPort, int? LocalPort)
{
    public static EndpointView Of(ServiceEndpoint e) =>
        new(e.Name, e.Protocol, e.PublicPort, e.LastPublicPort, e.LocalPort == 0 ? null : e.LocalPort);
}

/// <param name="Status"><c>upToDate</c>, or <c>inProgress</c> while instances get a new configuration.</param>
/// <param name="Generation">The configuration that applies, counted from 1.</param>
public sealed record UpdateStatusView(string Status, int Generation, int InstancesUpToDate, int Instances);

/// <summary>An update that has not ended (U1); absent when none is under way.</summary>
/// <param name="Stage">Where it stands; <c>awaitingWalk</c> and <c>unhealthy</c> wait for its owner.</param>
/// <param name="CurrentUpdateDomain">The one that is being changed; absent between two.</param>
/// <param name="Done">Update domains that are done, in the order in which they were.</param>
/// <param name="Remaining">Those that come after the present one, in order.</param>
/// <param name="Baseline">Instances that were not healthy before it: they do not hold it.</param>
/// <param name="Blocker">What it waits for.</param>
public sealed record UpdateView(
    string Operation, UpdateKind Kind, UpdateMode Mode, UpdateStage Stage, bool IsRollback, int? CurrentUpdateDomain,
    IReadOnlyList<int> Done, IReadOnlyList<int> Remaining, IReadOnlyList<string> Baseline, BlockerView? Blocker);

/// <param name="Programmed">Whether load balancer and filters have confirmed all of this.</param>
/// <param name="VirtualNetworks">Networks through which other services reach the instances, besides their own.</param>
public sealed record NetworkView(
    bool Programmed, IReadOnlyList<LoadBalancerRuleView> LoadBalancer, IReadOnlyList<string> VirtualNetworks);

/// <param name="Dips">Who gets new connections now.</param>
public sealed record LoadBalancerRuleView(
    string Vip, int Port, string Transport, int LocalPort, IReadOnlyList<string> Dips);

/// <param name="Status">One word of a few, for people and scripts.</param>
/// <param name="Phase">How far exactly its host agent says it has come (D3).</param>
/// <param name="LastMove">The last time that it came to another node; absent where it never did.</param>
/// <param name="Blockers">What it waits for, or what waits for it to be done; empty while nothing does.</param>
/// <param name="LastMaintenance">What its node's last maintenances did to it, the newest first.</param>
/// <param name="Operation">What was asked of it, in the 202 that accepted that.</param>
/// <param name="MetadataUrl">Where the instance asks about itself, with a capability; shown to those who may write it.</param>
/// <param name="GuestAgentVersion">The one that it got from its node as it started (F5), once it has connected.</param>
public sealed record InstanceView(
    string Name,
    string Role,
    string Size,
    InstanceStatus Status,
    InstancePhase Phase,
    int UpdateDomain,
    int? FaultDomain,
    string? Node,
    string? Dip,
    string? GuestAgentVersion,
    string? GuestOs,
    Instant Since,
    MoveView? LastMove,
    IReadOnlyList<PastMaintenanceView> LastMaintenance,
    IReadOnlyList<BlockerView> Blockers,
    string? MetadataUrl = null,
    string? Operation = null);

public enum InstanceStatus
{
    /// <summary>Files, disks and machine are being made.</summary>
    Creating,

    /// <summary>The guest boots, or its role starts.</summary>
    Starting,

    /// <summary>It runs and is healthy.</summary>
    Ready,

    /// <summary>A reboot or a reimage has been asked for, and it is on its way down.</summary>
    Restarting,

    /// <summary>Shutting down.</summary>
    Stopping,

    /// <summary>Stopped; it still has its node.</summary>
    Stopped,

    /// <summary>It has no node.</summary>
    Deallocated,

    /// <summary>It is being removed.</summary>
    Leaving,

    /// <summary>The load balancer is taking it out of rotation before something that was asked for (N2).</summary>
    Draining,

    /// <summary>Its role or its guest agent is silent (H2).</summary>
    Unresponsive,

    /// <summary>It does not answer the load balancer's probe (N2).</summary>
    OutOfRotation,

    /// <summary>It, or its node, failed and is being restarted (H1).</summary>
    Recovering,

    /// <summary>It comes up on another node (H3).</summary>
    Moving,

    /// <summary>It needs another node and has yet to get one: the blockers say why.</summary>
    WaitingForNode,

    /// <summary>It took too many nodes down, and is placed no more until its owner updates or reimages it (L2).</summary>
    Condemned,
}
