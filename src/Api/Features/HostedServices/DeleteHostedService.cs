// Deletes a hosted service that has no deployments.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.HostedServices;

public static class DeleteHostedService
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/services/{service}",
            call => new Command(call.Subscription, call.Name("service")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteHostedService), Tags.HostedServices, "Delete a hosted service that has no deployments");

    internal sealed class Handler(CommandUnit unit, IEnumerable<IResourceUse> uses, PlacementDesk desk, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            Deletion.Of<HostedServiceRow>(
                unit, uses, command.Subscription, command.Name, Quota.Services,
                also: work => MaintenanceBook.Drop(
                    work, desk, command.Subscription, WindowScope.Services, Names.KeyOf(command.Name), clock.Now),
                cancellationToken);
    }
}
