// What the platform did although a window was closed, and why (W1, W2): all of it for operators, their own for tenants.
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

/// <param name="Resource">The machine or service.</param>
/// <param name="Instance">What its owner calls the instance.</param>
/// <param name="Configuration">Whose window was closed.</param>
/// <param name="Through">What that configuration is assigned to.</param>
/// <param name="NextWindow">When it would have opened; absent where it never opens again.</param>
public sealed record MaintenanceLedgerView(
    long Sequence, Instant At, WindowLedgerReason Reason, Guid Subscription, string Cluster, string Resource, string Instance, string? Node,
    string Configuration, string Through, Instant? NextWindow, string Detail)
{
    public static MaintenanceLedgerView Of(MaintenanceLedgerRow r) => new(
        r.Id, r.At, r.Reason, r.SubscriptionId.Value, r.Cluster.Value, r.Resource, r.Name, r.Node?.Value, r.Configuration, r.Through,
        r.NextWindow, r.Detail);
}

public static class ListMaintenanceLedger
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapList("/subscriptions/{subscriptionId}/maintenanceLedger", (call, db, page, cancel) =>
            {
                var own = call.Subscription;
                return PageAsync(call, db.Set<MaintenanceLedgerRow>().Where(r => r.SubscriptionId == own), page, cancel);
            }, numbered: true)
            .WithMetadata(From).WithMetadata(To)
            .Needs(Access.Reader)
            .Answers<Listing<MaintenanceLedgerView>>()
            .Named(nameof(ListMaintenanceLedger), Tags.Maintenance, "What was done outside a window, and why");

        routes.MapList("/fabric/ledger", (call, db, page, cancel) =>
            {
                var rows = db.Set<MaintenanceLedgerRow>().AsQueryable();
                if (call.Http.Request.Query.TryGetValue("cluster", out var name))
                {
                    var cluster = new ClusterId(name.ToString().ToLowerInvariant());
                    rows = rows.Where(r => r.Cluster == cluster);
                }

                return PageAsync(call, rows, page, cancel);
            }, numbered: true)
            .WithMetadata(From).WithMetadata(To).WithMetadata(new Filter("cluster", "Only what was done in this cluster."))
            .Needs(Access.Operator)
            .Answers<Listing<MaintenanceLedgerView>>()
            .Named("ListFabricLedger", Tags.Fabric, "What was done outside tenants' windows, and why");
    }

    private static Filter From { get; } = new("from", "Nothing before this time, such as 2027-03-01T00:00:00Z.");

    private static Filter To { get; } = new("to", "Only what was before this time.");

    private static async Task<object> PageAsync(Call call, IQueryable<MaintenanceLedgerRow> rows, Page page, CancellationToken cancel)
    {
        var after = page.AfterNumber;
        if (Moments.Read(call, "from") is { } from)
        {
            rows = rows.Where(r => r.At >= from);
        }

        if (Moments.Read(call, "to") is { } to)
        {
            rows = rows.Where(r => r.At < to);
        }

        var found = await rows.Where(r => r.Id > after).OrderBy(r => r.Id).Take(page.Top + 1).ToListAsync(cancel);
        return page.Of(call, found, r => r.Id.ToString(CultureInfo.InvariantCulture), MaintenanceLedgerView.Of);
    }
}
