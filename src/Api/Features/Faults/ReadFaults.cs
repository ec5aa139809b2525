// Faults of simulated hosts, one by one and in a list.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Faults;

public static class ReadFaults
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/fabric/faults/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<FaultRow>().FirstOrDefaultAsync(r => r.NameKey == key, cancel);
                return row is null ? Refusals.NotFound("such fault") : Reply.Ok(FaultView.Of(row, Clock(call)), row.ETag);
            })
            .Needs(Access.Operator)
            .Answers<FaultView>()
            .Named("GetFault", Tags.Fabric, "Read a fault of simulated hosts");

        routes.MapList("/fabric/faults", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<FaultRow>().Where(r => string.Compare(r.NameKey, page.After) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => FaultView.Of(r, Clock(call)));
            })
            .Needs(Access.Operator)
            .Answers<Listing<FaultView>>()
            .Named("ListFaults", Tags.Fabric, "List faults of simulated hosts");
    }

    private static FabricClock Clock(Call call) => call.Http.RequestServices.GetRequiredService<FabricClock>();
}
