// Accepts a virtual machine (D3). Quota is taken and a cluster asked in one unit; where it goes is the operation's outcome.
using System.Text.Json.Nodes;
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.VirtualMachines;

public static class PutVirtualMachine
{
    public sealed record Command(SubscriptionId Subscription, string Name, VirtualMachineBody Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<VirtualMachineBody>("PUT", "/subscriptions/{subscriptionId}/virtualMachines/{name}", Read)
        .Needs(Access.Contributor)
        .Answers<VirtualMachineView>(200, 202)
        .Named(nameof(PutVirtualMachine), Tags.VirtualMachines, "Create a virtual machine, or retry one that failed");

    private static Command Read(Call call, VirtualMachineBody body)
    {
        var name = call.Name("name");
        call.Http.RequestServices.GetRequiredService<MachineRules>().Report(call, body);
        return new Command(call.Subscription, name, body);
    }

    internal sealed class Handler(
        CommandUnit unit, MachineRules rules, MachineViews views, FabricCatalogue catalogue, PlacementDesk desk,
        FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var found = work.Find<VirtualMachine>(command.Subscription, Names.KeyOf(command.Name));
            if (unit.Precondition(found?.Etag) is { } refusal)
            {
                return refusal;
            }

            var read = rules.Read(command.Body, Lookups.In(work, command.Subscription));
            if (read.Refused)
            {
                return read.Refusal;
            }

            if (found is { State: ProvisioningState.Accepted or ProvisioningState.Running or ProvisioningState.Succeeded }
                && found.Etag == read.Value.Etag)
            {
                return work.Leaving(found.Path(), OperationKinds.DeleteVirtualMachine) is { } leaving
                    ? leaving
                    : Reply.Put(existed: true, views.Of(work, found), found.Etag);
            }

            if (found is not null && work.Busy(found.Path()) is { } busy)
            {
                return busy;
            }

            if (found is { Cluster: not null })
            {
                return Refusals.Conflict("conflict",
                    $"The machine exists and differs in {Differences(found.Spec, read.Value.Spec)}; endpoints, disks and maintenance are "
                    + "changed by PATCH, anything else by deleting it first.");
            }

            return HostRefuses(work, read.Value) is { } no ? no : Create(work, command, read.Value);
        }

        private static Refusal? HostRefuses(UnitOfWork work, ReadMachine read) => read.Host switch
        {
            null => null,
            { State: ProvisioningState.Succeeded } host => work.Busy(DedicatedHosts.HostPaths.Of(host)),
            { } host => Refusals.Conflict("dedicatedHostNotReady", $"The dedicated host is {Wire.EnumName(host.State)}."),
        };

        private Outcome<Reply> Create(UnitOfWork work, Command command, ReadMachine read)
        {
            var (subscription, now) = (command.Subscription, clock.Now);
            var id = new OperationId(ids.NextShort("op"));
            var machine = new VirtualMachine
            {
                SubscriptionId = subscription,
                Name = command.Name,
                Spec = read.Spec,
                Needs = read.Size.Needs,
                Family = read.Size.Family,
                UpdateDomainCount = read.Set?.UpdateDomainCount ?? 1,
                FaultDomainCount = read.Set?.FaultDomainCount ?? 1,
                SetCeilings = read.Set?.Maintenance,
                HostOwner = read.Host?.Key,
                Etag = read.Etag,
                Operation = id,
                Instance = new InstanceId(ids.NextShort("vm")),
                CreatedAt = now,
            };
            var vips = machine.NeedsVip ? 1 : 0;
            if ((work.TryTake(subscription, Quota.Cores, machine.QuotaCores) ?? work.TryTake(subscription, Quota.Vms)
                ?? work.TryTake(subscription, Quota.Vips, vips)) is { } exceeded)
            {
                return exceeded;
            }

            var scope = new PlacementScope(
                read.Region, read.Only, [read.Size.Family], InFlight(machine, read.Region), vips, VipsHeld: 0,
                read.Set is null ? null : Pins.OfSet(subscription, read.Set.Name), MayMove: true);
            var operation = Operation.Accept(
                id, subscription, OperationKinds.CreateVirtualMachine, machine.Path(), null, StepNames.CreateVirtualMachine, 1, now);
            var opened = desk.Open(work, new FabricRequest.PlaceVirtualMachine(
                machine, operation, scope, new QuotaTaken(machine.QuotaCores, vips, 1)), now);
            // New as it is, it has no instance yet.
            return opened.Refused
                ? opened.Refusal
                : Reply.Accepted(views.Of(work.Db, opened.Value.Machine, instance: null), subscription, id, machine.Etag);
        }

        // The cluster's book counts the whole node of a dedicated host already, and will count that of an isolated one.
        private long InFlight(VirtualMachine machine, RegionId region) =>
            machine.HostOwner is not null ? 0
            : machine.Spec.Isolated ? Math.Max(machine.Needs.Cores, DedicatedHosts.NodeCores.Of(catalogue.Topology, region, machine.Family))
            : machine.Needs.Cores;
    }

    /// <summary>The members in which two differ, as the contract spells them.</summary>
    internal static string Differences(VirtualMachineSpec a, VirtualMachineSpec b)
    {
        var (one, other) = (Node(a), Node(b));
        return string.Join(", ", one.Select(m => m.Key).Union(other.Select(m => m.Key))
            .Where(m => !JsonNode.DeepEquals(one[m], other[m])));
    }

    private static JsonObject Node(VirtualMachineSpec spec) =>
        (JsonObject)System.Text.Json.JsonSerializer.SerializeToNode(VirtualMachineBody.Of(spec), Wire.Options)!;
}
