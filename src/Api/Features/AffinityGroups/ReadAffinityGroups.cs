// Reading affinity groups.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.AffinityGroups;

public static class ReadAffinityGroups
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/affinityGroups/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<AffinityGroupRow>()
                    .FirstOrDefaultAsync(g => g.SubscriptionId == call.Subscription && g.NameKey == key, cancel);
                return row is null
                    ? Refusals.NotFound("such affinity group")
                    : Reply.Ok(AffinityGroupView.Of(row), row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<AffinityGroupView>()
            .Named("GetAffinityGroup", Tags.AffinityGroups, "Read an affinity group");

        routes.MapList("/subscriptions/{subscriptionId}/affinityGroups", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<AffinityGroupRow>()
                    .Where(g => g.SubscriptionId == call.Subscription && string.Compare(g.NameKey, page.After) > 0)
                    .OrderBy(g => g.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, AffinityGroupView.Of);
            })
            .Needs(Access.Reader)
            .Answers<Listing<AffinityGroupView>>()
            .Named("ListAffinityGroups", Tags.AffinityGroups, "List affinity groups");
    }
}
