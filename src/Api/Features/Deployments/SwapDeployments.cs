// VIP swap (R4): production and staging exchange slots and addresses at once; an empty slot takes the other's deployment.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public static class SwapDeployments
{
    public sealed record Command(SubscriptionId Subscription, string Service) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("POST", "/subscriptions/{subscriptionId}/services/{service}/swap",
            call => new Command(call.Subscription, call.Name("service")))
        .Needs(Access.Contributor)
        .Answers<OperationView>(202)
        .Named(nameof(SwapDeployments), Tags.Deployments, "Exchange production and staging");

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Swap(work, command), cancellationToken);

        private Outcome<Reply> Swap(UnitOfWork work, Command command)
        {
            var key = Names.KeyOf(command.Service);
            if (work.Find<HostedServiceRow>(command.Subscription, key) is not { } service)
            {
                return Refusals.NotFound("such hosted service");
            }

            if (unit.Precondition(service.ETag) is { } refusal)
            {
                return refusal;
            }

            var both = work.Db.Set<Deployment>().AsNoTracking()
                .Where(d => d.SubscriptionId == command.Subscription && d.Service == key).ToList();
            if (both.Count == 0)
            {
                return Refusals.Conflict("nothingToSwap", "Both slots of the service are empty.");
            }

            foreach (var d in both)
            {
                if (NotReady(work, d) is { } notReady)
                {
                    return notReady;
                }
            }

            var cluster = both[0].Cluster!.Value;
            if (SafeModes.Forbids(work, cluster) is { } readOnly)
            {
                return readOnly;
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), command.Subscription, OperationKinds.SwapDeployments,
                DeploymentRows.ServicePathOf(command.Subscription, key), cluster, StepNames.SwapDeployments, done: 0, clock.Now);
            var row = operation.ToRow();
            work.Upsert(row);
            desk.Post(
                work, cluster, new FabricRequest.SwapDeployments(command.Subscription, key, operation), clock.Now,
                Pins.OfService(command.Subscription, key));
            return Reply.Accepted(OperationView.Of(row), command.Subscription, operation.Id, service.ETag);
        }

        // One that failed holds nothing, but it holds its slot: the other one could not go there.
        private static Refusal? NotReady(UnitOfWork work, Deployment d)
        {
            if (d.Cluster is not { } cluster || d.HoldsNothing())
            {
                return Refusals.Conflict("deploymentNotReady",
                    $"The {Wire.EnumName(d.Slot)} deployment is {Wire.EnumName(d.State)}: delete it, or send it again.");
            }

            if (DeploymentRows.UnderWay(work, cluster, DeploymentRows.PathOf(d)) is { } other)
            {
                return DeploymentRows.InProgress(other.Id.Value, other.Kind);
            }

            return d.State == ProvisioningState.Succeeded && d.Update is null
                ? null
                : DeploymentRows.InProgress((d.Update?.Operation ?? d.Operation).Value, $"on the {Wire.EnumName(d.Slot)} deployment");
        }
    }
}
