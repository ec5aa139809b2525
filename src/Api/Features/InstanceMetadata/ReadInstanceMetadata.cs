// What an instance asks about itself at run time (D7): its update domain, its fault domain, its name and addresses. The
// same questions, answers and errors as Azure's Instance Metadata Service, so that programs written for it need another
// base address and nothing else. No key is asked for: the path holds a capability of 128 bits.
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.InstanceMetadata;

/// <param name="Error">What is wrong.</param>
/// <param name="NewestVersions">Versions to ask for, newest first; where the version was what is wrong.</param>
public sealed record MetadataError(
    string Error, [property: System.Text.Json.Serialization.JsonPropertyName("newest-versions")] IReadOnlyList<string>? NewestVersions = null);

public sealed record MetadataVersionsView(IReadOnlyList<string> ApiVersions);

public static class ReadInstanceMetadata
{
    private const string Description = "The header `Metadata: true` is needed, and no key: instanceId is a capability, "
        + "which metadataUrl of an instance or a machine shows.";

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/instances/{instanceId}/metadata/instance", "GetInstanceMetadata", "What an instance is told about itself")
            .Answers<MetadataView>();
        Map(routes, "/instances/{instanceId}/metadata/instance/{**path}", "GetInstanceMetadataPart", "A part of it, such as compute/platformUpdateDomain")
            .Produces<string>(200, "text/plain");
        routes.MapMethods("/instances/{instanceId}/metadata/versions", Door.ReadMethods, async (HttpContext http, IReadStore store) =>
            {
                await using var db = await store.OpenAsync(http.RequestAborted);
                return await FindAsync(http, db) is { } found && found.Error is { } error
                    ? error
                    : Results.Json(new MetadataVersionsView(MetadataVersions.All), Wire.Options);
            })
            .Needs(Access.Anonymous)
            .Answers<MetadataVersionsView>()
            .Produces<MetadataError>(400).Produces<MetadataError>(404)
            .WithDescription(Description)
            .Named("ListInstanceMetadataVersions", Tags.InstanceMetadata, "Versions of the metadata that can be asked for");
    }

    private static RouteHandlerBuilder Map(IEndpointRouteBuilder routes, string pattern, string id, string summary) => routes
        .MapMethods(pattern, Door.ReadMethods, async (HttpContext http, IReadStore store, MetadataDocument documents) =>
        {
            await using var db = await store.OpenAsync(http.RequestAborted);
            var (instance, error) = await FindAsync(http, db);
            error ??= Asked(http.Request.Query, out var version, out var text) is { } wrong ? wrong
                : await DocumentAsync(db, documents, instance!, http.RequestAborted) is { } view
                    ? Part(MetadataVersions.As(version, (JsonObject)System.Text.Json.JsonSerializer.SerializeToNode(view, Wire.Options)!),
                        (string?)http.GetRouteValue("path") ?? "", text)
                    : NotFound();
            return error;
        })
        .Needs(Access.Anonymous)
        .WithMetadata(new Filter("api-version", "The version, such as 2021-02-01; needed."))
        .WithMetadata(new Filter("format", "json, or text: a value as it is, or the names of what is below."))
        .Produces<MetadataError>(400).Produces<MetadataError>(404)
        .WithDescription(Description)
        .Named(id, Tags.InstanceMetadata, summary);

    // Forwarded requests do not come from the machine: a proxy that is talked into asking must get nothing.
    internal static async Task<(FabricInstance? Instance, IResult? Error)> FindAsync(HttpContext http, RdfeDbContext db)
    {
        if (http.Request.Headers.ContainsKey("X-Forwarded-For"))
        {
            return (null, Bad("Bad request. X-Forwarded-For must not be set."));
        }

        if (!string.Equals(http.Request.Headers["Metadata"], "true", StringComparison.OrdinalIgnoreCase))
        {
            return (null, Bad("Bad request. Required metadata header not specified"));
        }

        var token = (string?)http.GetRouteValue("instanceId") ?? "";
        var id = await db.Set<InstanceCapabilityRow>().Where(c => c.Token == token).Select(c => (InstanceId?)c.Instance)
            .FirstOrDefaultAsync(http.RequestAborted);
        var instance = id is null ? null : await db.Set<FabricInstance>().FirstOrDefaultAsync(i => i.Id == id, http.RequestAborted);
        return (instance, instance is null ? NotFound() : null);
    }

    private static async Task<MetadataView?> DocumentAsync(
        RdfeDbContext db, MetadataDocument documents, FabricInstance instance, CancellationToken cancel)
    {
        if (instance.Kind == InstanceKind.VirtualMachine)
        {
            var machine = await db.Set<VirtualMachine>().FirstOrDefaultAsync(m => m.Instance == instance.Id, cancel);
            return machine is null ? null : documents.Of(instance, machine);
        }

        var owner = new DeploymentId(instance.Owner);
        var deployment = await db.Set<Deployment>().FirstOrDefaultAsync(d => d.Id == owner, cancel);
        return deployment is null ? null : documents.Of(instance, deployment);
    }

    private static IResult? Asked(IQueryCollection query, out string version, out bool text)
    {
        version = query["api-version"].ToString();
        var format = query["format"].ToString();
        text = format.Equals("text", StringComparison.OrdinalIgnoreCase);
        if (!MetadataVersions.All.Contains(version))
        {
            return Bad(
                version.Length == 0
                    ? "Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds"
                    : "Bad request. api-version is invalid or not supported. For more information refer to aka.ms/azureimds",
                MetadataVersions.Newest);
        }

        return text || format.Length == 0 || format.Equals("json", StringComparison.OrdinalIgnoreCase)
            ? null
            : Bad("Bad request. format is json or text");
    }

    private static IResult Part(JsonNode document, string path, bool text)
    {
        var at = document;
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = at switch
            {
                JsonObject o => o.FirstOrDefault(m => m.Key.Equals(segment, StringComparison.OrdinalIgnoreCase)).Value,
                JsonArray a => int.TryParse(segment, System.Globalization.NumberStyles.None, null, out var n) && n < a.Count ? a[n] : null,
                _ => null,
            };
            if (at is null)
            {
                return NotFound();
            }
        }

        if (at is JsonValue leaf)
        {
            // As in Azure: a value alone is text, and has to be asked for as such.
            return text
                ? Results.Text(leaf.GetValue<string>(), "text/plain", System.Text.Encoding.UTF8)
                : Bad("Bad request. A single value is given as text: add format=text");
        }

        return text
            ? Results.Text(string.Join('\n', Names(at)), "text/plain", System.Text.Encoding.UTF8)
            : Results.Json(at, Wire.Options);
    }

    // What is below ends in a slash where there is more below it.
    private static IEnumerable<string> Names(JsonNode at) => at is JsonObject o
        ? o.Select(m => m.Value is JsonValue ? m.Key : m.Key + "/")
        : at.AsArray().Select((item, i) => item is JsonValue ? $"{i}" : $"{i}/");

    private static IResult NotFound() => Results.Json(new MetadataError("Not found"), Wire.Options, statusCode: 404);

    internal static IResult Bad(string error, IReadOnlyList<string>? newest = null) =>
        Results.Json(new MetadataError(error, newest), Wire.Options, statusCode: 400);
}
