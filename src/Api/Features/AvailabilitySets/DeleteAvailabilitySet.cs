// Deletes an availability set that no machine is in.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.AvailabilitySets;

public static class DeleteAvailabilitySet
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/availabilitySets/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteAvailabilitySet), Tags.AvailabilitySets, "Delete an availability set that no machine is in");

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<AvailabilitySetRow>(subscription, key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (work.Find<PinRow>(Pins.OfSet(subscription, key)) is { } pin)
                    {
                        return Refusals.Conflict("inUse", $"{pin.Members} machines are in the set.");
                    }

                    work.Delete<AvailabilitySetRow>(subscription, key);
                    MaintenanceBook.Drop(work, desk, subscription, WindowScope.AvailabilitySets, key, clock.Now);
                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
