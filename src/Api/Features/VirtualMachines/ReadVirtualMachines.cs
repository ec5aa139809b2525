// Reading virtual machines.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Api.Features.VirtualMachines;

public static class ReadVirtualMachines
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/virtualMachines/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var machine = await db.Set<VirtualMachine>()
                    .FirstOrDefaultAsync(m => m.SubscriptionId == call.Subscription && m.NameKey == key, cancel);
                if (machine is null)
                {
                    return Refusals.NotFound("such virtual machine");
                }

                var instance = await db.Set<FabricInstance>().FirstOrDefaultAsync(i => i.Id == machine.Instance, cancel);
                return Reply.Ok(Views(call).Of(db, machine, instance), machine.Etag);
            })
            .Needs(Access.Reader)
            .Answers<VirtualMachineView>()
            .Named("GetVirtualMachine", Tags.VirtualMachines, "Read a virtual machine");

        routes.MapList("/subscriptions/{subscriptionId}/virtualMachines", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<VirtualMachine>()
                    .Where(m => m.SubscriptionId == call.Subscription && string.Compare(m.NameKey, page.After) > 0)
                    .OrderBy(m => m.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                var owners = rows.Select(m => m.Key).ToList();
                var instances = (await db.Set<FabricInstance>().Where(i => owners.Contains(i.Owner)).ToListAsync(cancel))
                    .ToDictionary(i => i.Id);
                var views = Views(call).Of(db, rows, m => instances.GetValueOrDefault(m.Instance));
                return page.Of(call, views, v => Names.KeyOf(v.Name), v => v);
            })
            .Needs(Access.Reader)
            .Answers<Listing<VirtualMachineView>>()
            .Named("ListVirtualMachines", Tags.VirtualMachines, "List virtual machines");
    }

    private static MachineViews Views(Call call) => call.Http.RequestServices.GetRequiredService<MachineViews>();
}
