// Deletes a key; it stops working at once.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.AccessKeys;

public static class DeleteAccessKey
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/keys/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Owner)
        .AnswersNothing()
        .Named(nameof(DeleteAccessKey), Tags.AccessKeys, "Delete a key; it stops working at once");

    internal sealed class Handler(CommandUnit unit, KeyRing keys, IEnumerable<IResourceUse> uses)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            Deletion.Of<AccessKeyRow>(
                unit, uses, command.Subscription, command.Name, Quota.Keys, work => work.AfterCommit(keys.Forget), cancellationToken);
    }
}
