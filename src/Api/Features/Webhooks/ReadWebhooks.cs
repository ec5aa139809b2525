// Reading webhooks, and how deliveries to them go.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Webhooks;

public static class ReadWebhooks
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/webhooks/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<WebhookRow>().FirstOrDefaultAsync(r => r.SubscriptionId == call.Subscription && r.NameKey == key, cancel);
                return row is null ? Refusals.NotFound("such webhook") : Reply.Ok(WebhookView.Of(row, Waiting(db, row)), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<WebhookView>()
            .Named("GetWebhook", Tags.Webhooks, "Read one webhook, and how deliveries to it go");

        routes.MapList("/subscriptions/{subscriptionId}/webhooks", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<WebhookRow>().Where(r => r.SubscriptionId == call.Subscription && string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => WebhookView.Of(r, Waiting(db, r)));
            })
            .Needs(Access.Reader)
            .Answers<Listing<WebhookView>>()
            .Named("ListWebhooks", Tags.Webhooks, "List webhooks");
    }

    internal static int Waiting(RdfeDbContext db, WebhookRow row) =>
        db.Set<WebhookDeliveryRow>().Count(d => d.SubscriptionId == row.SubscriptionId && d.Webhook == row.NameKey);
}
