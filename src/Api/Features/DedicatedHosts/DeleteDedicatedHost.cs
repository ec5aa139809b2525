// Gives a dedicated host back. Machines on it go first.
using MediatR;
using Microsoft.EntityFrameworkCore;
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

namespace Rdfe.Api.Features.DedicatedHosts;

public static class DeleteDedicatedHost
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/dedicatedHosts/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .Answers<DedicatedHostView>(202)
        .AnswersNothing()
        .Named(nameof(DeleteDedicatedHost), Tags.DedicatedHosts, "Give a dedicated host back");

    internal sealed class Handler(CommandUnit unit, Call call, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Delete(work, command), cancellationToken);

        private Outcome<Reply> Delete(UnitOfWork work, Command command)
        {
            var subscription = command.Subscription;
            var host = work.Find<DedicatedHost>(subscription, Names.KeyOf(command.Name));
            if (unit.Precondition(host?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (host is null)
            {
                return Reply.NoContent();
            }

            if (work.Db.Set<VirtualMachine>().AsNoTracking()
                .FirstOrDefault(m => m.SubscriptionId == subscription && m.HostOwner == host.Key && m.Cluster != null) is { } machine)
            {
                return Refusals.Conflict("dedicatedHostInUse", $"The virtual machine {machine.Name} is on the host.");
            }

            var view = DedicatedHostView.Of(call, host with { State = ProvisioningState.Deleting }, []);
            if (work.ActiveOn(HostPaths.Of(host), OperationKinds.DeleteDedicatedHost) is { } underWay)
            {
                return Reply.Accepted(view, subscription, underWay.Id);
            }

            if (host.Cluster is not { } cluster)
            {
                work.Delete<DedicatedHost>(subscription, host.NameKey);
                MaintenanceBook.Drop(work, desk, subscription, WindowScope.DedicatedHosts, host.NameKey, clock.Now);
                return Reply.NoContent();
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), subscription, OperationKinds.DeleteDedicatedHost, HostPaths.Of(host), cluster,
                StepNames.DeleteDedicatedHost, 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(work, cluster, new FabricRequest.DeleteDedicatedHost(host.Key, operation), clock.Now);
            return Reply.Accepted(view, subscription, operation.Id);
        }
    }
}
