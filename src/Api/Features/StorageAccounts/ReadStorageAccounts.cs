// Reading storage accounts.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.StorageAccounts;

public static class ReadStorageAccounts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/storageAccounts/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<StorageAccountRow>()
                    .FirstOrDefaultAsync(r => r.SubscriptionId == call.Subscription && r.NameKey == key, cancel);
                return row is null
                    ? Refusals.NotFound("such storage account")
                    : Reply.Ok(StorageAccountView.Of(row), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<StorageAccountView>()
            .Named("GetStorageAccount", Tags.StorageAccounts, "Read one storage account");

        routes.MapList("/subscriptions/{subscriptionId}/storageAccounts", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<StorageAccountRow>()
                    .Where(r => r.SubscriptionId == call.Subscription && string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => StorageAccountView.Of(r));
            })
            .Needs(Access.Reader)
            .Answers<Listing<StorageAccountView>>()
            .Named("ListStorageAccounts", Tags.StorageAccounts, "List storage accounts");
    }
}
