// Deletes a storage account.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.StorageAccounts;

public static class DeleteStorageAccount
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/storageAccounts/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteStorageAccount), Tags.StorageAccounts, "Delete a storage account");

    internal sealed class Handler(CommandUnit unit, IEnumerable<IResourceUse> uses)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<StorageAccountRow>(subscription, key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is null)
                    {
                        return Reply.NoContent();
                    }

                    if (uses.WhoUses(work, subscription, "storageAccounts", key) is { } user)
                    {
                        return Refusals.Conflict("inUse", $"{row.Name} is used by {user}.");
                    }

                    work.Delete<StorageAccountRow>(subscription, key);
                    work.Release(subscription, Quota.StorageAccounts);
                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
