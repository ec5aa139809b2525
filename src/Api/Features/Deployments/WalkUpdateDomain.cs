// Orders an update on to its next update domain: in manual mode, or past one that does not become healthy (U1).
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public static class WalkUpdateDomain
{
    /// <param name="UpdateDomain">The one that is meant, so that two orders can't walk two; absent for whichever is next.</param>
    public sealed record Body(int? UpdateDomain = null);

    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", ReadDeployments.Path + "/walkUpgradeDomain",
            (call, body) => new Command(call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call), body),
            bodyOptional: true)
        .Needs(Access.Contributor)
        .Answers<DeploymentView>(202)
        .Named(nameof(WalkUpdateDomain), Tags.Deployments, "Order an update on to the next update domain");

    internal sealed class Handler(
        CommandUnit unit, DeploymentViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Walk(work, command), cancellationToken);

        private Outcome<Reply> Walk(UnitOfWork work, Command command)
        {
            var there = DeploymentRows.Of(work.Db, command.Subscription, command.Service, command.Slot);
            if (unit.Precondition(there?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (there is null)
            {
                return DeploymentRows.NotFound;
            }

            if (there is not { Cluster: { } cluster, Update: { Stage: UpdateStage.AwaitingWalk or UpdateStage.Unhealthy } update }
                || there.State == ProvisioningState.Deleting)
            {
                return Refusals.Conflict("nothingToWalk", "No update of the deployment waits for its owner.");
            }

            if (DeploymentRows.UnderWay(work, cluster, DeploymentRows.PathOf(there), but: update) is { } other)
            {
                return DeploymentRows.InProgress(other.Id.Value, other.Kind);
            }

            var next = update.Stage == UpdateStage.Unhealthy ? update.Domains.RemoveAt(0) : update.Domains;
            if (command.Body.UpdateDomain is { } asked && (next.IsEmpty || next[0] != asked))
            {
                return Refusals.Conflict("otherUpdateDomain",
                    next.IsEmpty ? "No update domain is left." : $"Update domain {next[0]} is next, not {asked}.");
            }

            if (SafeModes.Forbids(work, cluster) is { } readOnly)
            {
                return readOnly;
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), there.SubscriptionId, OperationKinds.WalkUpdateDomain,
                DeploymentRows.PathOf(there), cluster, StepNames.Walk, done: 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(
                work, cluster, new FabricRequest.WalkUpdateDomain(there.Id, command.Body.UpdateDomain, operation), clock.Now,
                Pins.OfService(there.SubscriptionId, there.Service));
            return Reply.Accepted(views.Of(work.Db, there), there.SubscriptionId, operation.Id, there.Etag);
        }
    }
}
