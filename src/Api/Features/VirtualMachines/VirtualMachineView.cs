// A virtual machine as it is answered: what was set, how its creation stands, and what the fabric knows of its instance.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.HostUpdates;
using Rdfe.Api.Features.InstanceMetadata;
using Rdfe.Api.Features.Packages;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Placement;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;

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
    Draining,
    Unresponsive,
    Recovering,
    Moving,
    WaitingForNode,
    Condemned,
}

/// <param name="Status">How it is, in one word.</param>
/// <param name="Phase">How far its host agent has brought it.</param>
/// <param name="Since">Fabric time since when the phase holds.</param>
/// <param name="LastMove">The last time that it came to another node; absent where it never did.</param>
/// <param name="LastMaintenance">What its node's last maintenances did to it, the newest first.</param>
/// <param name="Ceilings">What is borne of maintenance in the end: the machine's words, and its set's where it has none.</param>
/// <param name="Blockers">What it waits for; empty while it waits for nothing.</param>
public sealed record MachineInstanceView(
    MachineStatus Status, InstancePhase? Phase, int? UpdateDomain, int? FaultDomain, string? Node, string? Cluster,
    string? Dip, Instant? Since, MoveView? LastMove, IReadOnlyList<PastMaintenanceView> LastMaintenance,
    MaintenanceCeilings? Ceilings, IReadOnlyList<BlockerView> Blockers);

/// <param name="MetadataUrl">Where the machine asks about itself, with a capability; shown to those who may write it.</param>
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
    MaintenanceCeilings? Maintenance,
    Duration? TerminationNotice,
    ProvisioningState ProvisioningState,
    string Operation,
    string? Vip,
    MachineInstanceView InstanceView,
    PlacementView Placement,
    IReadOnlyList<AdviceView> Advice,
    string? MetadataUrl,
    Instant CreatedAt,
    string Etag);

internal sealed class MachineViews(Call call, FabricCatalogue catalogue, MetadataUrls urls, IOptions<RdfeOptions> options)
{
    public VirtualMachineView Of(UnitOfWork work, VirtualMachine machine) =>
        Of(work.Db, machine, work.Find<FabricInstance>(machine.Instance));

    public VirtualMachineView Of(RdfeDbContext db, VirtualMachine machine, FabricInstance? instance) =>
        Of(db, [machine], _ => instance)[0];

    public IReadOnlyList<VirtualMachineView> Of(
        RdfeDbContext db, IReadOnlyList<VirtualMachine> machines, Func<VirtualMachine, FabricInstance?> instanceOf)
    {
        var known = urls.Of(db, machines.Select(m => m.Instance));
        var members = Members(db, machines);
        return [.. machines.Select(m => Of(m, instanceOf(m), known.GetValueOrDefault(m.Instance), members, db))];
    }

    // Machines of the sets that these are in, as far as they have been placed: for advice.
    private static Dictionary<GroupId, int> Members(RdfeDbContext db, IReadOnlyList<VirtualMachine> machines)
    {
        if (machines.FirstOrDefault(m => m.Spec.AvailabilitySet is not null) is not { } member)
        {
            return [];
        }

        var prefix = $"{member.SubscriptionId}/";
        return db.Set<FabricInstance>().AsNoTracking().Where(i => i.Owner.StartsWith(prefix) && i.Group != null)
            .Select(i => i.Group).AsEnumerable().GroupBy(g => g!.Value).ToDictionary(g => g.Key, g => g.Count());
    }

    private VirtualMachineView Of(VirtualMachine m, FabricInstance? instance, string? url, Dictionary<GroupId, int> members, RdfeDbContext db)
    {
        var together = m.Spec.AvailabilitySet is { } set ? members.GetValueOrDefault(Pins.GroupOfSet(m.SubscriptionId, set)) : 0;
        var body = VirtualMachineBody.Of(m.Spec);
        return new VirtualMachineView(
            m.Name, m.Spec.Region!, m.Spec.AffinityGroup, m.Spec.Size, m.Spec.Image, m.Spec.AvailabilitySet,
            m.Spec.DedicatedHost, m.Spec.Isolated, body.Endpoints!, body.OsDisk!, body.DataDisks!, m.Spec.Maintenance, m.Spec.TerminationNotice, m.State,
            call.Absolute($"/subscriptions/{m.SubscriptionId}/operations/{m.Operation}"),
            m.Vip?.ToString(),
            new MachineInstanceView(
                StatusOf(m, instance), instance?.Phase, m.Spec.AvailabilitySet is null ? null : instance?.UpdateDomain,
                instance?.Node is { } node ? catalogue.Topology.Find(node)?.FaultDomain : null,
                instance?.Node?.Value, m.Cluster?.Value, instance?.Dip?.ToString(), instance?.PhaseSince,
                MoveView.Of(instance), PastMaintenanceView.Of(instance), instance?.Ceilings,
                instance is null ? [] : new BlockerNames(db, m.SubscriptionId, m.Path()).Of([instance])),
            PlacementView.Of(m.Placement), [.. MachineAdvice.Of(m, together, options.Value.Packages).Select(AdviceView.Of)], url,
            m.CreatedAt, m.Etag);
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
        (ProvisioningState.Succeeded, { } known) when Conditions.Of(known) is { } condition => condition switch
        {
            InstanceStatus.Draining => MachineStatus.Draining,
            // A machine has no role: what answers a probe is its own affair.
            InstanceStatus.Unresponsive => MachineStatus.Unresponsive,
            InstanceStatus.OutOfRotation => MachineStatus.Running,
            InstanceStatus.Recovering => MachineStatus.Recovering,
            InstanceStatus.Moving => MachineStatus.Moving,
            InstanceStatus.WaitingForNode => MachineStatus.WaitingForNode,
            _ => MachineStatus.Condemned,
        },
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
