// Changes endpoints, disks, what is borne of maintenance and the notice of deletion of a virtual machine, by JSON merge patch. A first
// endpoint takes a VIP here and now; the cluster gives it an address.
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
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.VirtualMachines;

public static class PatchVirtualMachine
{
    public sealed record Command(SubscriptionId Subscription, string Name, MergePatch Patch) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch<VirtualMachineBody>("/subscriptions/{subscriptionId}/virtualMachines/{name}",
            (call, patch) => new Command(call.Subscription, call.Name("name"), patch))
        .Needs(Access.Contributor)
        .Answers<VirtualMachineView>(200, 202)
        .Named(nameof(PatchVirtualMachine), Tags.VirtualMachines, "Change endpoints, disks, ceilings of maintenance and the notice of deletion of a virtual machine");

    internal sealed class Handler(
        CommandUnit unit, BodyBinder binder, MachineRules rules, MachineViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Change(work, command), cancellationToken);

        private Outcome<Reply> Change(UnitOfWork work, Command command)
        {
            if (work.Find<VirtualMachine>(command.Subscription, Names.KeyOf(command.Name)) is not { } machine)
            {
                return Refusals.NotFound("such virtual machine");
            }

            if (unit.Precondition(machine.Etag) is { } refusal)
            {
                return refusal;
            }

            var body = binder.Bind<VirtualMachineBody>(command.Patch.ApplyTo(VirtualMachineBody.Of(machine.Spec)));
            var read = body.Refused ? body.Refusal : rules.Read(body.Value, Lookups.In(work, command.Subscription));
            if (read.Refused)
            {
                return read.Refusal;
            }

            var spec = read.Value.Spec;
            if (read.Value.Etag == machine.Etag)
            {
                return Reply.Ok(views.Of(work, machine), machine.Etag);
            }

            if (PutVirtualMachine.Differences(Fixed(machine.Spec), Fixed(spec)) is { Length: > 0 } members)
            {
                return Refusals.Conflict("conflict", $"{members} cannot be changed; delete the machine first.");
            }

            return Ready(work, machine) ?? Post(work, machine, read.Value);
        }

        private Outcome<Reply> Post(UnitOfWork work, VirtualMachine machine, ReadMachine read)
        {
            var (subscription, cluster, now) = (machine.SubscriptionId, machine.Cluster!.Value, clock.Now);
            var vips = machine.Vip is null && !read.Spec.Endpoints.IsEmpty ? 1 : 0;
            if (work.TryTake(subscription, Quota.Vips, vips) is { } exceeded)
            {
                return exceeded;
            }

            if (vips > 0 && work.Find<ClusterLoadRow>(cluster) is { } load && load.VipsUsed >= load.VipsAllocatable)
            {
                return Refusals.Conflict("vipPoolExhausted", $"No VIP of {cluster}'s pool of {load.VipsAllocatable} is free.");
            }

            PlacementDesk.Hold(work, cluster, cores: 0, vips);
            var id = new OperationId(ids.NextShort("op"));
            var operation = Operation.Accept(
                id, subscription, OperationKinds.UpdateVirtualMachine, machine.Path(), cluster, StepNames.UpdateVirtualMachine, 0, now);
            work.Upsert(operation.ToRow());
            desk.Post(work, cluster, new FabricRequest.ChangeVirtualMachine(
                machine.Key, read.Spec, read.Etag, operation, new QuotaTaken(0, vips, 0)), now);
            return Reply.Accepted(
                views.Of(work, machine with { Spec = read.Spec, Etag = read.Etag, Operation = id }), subscription, id, read.Etag);
        }

        private static VirtualMachineSpec Fixed(VirtualMachineSpec spec) =>
            spec with { Endpoints = [], DataDisks = [], Maintenance = null, TerminationNotice = null, OsDisk = new OsDisk(DiskCaching.None, 0) };
    }

    /// <summary>Refuses unless the machine stands and nothing is under way on it.</summary>
    internal static Outcome<Reply>? Ready(UnitOfWork work, VirtualMachine machine) =>
        work.Busy(machine.Path()) is { } busy ? busy
        : machine.State != ProvisioningState.Succeeded
            ? Refusals.Conflict("virtualMachineNotReady", $"The machine is {Wire.EnumName(machine.State)}.")
        : (Outcome<Reply>?)null;
}
