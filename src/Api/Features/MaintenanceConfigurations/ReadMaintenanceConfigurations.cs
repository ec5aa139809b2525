// Reading maintenance configurations (W5).
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

public static class ReadMaintenanceConfigurations
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/maintenanceConfigurations/{name}", async (call, db, cancel) =>
            {
                if (await FindAsync(call, db, cancel) is not { } row)
                {
                    return Refusals.NotFound("such maintenance configuration");
                }

                var view = MaintenanceConfigurationView.Of(row, await db.Set<MaintenanceAssignmentRow>()
                    .Where(a => a.SubscriptionId == row.SubscriptionId && a.Configuration == row.NameKey).ToListAsync(cancel));
                return Reply.Ok(view, view.Etag);
            })
            .Needs(Access.Reader)
            .Answers<MaintenanceConfigurationView>()
            .Named("GetMaintenanceConfiguration", Tags.Maintenance, "Read a maintenance configuration");

        routes.MapList("/subscriptions/{subscriptionId}/maintenanceConfigurations", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<MaintenanceConfigurationRow>()
                    .Where(r => r.SubscriptionId == call.Subscription && string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                var keys = rows.ConvertAll(r => r.NameKey);
                var assigned = (await db.Set<MaintenanceAssignmentRow>()
                    .Where(a => a.SubscriptionId == call.Subscription && keys.Contains(a.Configuration)).ToListAsync(cancel))
                    .ToLookup(a => a.Configuration);
                return page.Of(call, rows, r => r.NameKey, r => MaintenanceConfigurationView.Of(r, assigned[r.NameKey]));
            })
            .Needs(Access.Reader)
            .Answers<Listing<MaintenanceConfigurationView>>()
            .Named("ListMaintenanceConfigurations", Tags.Maintenance, "List maintenance configurations");
    }

    internal static Task<MaintenanceConfigurationRow?> FindAsync(Call call, RdfeDbContext db, CancellationToken cancel)
    {
        var key = Names.KeyOf(call.Name("name"));
        return db.Set<MaintenanceConfigurationRow>().FirstOrDefaultAsync(r => r.SubscriptionId == call.Subscription && r.NameKey == key, cancel);
    }
}
