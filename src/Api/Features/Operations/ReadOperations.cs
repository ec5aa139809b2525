// Long work and how far it has come (R6): a tenant's own, and the operator's.
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Operations;

/// <param name="Operation">Its own URL, in the 202 that accepted it.</param>
/// <param name="Blockers">What it waits for, while it runs: its instances' blockers, and its update's.</param>
/// <param name="Result">What came of it; its shape depends on the kind, and many kinds have none.</param>
public sealed record OperationView(
    string Id,
    string Kind,
    OperationStatus Status,
    int PercentComplete,
    Instant CreatedAt,
    Instant? StartedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Instant? EndedAt,
    string Resource,
    IReadOnlyList<OperationStep> Steps,
    OperationError? Error,
    string? Cluster,
    bool CancelRequested,
    IReadOnlyList<BlockerView> Blockers,
    JsonNode? Result,
    string? Operation = null)
{
    public static OperationView Of(OperationRow row, IReadOnlyList<BlockerView>? blockers = null) => new(
        row.Id.Value,
        row.Kind,
        row.Status,
        row.PercentComplete,
        row.CreatedAt,
        row.StartedAt,
        row.EndedAt,
        row.ResourcePath,
        StoreJson.Read<OperationStep[]>(row.StepsJson),
        row.ErrorJson is null ? null : StoreJson.Read<OperationError>(row.ErrorJson),
        row.Cluster?.Value,
        row.CancelRequested,
        blockers ?? [],
        row.ReportJson is null ? null : JsonNode.Parse(row.ReportJson));
}

public static class ReadOperations
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        MapGet(routes, "/subscriptions/{subscriptionId}/operations/{operation}", Access.Reader, "GetOperation",
            Tags.Operations, "Read an operation");
        MapList(routes, "/subscriptions/{subscriptionId}/operations", Access.Reader, "ListOperations",
            Tags.Operations, "List operations by id");
        MapGet(routes, "/fabric/operations/{operation}", Access.Operator, "GetFabricOperation",
            Tags.Fabric, "Read an operation of the operator");
        MapList(routes, "/fabric/operations", Access.Operator, "ListFabricOperations",
            Tags.Fabric, "List the operator's operations by id");
    }

    private static void MapGet(
        IEndpointRouteBuilder routes, string path, Access access, string id, string tag, string summary) => routes
        .MapRead(path, async (call, db, cancel) =>
        {
            var operation = new OperationId(call.Segment("operation"));
            var row = await db.Set<OperationRow>().FirstOrDefaultAsync(
                o => o.Id == operation && o.SubscriptionId == call.SubscriptionOrNull, cancel);
            return row is null ? Refusals.NotFound("such operation") : Reply.Ok(OperationView.Of(row, OperationBlockers.Of(db, row)));
        })
        .Needs(access).Answers<OperationView>().Named(id, tag, summary);

    private static void MapList(
        IEndpointRouteBuilder routes, string path, Access access, string id, string tag, string summary) => routes
        .MapRead(path, async (call, db, cancel) =>
        {
            var (page, status) = (Page.Read(call), StatusOf(call));
            if (call.Errors.Count > 0)
            {
                return BodyBinder.Invalid(call.Errors);
            }

            var after = new OperationId(page.After);
            var kind = call.Http.Request.Query["kind"].FirstOrDefault();
            var rows = await db.Set<OperationRow>()
                .Where(o => o.SubscriptionId == call.SubscriptionOrNull && o.Id > after)
                .Where(o => kind == null || o.Kind == kind)
                .Where(o => status == null || o.Status == status)
                .OrderBy(o => o.Id).Take(page.Top + 1).ToListAsync(cancel);
            return Reply.Ok(page.Of(call, rows, o => o.Id.Value, o => OperationView.Of(o, OperationBlockers.Of(db, o))));
        })
        .WithMetadata(new Lists())
        .WithMetadata(new Filter("kind", "Only operations of this kind, such as createDeployment."))
        .WithMetadata(new Filter("status", "Only operations that stand so: notStarted, running, succeeded, failed or canceled."))
        .Needs(access).Answers<Listing<OperationView>>().Named(id, tag, summary);

    private static OperationStatus? StatusOf(Call call)
    {
        if (call.Http.Request.Query["status"].FirstOrDefault() is not { } asked)
        {
            return null;
        }

        foreach (var status in Enum.GetValues<OperationStatus>().Where(s => Wire.EnumName(s) == asked))
        {
            return status;
        }

        call.Error("status", $"status is one of {string.Join(", ", Enum.GetValues<OperationStatus>().Select(Wire.EnumName))}.");
        return null;
    }
}
