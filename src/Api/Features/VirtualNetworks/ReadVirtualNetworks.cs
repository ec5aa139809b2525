// Reading virtual networks.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.VirtualNetworks;

public static class ReadVirtualNetworks
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/virtualNetworks/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<VirtualNetworkRow>()
                    .FirstOrDefaultAsync(r => r.SubscriptionId == call.Subscription && r.NameKey == key, cancel);
                return row is null
                    ? Refusals.NotFound("such virtual network")
                    : Reply.Ok(VirtualNetworkView.Of(row), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<VirtualNetworkView>()
            .Named("GetVirtualNetwork", Tags.VirtualNetworks, "Read one virtual network");

        routes.MapList("/subscriptions/{subscriptionId}/virtualNetworks", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<VirtualNetworkRow>()
                    .Where(r => r.SubscriptionId == call.Subscription && string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => VirtualNetworkView.Of(r));
            })
            .Needs(Access.Reader)
            .Answers<Listing<VirtualNetworkView>>()
            .Named("ListVirtualNetworks", Tags.VirtualNetworks, "List virtual networks");
    }
}
