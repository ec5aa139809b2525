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
            unit.CommitAsync(
                work =>
                {
                    var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
                    var row = work.Find<AffinityGroupRow>(subscription, key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is null)
                    {
                        return Reply.NoContent();
                    }

                    var user = AffinityGroupUse.WhoUses(work, subscription, key)
                        ?? uses.WhoUses(work, subscription, "affinityGroups", key);
                    if (user is not null)
                    {
                        return Refusals.Conflict("inUse", $"{row.Name} is used by {user}.");
                    }

                    work.Delete<AffinityGroupRow>(subscription, key);
                    work.Release(subscription, Quota.AffinityGroups);
                    return Reply.NoContent();
                },
                cancellationToken);
    }
}
