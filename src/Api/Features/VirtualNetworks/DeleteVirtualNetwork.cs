// Deletes a virtual network.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.VirtualNetworks;

public static class DeleteVirtualNetwork
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/virtualNetworks/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteVirtualNetwork), Tags.VirtualNetworks, "Delete a virtual network");

    internal sealed class Handler(CommandUnit unit, IEnumerable<IResourceUse> uses)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<VirtualNetworkRow>(subscription, key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is null)
                    {
                        return Reply.NoContent();
                    }

                    if (uses.WhoUses(work, subscription, "virtualNetworks", key) is { } user)
                    {
                        return Refusals.Conflict("inUse", $"{row.Name} is used by {user}.");
                    }

                    work.Delete<VirtualNetworkRow>(subscription, key);
                    work.Release(subscription, Quota.VirtualNetworks);
                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
