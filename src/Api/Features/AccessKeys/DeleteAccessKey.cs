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
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<AccessKeyRow>(subscription, key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is null)
                    {
                        return Reply.NoContent();
                    }

                    if (uses.WhoUses(work, subscription, "keys", key) is { } user)
                    {
                        return Refusals.Conflict("inUse", $"{row.Name} is used by {user}.");
                    }

                    work.Delete<AccessKeyRow>(subscription, key);
                    work.Release(subscription, Quota.Keys);
                    work.AfterCommit(keys.Forget);
                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
