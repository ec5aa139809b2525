// W3: every event of a subscription, from before it was felt to what was measured: "after a Freeze nothing says over" is what
// people miss elsewhere.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.ScheduledEvents;

public static class ListScheduledEvents
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapList("/subscriptions/{subscriptionId}/scheduledEvents", async (call, db, page, cancel) =>
        {
            var own = call.Subscription;
            var boards = await db.Set<NoticeBoardRow>().Where(b => b.SubscriptionId == own).ToListAsync(cancel);
            var past = await db.Set<PastNoticeRow>().Where(n => n.SubscriptionId == own && string.Compare(n.Key, page.After) > 0)
                .OrderBy(n => n.Key).Take(page.Top + 1).ToListAsync(cancel);
            // One that ends between the two reads is in both; the later word counts.
            var all = boards.SelectMany(b => b.ToBoard().Live).Concat(past.Select(n => StoreJson.Read<Notice>(n.Json)))
                .GroupBy(PastNoticeRow.KeyOf).Where(g => string.CompareOrdinal(g.Key, page.After) > 0)
                .OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Last()).Take(page.Top + 1).ToList();
            return page.Of(call, all, PastNoticeRow.KeyOf, ScheduledEventView.Of);
        })
        .Needs(Access.Reader)
        .Answers<Listing<ScheduledEventView>>()
        .Named(nameof(ListScheduledEvents), Tags.Maintenance, "What guests were told, and what came of it");
}
