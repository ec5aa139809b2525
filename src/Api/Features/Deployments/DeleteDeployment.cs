// Deletes a deployment, whatever is under way on it: out of the load balancer, stopped, given back. One that failed holds
// nothing and goes at once.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public static class DeleteDeployment
{
    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/services/{service}/deployments/{slot}",
            call => new Command(call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call)))
        .Needs(Access.Contributor)
        .Answers<DeploymentView>(202)
        .AnswersNothing()
        .Named(nameof(DeleteDeployment), Tags.Deployments, "Delete a deployment");

    internal sealed class Handler(
        CommandUnit unit, DeploymentViews views, PlacementDesk desk, FabricClock clock, IdSource ids, PackageGarbage garbage)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            string? gone = null;
            var outcome = await unit.CommitAsync(work => Delete(work, command, out gone), cancellationToken);
            if (gone is not null && !outcome.Refused)
            {
                await garbage.CollectAsync(gone);
            }

            return outcome;
        }

        private Outcome<Reply> Delete(UnitOfWork work, Command command, out string? gone)
        {
            gone = null;
            var there = DeploymentRows.Of(work.Db, command.Subscription, command.Service, command.Slot);
            if (unit.Precondition(there?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (there is null)
            {
                return Reply.NoContent();
            }

            if (there.Cluster is not { } cluster)
            {
                gone = there.PackageSha256;
                work.Delete<Deployment>(there.Id);
                ClusterStore.DropConfigurations(work, there.Id);
                return Reply.NoContent();
            }

            if (SafeModes.Forbids(work, cluster) is { } readOnly)
            {
                return readOnly;
            }

            var path = DeploymentRows.PathOf(there);
            var view = views.Of(work.Db, there) with { ProvisioningState = ProvisioningState.Deleting };
            if (DeploymentRows.UnderWay(work, cluster, path, OperationKinds.DeleteDeployment) is { } deleting)
            {
                // Asked twice, done once.
                return Reply.Accepted(view, command.Subscription, deleting.Id, there.Etag);
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), command.Subscription, OperationKinds.DeleteDeployment, path, cluster,
                StepNames.Delete, done: 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(
                work, cluster, new FabricRequest.DeleteDeployment(there.Id, operation), clock.Now,
                Pins.OfService(there.SubscriptionId, there.Service));
            return Reply.Accepted(view, command.Subscription, operation.Id, there.Etag);
        }
    }
}
