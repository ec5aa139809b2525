// W4: "Customers must know what is going on." Notices of planned maintenance, incidents and safe mode: a subscription's own for its
// tenant, everybody's for operators. Oldest first, as logs are; what is open can be asked for alone.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.ServiceHealth;

public static class ListServiceHealth
{
    private const string Open = "open";

    private static Filter State { get; } = new("state", "Only notices in this state, such as closed; open for all that are neither closed nor cancelled.");

    private static Filter Kind { get; } = new("kind", "Only notices of this kind, such as incident.");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/serviceHealth", async (call, db, cancel) =>
            {
                var own = call.Subscription;
                return await AnswerAsync(call, db.Set<ServiceNoticeRow>().Where(r => r.SubscriptionId == own), r => NoticeView.Of(r.Notice), cancel);
            })
            .WithMetadata(new Lists()).WithMetadata(State).WithMetadata(Kind)
            .Needs(Access.Reader)
            .Answers<Listing<NoticeView>>()
            .Named(nameof(ListServiceHealth), Tags.ServiceHealth, "What the platform does, or what happens to it, that concerns this subscription");

        routes.MapRead("/fabric/serviceHealth", async (call, db, cancel) =>
            {
                var rows = db.Set<ServiceNoticeRow>().AsQueryable();
                if (call.Http.Request.Query.TryGetValue("cluster", out var name))
                {
                    var cluster = new ClusterId(name.ToString().ToLowerInvariant());
                    rows = rows.Where(r => r.Cluster == cluster);
                }

                return await AnswerAsync(call, rows, FabricNoticeView.Of, cancel);
            })
            .WithMetadata(new Lists()).WithMetadata(State).WithMetadata(Kind)
            .WithMetadata(new Filter("cluster", "Only notices that this cluster's controller keeps."))
            .Needs(Access.Operator)
            .Answers<Listing<FabricNoticeView>>()
            .Named("ListFabricServiceHealth", Tags.Fabric, "What tenants are told of what the platform does, or of what happens to it");
    }

    private static async Task<Outcome<Reply>> AnswerAsync<T>(
        Call call, IQueryable<ServiceNoticeRow> rows, Func<ServiceNoticeRow, T> view, CancellationToken cancel)
    {
        var page = Page.Read(call);
        var (state, kind) = (Read<NoticeState>(call, "state", but: Open), Read<NoticeKind>(call, "kind"));
        if (call.Errors.Count > 0)
        {
            return BodyBinder.Invalid(call.Errors);
        }

        rows = call.Http.Request.Query["state"] == Open ? rows.Where(r => r.ClosedAt == null)
            : state is { } s ? rows.Where(r => r.State == s) : rows;
        rows = kind is { } k ? rows.Where(r => r.Kind == k) : rows;
        var after = page.After;
        var found = await rows.Where(r => string.Compare(r.Id, after) > 0).OrderBy(r => r.Id).Take(page.Top + 1).ToListAsync(cancel);
        return Reply.Ok(page.Of(call, found, r => r.Id, view));
    }

    private static T? Read<T>(Call call, string parameter, string? but = null)
        where T : struct, Enum
    {
        if (!call.Http.Request.Query.TryGetValue(parameter, out var text) || text == but)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (Wire.EnumName(value) == text)
            {
                return value;
            }
        }

        call.Error(parameter, $"{parameter} is one of {string.Join(", ", Enum.GetValues<T>().Select(Wire.EnumName).Concat(but is null ? [] : [but]))}.");
        return null;
    }
}
