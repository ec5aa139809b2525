// W3: a guest says that it is ready: what it names may begin before its time. Once is enough, for all machines that it touches.
using System.Text.Json;
using System.Text.Json.Nodes;
using Rdfe.Api.Features.InstanceMetadata;
using Rdfe.Api.Http;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.ScheduledEvents;

public static class StartScheduledEvents
{
    private const int MostBytes = 64 << 10;

    public sealed record Request(
        [property: System.Text.Json.Serialization.JsonPropertyName("StartRequests")] IReadOnlyList<StartRequest> StartRequests);

    public sealed record StartRequest([property: System.Text.Json.Serialization.JsonPropertyName("EventId")] string EventId);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost(ReadScheduledEvents.Path, async (HttpContext http, IReadStore store, Committer committer, PlacementDesk desk, FabricClock clock) =>
        {
            await using var db = await store.OpenAsync(http.RequestAborted);
            var (instance, error) = await ReadInstanceMetadata.FindAsync(http, db);
            if ((error ?? ReadScheduledEvents.Version(http.Request.Query, out _)) is { } wrong)
            {
                return wrong;
            }

            if (await AskedAsync(http) is not { Count: > 0 } asked)
            {
                return ReadInstanceMetadata.Bad("Bad request. The body must be {\"StartRequests\":[{\"EventId\":\"…\"}]}.");
            }

            return await committer.CommitAsync(unit => Start(unit, desk, clock, instance!, asked), http.RequestAborted)
                ? Results.Ok()
                : ReadInstanceMetadata.Bad("Bad request. There is no such event.");
        })
        .Needs(Access.Anonymous)
        .WithMetadata(new Filter("api-version", "The version, such as 2020-07-01; needed."))
        .WithMetadata(new BodyOf(typeof(Request), "application/json", false))
        .Produces(200).Produces<MetadataError>(400).Produces<MetadataError>(404)
        .WithDescription(ReadScheduledEvents.Description)
        .Named(nameof(StartScheduledEvents), Tags.InstanceMetadata, "Let events begin before their time");

    private static bool Start(UnitOfWork unit, PlacementDesk desk, FabricClock clock, FabricInstance instance, List<string> asked)
    {
        var scope = NoticeBoard.ScopeOf(instance);
        var row = unit.Find<NoticeBoardRow>(scope);
        var live = row?.ToBoard().Live ?? [];
        if (!asked.TrueForAll(id => live.Any(n => n.Id.Equals(id, StringComparison.OrdinalIgnoreCase))))
        {
            return false;
        }

        foreach (var notice in live.Where(n => n.Holds(clock.Now) && asked.Contains(n.Id, StringComparer.OrdinalIgnoreCase)))
        {
            desk.Post(unit, row!.Cluster, new FabricRequest.AcknowledgeNotice(scope, notice.Id, AcknowledgedBy.Guest), clock.Now);
        }

        return true;
    }

    // Agents were written for a service that asks for no media type, and curl sends another one: the text is what counts.
    private static async Task<List<string>?> AskedAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        var buffer = new byte[4 << 10];
        for (int read; (read = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MostBytes)
            {
                return null;
            }
        }

        try
        {
            return JsonNode.Parse(body.ToArray())?["StartRequests"] is JsonArray starts
                ? [.. starts.Select(s => s!["EventId"]!.GetValue<string>())]
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or ArgumentException)
        {
            return null;
        }
    }
}
