// Reading dedicated hosts.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Features.DedicatedHosts;

public static class ReadDedicatedHosts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/dedicatedHosts/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var host = await db.Set<DedicatedHost>()
                    .FirstOrDefaultAsync(h => h.SubscriptionId == call.Subscription && h.NameKey == key, cancel);
                return host is null
                    ? Refusals.NotFound("such dedicated host")
                    : Reply.Ok(DedicatedHostView.Of(call, host, MachinesOn(db, host.Key)), host.Etag);
            })
            .Needs(Access.Reader)
            .Answers<DedicatedHostView>()
            .Named("GetDedicatedHost", Tags.DedicatedHosts, "Read a dedicated host and what is on it");

        routes.MapList("/subscriptions/{subscriptionId}/dedicatedHosts", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<DedicatedHost>()
                    .Where(h => h.SubscriptionId == call.Subscription && string.Compare(h.NameKey, page.After) > 0)
                    .OrderBy(h => h.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                var owners = rows.Select(h => h.Key).ToList();
                var machines = (await db.Set<FabricInstance>().Where(i => owners.Contains(i.HostOwner!)).ToListAsync(cancel))
                    .ToLookup(i => i.HostOwner!, i => i.Name);
                return page.Of(call, rows, h => h.NameKey, h => DedicatedHostView.Of(call, h, machines[h.Key]));
            })
            .Needs(Access.Reader)
            .Answers<Listing<DedicatedHostView>>()
            .Named("ListDedicatedHosts", Tags.DedicatedHosts, "List dedicated hosts");
    }

    internal static List<string> MachinesOn(RdfeDbContext db, string host) =>
        [.. db.Set<FabricInstance>().AsNoTracking().Where(i => i.HostOwner == host).Select(i => i.Name)];
}
