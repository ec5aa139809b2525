// Reading hosted services.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.HostedServices;

public static class ReadHostedServices
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/services/{service}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("service"));
                var row = await db.Set<HostedServiceRow>()
                    .FirstOrDefaultAsync(r => r.SubscriptionId == call.Subscription && r.NameKey == key, cancel);
                return row is null
                    ? Refusals.NotFound("such hosted service")
                    : Reply.Ok(HostedServiceView.Of(row), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<HostedServiceView>()
            .Named("GetHostedService", Tags.HostedServices, "Read one hosted service");

        routes.MapList("/subscriptions/{subscriptionId}/services", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<HostedServiceRow>()
                    .Where(r => r.SubscriptionId == call.Subscription && string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => HostedServiceView.Of(r));
            })
            .Needs(Access.Reader)
            .Answers<Listing<HostedServiceView>>()
            .Named("ListHostedServices", Tags.HostedServices, "List hosted services");
    }
}
