// Deletes an affinity group that nothing is in.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.AffinityGroups;

public static class DeleteAffinityGroup
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/affinityGroups/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteAffinityGroup), Tags.AffinityGroups, "Delete an affinity group that is not in use");

    internal sealed class Handler(CommandUnit unit, IEnumerable<IResourceUse> uses)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            Deletion.Of<AffinityGroupRow>(
                unit, uses, command.Subscription, command.Name, Quota.AffinityGroups, also: null, cancellationToken);
    }
}
