// Deletes a maintenance configuration: what it held for is maintained in the platform's own window from then on (W5).
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

public static class DeleteMaintenanceConfiguration
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/maintenanceConfigurations/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteMaintenanceConfiguration), Tags.Maintenance, "Delete a maintenance configuration");

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<MaintenanceConfigurationRow>(subscription, key);
                    var etag = row is null ? null : MaintenanceConfigurationView.Of(row, MaintenanceBook.Assignments(work, subscription, key)).Etag;
                    if (unit.Precondition(etag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is not null)
                    {
                        MaintenanceBook.Delete(work, desk, row, clock.Now);
                    }

                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
