// Reading packages.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Packages;

public static class ReadPackages
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/packages/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<PackageRow>()
                    .FirstOrDefaultAsync(p => p.SubscriptionId == call.Subscription && p.NameKey == key, cancel);
                return row is null ? Refusals.NotFound("such package") : Reply.Ok(PackageView.Of(row), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<PackageView>()
            .Named("GetPackage", Tags.Packages, "Read a package");

        routes.MapList("/subscriptions/{subscriptionId}/packages", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<PackageRow>()
                    .Where(p => p.SubscriptionId == call.Subscription && string.Compare(p.NameKey, page.After) > 0)
                    .OrderBy(p => p.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, PackageView.Of);
            })
            .Needs(Access.Reader)
            .Answers<Listing<PackageView>>()
            .Named("ListPackages", Tags.Packages, "List packages");
    }
}
