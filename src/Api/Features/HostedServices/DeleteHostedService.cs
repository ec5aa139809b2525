// Deletes a hosted service that has no deployments.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

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

    internal sealed class Handler(CommandUnit unit, IEnumerable<IResourceUse> uses)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<HostedServiceRow>(subscription, key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is null)
                    {
                        return Reply.NoContent();
                    }

                    if (uses.WhoUses(work, subscription, "services", key) is { } user)
                    {
                        return Refusals.Conflict("inUse", $"{row.Name} is used by {user}.");
                    }

                    work.Delete<HostedServiceRow>(subscription, key);
                    work.Release(subscription, Quota.Services);
                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
