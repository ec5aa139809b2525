// A virtual machine as it is answered: what was set, how its creation stands, and what the fabric knows of its instance.
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Features.VirtualMachines;

/// <summary>How a machine is, in one word.</summary>
public enum MachineStatus
{
    Creating,
    Starting,
    Running,
    Stopping,
    Stopped,
    Deallocating,
    Deallocated,
    Deleting,
    Failed,
    Canceled,
}

/// <param name="Status">How it is, in one word.</param>
/// <param name="Phase">How far its host agent has brought it.</param>
/// <param name="Since">Fabric time since when the phase holds.</param>
public sealed record MachineInstanceView(
    MachineStatus Status, InstancePhase? Phase, int? UpdateDomain, int? FaultDomain, string? Node, string? Cluster,
    string? Dip, Instant? Since);

public sealed record VirtualMachineView(
    string Name,
    string Region,
    string? AffinityGroup,
    string Size,
    string Image,
    string? AvailabilitySet,
    string? DedicatedHost,
    bool Isolated,
    IReadOnlyList<EndpointBody> Endpoints,
    OsDiskBody OsDisk,
    IReadOnlyList<DataDiskBody> DataDisks,
    ProvisioningState ProvisioningState,
    string Operation,
    string? Vip,
    MachineInstanceView InstanceView,
    PlacementView Placement,
    Instant CreatedAt,
    string Etag);

internal sealed class MachineViews(Call call, FabricCatalogue catalogue)
{
    public VirtualMachineView Of(UnitOfWork work, VirtualMachine machine) =>
        Of(machine, work.Find<FabricInstance>(machine.Instance));

    public VirtualMachineView Of(VirtualMachine m, FabricInstance? instance)
    {
        var body = VirtualMachineBody.Of(m.Spec);
        return new VirtualMachineView(
            m.Name, m.Spec.Region!, m.Spec.AffinityGroup, m.Spec.Size, m.Spec.Image, m.Spec.AvailabilitySet,
            m.Spec.DedicatedHost, m.Spec.Isolated, body.Endpoints!, body.OsDisk!, body.DataDisks!, m.State,
            call.Absolute($"/subscriptions/{m.SubscriptionId}/operations/{m.Operation}"),
            m.Vip?.ToString(),
            new MachineInstanceView(
                StatusOf(m, instance), instance?.Phase, m.Spec.AvailabilitySet is null ? null : instance?.UpdateDomain,
                instance?.Node is { } node ? catalogue.Topology.Find(node)?.FaultDomain : null,
                instance?.Node?.Value, m.Cluster?.Value, instance?.Dip?.ToString(), instance?.PhaseSince),
            PlacementView.Of(m.Placement), m.CreatedAt, m.Etag);
    }

    private static MachineStatus StatusOf(VirtualMachine m, FabricInstance? i) => (m.State, i) switch
    {
        (ProvisioningState.Failed, _) => MachineStatus.Failed,
        (ProvisioningState.Canceled, _) => MachineStatus.Canceled,
        (ProvisioningState.Deleting, _) => MachineStatus.Deleting,
        (_, null) => MachineStatus.Creating,
        (_, { Node: null }) => MachineStatus.Deallocated,
        (_, { Power: PowerGoal.Absent }) => MachineStatus.Deallocating,
        (_, { Power: PowerGoal.Stopped, Phase: InstancePhase.Stopped }) => MachineStatus.Stopped,
        (_, { Power: PowerGoal.Stopped }) => MachineStatus.Stopping,
        (_, { IsReady: true }) => MachineStatus.Running,
        (ProvisioningState.Succeeded, _) => MachineStatus.Starting,
        (_, { CurrentPhase: < InstancePhase.VmCreated }) => MachineStatus.Creating,
        _ => MachineStatus.Starting,
    };
}

internal static class MachinePaths
{
    public static string Of(SubscriptionId subscription, string name) => $"/subscriptions/{subscription}/virtualMachines/{name}";

    public static string Path(this VirtualMachine machine) => Of(machine.SubscriptionId, machine.Name);
}
