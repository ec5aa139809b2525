// Reading subscriptions and what they use of their quotas (R1).
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Subscriptions;

/// <summary>Used and limit of one resource.</summary>
public sealed record QuotaLine(string Resource, decimal Used, decimal Limit)
{
    public static QuotaLine Of(QuotaRow row) => row.Resource == Quota.Cores
        ? new(row.Resource, row.Used / 100m, row.Limit / 100m)
        : new(row.Resource, row.Used, row.Limit);
}

public static class ReadSubscriptions
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}", async (call, db, cancel) =>
            {
                var row = await db.Set<SubscriptionRow>().FirstAsync(s => s.Id == call.Subscription, cancel);
                return Reply.Ok(SubscriptionView.Of(row), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<SubscriptionView>()
            .Named("GetSubscription", Tags.Subscriptions, "Read a subscription");

        routes.MapList("/subscriptions", async (call, db, page, cancel) =>
            {
                var rows = db.Set<SubscriptionRow>().OrderBy(s => s.Id).AsQueryable();
                if (page.After.Length > 0 && Guid.TryParse(page.After, out var after))
                {
                    var last = new Rdfe.Domain.SubscriptionId(after);
                    rows = rows.Where(s => s.Id > last);
                }

                return page.Of(call, await rows.Take(page.Top + 1).ToListAsync(cancel), r => r.Id.ToString(),
                    SubscriptionView.Of);
            })
            .Needs(Access.Operator)
            .Answers<Listing<SubscriptionView>>()
            .Named("ListSubscriptions", Tags.Subscriptions, "List all subscriptions");

        routes.MapList("/subscriptions/{subscriptionId}/quotas", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<QuotaRow>()
                    .Where(q => q.SubscriptionId == call.Subscription && string.Compare(q.Resource, page.After) > 0)
                    .OrderBy(q => q.Resource).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.Resource, QuotaLine.Of);
            })
            .Needs(Access.Reader)
            .Answers<Listing<QuotaLine>>()
            .Named("ListQuotas", Tags.Subscriptions, "What is used of each quota, and its limit");
    }
}
