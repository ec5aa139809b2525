// Which operations are there? What tests are generated from: the checked-in OpenAPI document, which OpenApiTests hold to
// the program. A route that is added appears here by itself.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Abuse;

/// <param name="Id">The operation id of the document, which is the slice's name.</param>
internal sealed partial record ApiOperation(string Id, HttpMethod Method, string Path, JsonObject Node)
{
    public bool IsMutation => Method != HttpMethod.Get;

    public bool IsTenants => Path.StartsWith("/subscriptions/{subscriptionId}", StringComparison.Ordinal);

    public bool IsOperators => Path.StartsWith("/fabric/", StringComparison.Ordinal) || Id == "ListSubscriptions";

    /// <summary>The names in the path, from left to right.</summary>
    public IReadOnlyList<string> Names { get; } = [.. Braces().Matches(Path).Select(m => m.Groups[1].Value)];

    public IReadOnlyList<string> Headers => Parameters("header");

    public IReadOnlyList<string> Queries => Parameters("query");

    public IReadOnlyList<string> MediaTypes =>
        Node["requestBody"]?["content"] is JsonObject content ? [.. content.Select(c => c.Key)] : [];

    public string Fill(Func<string, string> value) => Braces().Replace(Path, m => value(m.Groups[1].Value));

    /// <summary>The part of the path before a name: /fabric/nodes for {node}.</summary>
    public string Collection(string name) => Path[..Path.IndexOf("/{" + name + "}", StringComparison.Ordinal)].Split('/')[^1];

    public override string ToString() => $"{Method} {Path}";

    private string[] Parameters(string place) =>
        [.. (Node["parameters"]?.AsArray() ?? []).Where(p => (string?)p!["in"] == place).Select(p => (string)p!["name"]!)];

    [GeneratedRegex(@"\{([^}]+)\}")]
    private static partial Regex Braces();
}

internal static class ApiDocument
{
    private static readonly JsonObject Root =
        (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "openapi", "rdfe.v1.json")))!;

    public static IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. from path in Root["paths"]!.AsObject()
           from verb in path.Value!.AsObject()
           select new ApiOperation((string)verb.Value!["operationId"]!, new HttpMethod(verb.Key.ToUpperInvariant()), path.Key, (JsonObject)verb.Value!),
    ];

    /// <summary>A schema, behind its reference if it is one.</summary>
    public static JsonObject Schema(JsonNode schema) => (string?)schema["$ref"] is { } reference
        ? Schema(Root["components"]!["schemas"]![reference.Split('/')[^1]]!)
        : (JsonObject)schema;
}
