// Documents of the operator (topology, images, sizes) travel as text to their readers in the domain, which report every
// error with its path. What a GET adds (name, etag) may come back in a PUT.
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Features.Fabric;

internal static class FabricDocument
{
    /// <summary>GET of one document of a kind, whatever the case of its name, and the list of them all.</summary>
    public static void MapDocumentReads<TView>(this IEndpointRouteBuilder routes, string kind, string noun, string one)
    {
        routes.MapRead($"/fabric/{kind}s/{{name}}", async (call, db, cancel) =>
            {
                var row = (await db.Set<DocumentRow>().Where(d => d.Kind == kind).ToListAsync(cancel))
                    .Find(d => string.Equals(d.NameKey, call.Segment("name"), StringComparison.OrdinalIgnoreCase));
                return row is null
                    ? Refusals.NotFound($"such {kind}")
                    : Reply.Ok(View(row.Json, row.ETag, row.NameKey), row.ETag);
            })
            .Needs(Access.Operator)
            .Answers<TView>()
            .Named($"Get{noun}", Tags.Fabric, $"Read {one}");

        routes.MapList($"/fabric/{kind}s", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<DocumentRow>()
                    .Where(d => d.Kind == kind && string.Compare(d.NameKey, page.After) > 0)
                    .OrderBy(d => d.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => View(r.Json, r.ETag, r.NameKey));
            })
            .Needs(Access.Operator)
            .Answers<Listing<TView>>()
            .Named($"List{noun}s", Tags.Fabric, $"List {kind}s");
    }

    /// <summary>PUT of a document that a reader of the domain checks.</summary>
    public static RouteHandlerBuilder MapDocument<TView>(
        this IEndpointRouteBuilder routes, string pattern, Func<Call, string, ICommand> make,
        Func<IServiceProvider, int>? limit = null) =>
        routes.MapMethods(pattern, ["PUT"], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, IMediator mediator, IServiceProvider services, CancellationToken cancel) =>
        {
            var body = await reader.ReadAsync(call, ["application/json"], limit?.Invoke(services));
            if (body.Refused)
            {
                return new Answer(body.Refusal);
            }

            if (body.Value.Length == 0)
            {
                return new Answer(BodyReader.Invalid("A body is needed."));
            }

            try
            {
                var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body.Value);
                return new Answer(await mediator.Send(make(call, Plain(text, call)), cancel));
            }
            catch (DecoderFallbackException)
            {
                return new Answer(BodyReader.Invalid("The body is not UTF-8."));
            }
        })).WithMetadata(new BodyOf(typeof(TView), "application/json", false));

    /// <summary>A document with what its view adds to it.</summary>
    public static JsonObject View(string json, string etag, string? name = null)
    {
        var view = new JsonObject();
        if (name is not null)
        {
            view["name"] = name;
        }

        foreach (var (key, value) in JsonNode.Parse(json)!.AsObject().ToList())
        {
            view[key] = value?.DeepClone();
        }

        view["etag"] = etag;
        return view;
    }

    // Without the members that only a view has. Text that is not a JSON object stays as it is: its reader says why.
    private static string Plain(string text, Call call)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return text;
            }

            var named = call.Http.GetRouteValue("name") is string;
            if (named && root.TryGetProperty("name", out var name)
                && !(name.ValueKind == JsonValueKind.String && string.Equals(name.GetString(), call.Segment("name"), StringComparison.OrdinalIgnoreCase)))
            {
                call.Error("$.name", "The name is the one in the path.");
            }

            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                writer.WriteStartObject();
                foreach (var member in root.EnumerateObject())
                {
                    if (member.Name != "etag" && !(named && member.Name == "name"))
                    {
                        member.WriteTo(writer);
                    }
                }

                writer.WriteEndObject();
            }

            return Encoding.UTF8.GetString(buffer.ToArray());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            return text;
        }
    }
}
