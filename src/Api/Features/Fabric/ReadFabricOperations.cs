// The operator's long work, and how far it has come (R6).
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Fabric;

/// <param name="Result">What came of it, by kind; absent for kinds that have none.</param>
public sealed record FabricOperationView(
    string Id,
    string Kind,
    OperationStatus Status,
    int PercentComplete,
    Instant CreatedAt,
    Instant? StartedAt,
    Instant? EndedAt,
    string Resource,
    string? Cluster,
    IReadOnlyList<OperationStep> Steps,
    OperationError? Error,
    JsonNode? Result)
{
    public static FabricOperationView Of(OperationRow row)
    {
        var o = row.ToOperation();
        return new(o.Id.Value, o.Kind, o.Status, o.PercentComplete, o.CreatedAt, o.StartedAt, o.EndedAt, o.Resource,
            o.Cluster?.Value, o.Steps, o.Error, row.ReportJson is null ? null : JsonNode.Parse(row.ReportJson));
    }
}

public static class ReadFabricOperations
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/fabric/operations/{operation}", async (call, db, cancel) =>
            {
                var id = new OperationId(call.Segment("operation"));
                var row = await db.Set<OperationRow>().FirstOrDefaultAsync(o => o.Id == id && o.SubscriptionId == null, cancel);
                return row is null ? Refusals.NotFound("such operation") : Reply.Ok(FabricOperationView.Of(row));
            })
            .Needs(Access.Operator)
            .Answers<FabricOperationView>()
            .Named("GetFabricOperation", Tags.Fabric, "Read an operation of the operator");

        routes.MapList("/fabric/operations", async (call, db, page, cancel) =>
            {
                // Ids are types, which have no order for EF; as text in the store they do.
                var rows = db.Set<OperationRow>().FromSqlInterpolated(
                    $"""SELECT * FROM "Operations" WHERE "SubscriptionId" IS NULL AND "Id" > {page.After}""");
                if (call.Http.Request.Query.TryGetValue("kind", out var kind))
                {
                    rows = rows.Where(o => o.Kind == kind.ToString());
                }

                return page.Of(call, await rows.OrderBy(o => o.Id).Take(page.Top + 1).ToListAsync(cancel), r => r.Id.Value,
                    FabricOperationView.Of);
            })
            .Needs(Access.Operator)
            .Answers<Listing<FabricOperationView>>()
            .Named("ListFabricOperations", Tags.Fabric, "List operations of the operator; filter: kind=");
    }
}
