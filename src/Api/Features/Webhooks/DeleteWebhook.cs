// Deletes a webhook, and what it was still to be told.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Webhooks;

public static class DeleteWebhook
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/webhooks/{name}", call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeleteWebhook), Tags.Webhooks, "Delete a webhook, and what it was still to be told");

    internal sealed class Handler(CommandUnit unit) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Delete(work, command.Subscription, Names.KeyOf(command.Name)), cancellationToken);

        private Outcome<Reply> Delete(UnitOfWork work, SubscriptionId subscription, string key)
        {
            if (unit.Precondition(work.Find<WebhookRow>(subscription, key)?.ETag) is { } refusal)
            {
                return refusal;
            }

            work.Delete<WebhookRow>(subscription, key);
            work.Db.Set<WebhookDeliveryRow>().Where(d => d.SubscriptionId == subscription && d.Webhook == key).ExecuteDelete();
            return Reply.NoContent();
        }
    }
}
