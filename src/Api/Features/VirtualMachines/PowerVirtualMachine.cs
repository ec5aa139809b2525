// Start, restart, power off, deallocate, redeploy (D3). What is certain from the rows is refused at once.
using MediatR;
using Rdfe.Api.Features.Deployments;
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

public static class PowerVirtualMachine
{
    public sealed record Command(SubscriptionId Subscription, string Name, PowerAction Action, bool Force) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "start", PowerAction.Start, "Start a virtual machine");
        Map(routes, "restart", PowerAction.Restart, "Restart the guest of a virtual machine");
        Map(routes, "powerOff", PowerAction.PowerOff, "Stop a virtual machine; it keeps its node");
        Map(routes, "deallocate", PowerAction.Deallocate, "Stop a virtual machine and give its node back");
        Map(routes, "performMaintenance", PowerAction.PerformMaintenance, "Have the pending maintenance of a virtual machine now: it moves to a node that is done");
        Map(routes, "redeploy", PowerAction.Redeploy, "Move a virtual machine to another node; its temporary disk is lost");
    }

    // A stop by its owner never waits, so only what comes back by itself can be forced.
    private static void Map(IEndpointRouteBuilder routes, string verb, PowerAction action, string summary)
    {
        var forcible = action is PowerAction.Restart or PowerAction.Redeploy;
        var route = routes
            .MapCommand("POST", "/subscriptions/{subscriptionId}/virtualMachines/{name}/" + verb,
                call => new Command(call.Subscription, call.Name("name"), action, forcible && PowerInstance.PowerForce.Read(call)))
            .Needs(Access.Contributor)
            .Answers<VirtualMachineView>(202)
            .Named(action == PowerAction.PerformMaintenance ? "PerformMaintenance" : action + "VirtualMachine", Tags.VirtualMachines, summary);
        if (forcible)
        {
            route.WithMetadata(PowerInstance.PowerForce.Filter);
        }
    }

    internal sealed class Handler(CommandUnit unit, MachineViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Switch(work, command), cancellationToken);

        private Outcome<Reply> Switch(UnitOfWork work, Command command)
        {
            if (work.Find<VirtualMachine>(command.Subscription, Names.KeyOf(command.Name)) is not { } machine)
            {
                return Refusals.NotFound("such virtual machine");
            }

            if (unit.Precondition(machine.Etag) is { } refusal)
            {
                return refusal;
            }

            if (PatchVirtualMachine.Ready(work, machine) is { } unready)
            {
                return unready;
            }

            var instance = work.Find<FabricInstance>(machine.Instance)!;
            if (PowerActions.Forbids(instance.Power, command.Action) is { } no)
            {
                return Refusals.Conflict(no.Code, no.Message);
            }

            if (command.Action == PowerAction.PerformMaintenance && Maintenance.DeferMaintenance.Pending(work, machine, machine.Cluster!.Value) is null)
            {
                return Refusals.Conflict("noMaintenancePending", "No maintenance is pending for it.");
            }

            if (command.Action == PowerAction.Redeploy && machine.Spec.DedicatedHost is { } host)
            {
                return Refusals.Conflict("noOtherNode", $"The machine belongs on the dedicated host {host}, which is one node.");
            }

            var cluster = machine.Cluster!.Value;
            var anew = command.Action == PowerAction.Start && instance.Node is null;
            var (kind, steps) = command.Action switch
            {
                PowerAction.Start when anew => (OperationKinds.StartVirtualMachine, StepNames.CreateVirtualMachine),
                PowerAction.Start => (OperationKinds.StartVirtualMachine, StepNames.PowerCycle),
                PowerAction.Restart => (OperationKinds.RestartVirtualMachine, StepNames.PowerCycle),
                PowerAction.Redeploy => (OperationKinds.RedeployVirtualMachine, StepNames.RedeployVirtualMachine),
                PowerAction.PerformMaintenance => (OperationKinds.PerformMaintenance, StepNames.RedeployVirtualMachine),
                PowerAction.PowerOff => (OperationKinds.PowerOffVirtualMachine, StepNames.PowerDown),
                _ => (OperationKinds.DeallocateVirtualMachine, StepNames.PowerDown),
            };
            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), command.Subscription, kind, machine.Path(), cluster, steps, anew ? 1 : 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(work, cluster, new FabricRequest.PowerInstance(machine.Instance, command.Action, operation, command.Force), clock.Now);
            return Reply.Accepted(views.Of(work, machine), command.Subscription, operation.Id, machine.Etag);
        }
    }
}
