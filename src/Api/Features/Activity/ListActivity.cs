// Who did what in a subscription, newest last (R3).
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Activity;

public sealed record ActivityView(
    long Sequence, Instant At, string Caller, string Role, string Method, string Path, string Outcome, int Status,
    string? Code, string? EtagBefore, string? EtagAfter, string? Operation, string TraceId)
{
    public static ActivityView Of(Call call, ActivityRow r) => new(
        r.Sequence, r.At, r.Caller, r.Role, r.Method, r.Path, r.Outcome, r.Status, r.Code, r.ETagBefore, r.ETagAfter,
        r.Operation is { } path ? call.Absolute(path) : null, r.TraceId);
}

public static class ListActivity
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapList("/subscriptions/{subscriptionId}/activityLog", async (call, db, page, cancel) =>
        {
            var after = page.AfterNumber;
            var rows = await db.Set<ActivityRow>()
                .Where(r => r.SubscriptionId == call.Subscription && r.Sequence > after)
                .OrderBy(r => r.Sequence).Take(page.Top + 1).ToListAsync(cancel);
            return page.Of(
                call, rows, r =>
                    r.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture), r => ActivityView.Of(call, r));
        }, numbered: true)
        .Needs(Access.Reader)
        .Answers<Listing<ActivityView>>()
        .Named(nameof(ListActivity), Tags.Activity, "Who did what, when, and what came of it");
}
