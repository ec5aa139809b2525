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
            Deletion.Of<VirtualNetworkRow>(
                unit, uses, command.Subscription, command.Name, Quota.VirtualNetworks, also: null, cancellationToken);
    }
}
