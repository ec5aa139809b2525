// Takes an update back while it runs: what it has changed is changed back, the last update domain first (U1).
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

public static class RollBackUpdate
{
    /// <param name="Mode">Who orders each update domain on the way back.</param>
    public sealed record Body(UpdateMode Mode = UpdateMode.Auto);

    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", ReadDeployments.Path + "/rollback",
            (call, body) => new Command(call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call), body),
            bodyOptional: true)
        .Needs(Access.Contributor)
        .Answers<DeploymentView>(202)
        .Named(nameof(RollBackUpdate), Tags.Deployments, "Take an update back while it runs");

    internal sealed class Handler(
        CommandUnit unit, DeploymentViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => RollBack(work, command), cancellationToken);

        private Outcome<Reply> RollBack(UnitOfWork work, Command command)
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

            if (there is not { Cluster: { } cluster, Update: { IsRollback: false, Stage: not UpdateStage.Removing } update }
                || there.State == ProvisioningState.Deleting)
            {
                return Refusals.Conflict("nothingToRollBack", "No update of the deployment can be taken back: none is under way, or it is one already.");
            }

            if (DeploymentRows.UnderWay(work, cluster, DeploymentRows.PathOf(there), but: update) is { } other)
            {
                return DeploymentRows.InProgress(other.Id.Value, other.Kind);
            }

            if (SafeModes.Forbids(work, cluster) is { } readOnly)
            {
                return readOnly;
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), there.SubscriptionId, OperationKinds.RollBackUpdate,
                DeploymentRows.PathOf(there), cluster, StepNames.RollBackUpdate, done: 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(
                work, cluster, new FabricRequest.RollBackUpdate(there.Id, command.Body.Mode, operation), clock.Now,
                Pins.OfService(there.SubscriptionId, there.Service));
            var view = views.Of(work.Db, there) with { Etag = update.From.Etag };
            return Reply.Accepted(view, there.SubscriptionId, operation.Id, update.From.Etag);
        }
    }
}
