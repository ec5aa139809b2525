// Deletes a virtual machine; supersedes whatever is under way on it. One that failed holds nothing and goes at once.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.VirtualMachines;

public static class DeleteVirtualMachine
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/virtualMachines/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .Answers<VirtualMachineView>(202)
        .AnswersNothing()
        .Named(nameof(DeleteVirtualMachine), Tags.VirtualMachines, "Delete a virtual machine");

    internal sealed class Handler(CommandUnit unit, MachineViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Delete(work, command), cancellationToken);

        private Outcome<Reply> Delete(UnitOfWork work, Command command)
        {
            var subscription = command.Subscription;
            var machine = work.Find<VirtualMachine>(subscription, Names.KeyOf(command.Name));
            if (unit.Precondition(machine?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (machine is null)
            {
                return Reply.NoContent();
            }

            if (work.ActiveOn(machine.Path(), OperationKinds.DeleteVirtualMachine) is { } underWay)
            {
                return Reply.Accepted(Deleting(work, machine), subscription, underWay.Id);
            }

            if (machine.Cluster is not { } cluster)
            {
                work.Delete<VirtualMachine>(subscription, machine.NameKey);
                MaintenanceBook.Drop(work, desk, subscription, WindowScope.VirtualMachines, machine.NameKey, clock.Now);
                return Reply.NoContent();
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), subscription, OperationKinds.DeleteVirtualMachine, machine.Path(), cluster,
                StepNames.Delete, 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(work, cluster, new FabricRequest.DeleteVirtualMachine(machine.Key, operation), clock.Now);
            return Reply.Accepted(Deleting(work, machine), subscription, operation.Id);
        }

        private VirtualMachineView Deleting(UnitOfWork work, VirtualMachine machine) =>
            views.Of(work, machine with { State = ProvisioningState.Deleting });
    }
}
