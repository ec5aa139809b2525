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
            Deletion.Of<StorageAccountRow>(
                unit, uses, command.Subscription, command.Name, Quota.StorageAccounts, also: null, cancellationToken);
    }
}
