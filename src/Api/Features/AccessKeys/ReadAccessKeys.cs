// Reading keys.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.AccessKeys;

public static class ReadAccessKeys
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/keys/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<AccessKeyRow>()
                    .FirstOrDefaultAsync(r => r.SubscriptionId == call.Subscription && r.NameKey == key, cancel);
                return row is null
                    ? Refusals.NotFound("such key")
                    : Reply.Ok(AccessKeyView.Of(row), row.ETag);
            })
            .Needs(Access.Owner)
            .Answers<AccessKeyView>()
            .Named("GetAccessKey", Tags.AccessKeys, "Read one key");

        routes.MapList("/subscriptions/{subscriptionId}/keys", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<AccessKeyRow>()
                    .Where(r => r.SubscriptionId == call.Subscription && string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => AccessKeyView.Of(r));
            })
            .Needs(Access.Owner)
            .Answers<Listing<AccessKeyView>>()
            .Named("ListAccessKeys", Tags.AccessKeys, "List keys");
    }
}
