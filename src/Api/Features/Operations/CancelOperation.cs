// Takes back a creation that has not ended: its cluster undoes what was done and ends the operation as canceled (R6).
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Operations;

public static class CancelOperation
{
    public sealed record Command(SubscriptionId Subscription, OperationId Operation) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("POST", "/subscriptions/{subscriptionId}/operations/{operation}/cancel",
            call => new Command(call.Subscription, new OperationId(call.Segment("operation"))))
        .Needs(Access.Contributor)
        .Answers<OperationView>(202)
        .Named(nameof(CancelOperation), Tags.Operations, "Cancel the creation of a deployment or a machine");

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Cancel(work, command), cancellationToken);

        private Outcome<Reply> Cancel(UnitOfWork work, Command command)
        {
            var row = work.Find<OperationRow>(command.Operation);
            if (row is null || row.SubscriptionId != command.Subscription)
            {
                return Refusals.NotFound("such operation");
            }

            if (row.EndedAt is not null)
            {
                return Refusals.Conflict("operationEnded", $"The operation has ended already: {Wire.EnumName(row.Status)}.");
            }

            if (!OperationKinds.IsCreation(row.Kind) || row.Cluster is not { } cluster)
            {
                return Refusals.Conflict("operationNotCancelable",
                    $"Only the creation of a deployment or a virtual machine can be canceled, not {row.Kind}.");
            }

            desk.Post(work, cluster, new FabricRequest.CancelOperation(row.Id), clock.Now);
            return Reply.Accepted(
                OperationView.Of(row) with { CancelRequested = true }, command.Subscription, row.Id);
        }
    }
}
