// What every operation has and no slice needs to say: path parameters, conventions' headers, paging, and problems.
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Rdfe.Api.Http;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Rdfe.Api.OpenApi;

public sealed partial class DescribeOperation : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var verb = context.ApiDescription.HttpMethod ?? "GET";
        var access = metadata.OfType<Needs>().LastOrDefault()?.Access ?? Access.Operator;
        operation.Parameters ??= [];
        Path(operation, context.ApiDescription.RelativePath ?? "");
        operation.Description ??= access switch
        {
            Access.Anonymous => "Needs no key.",
            Access.Operator => "For the operator.",
            _ => $"Needs the role {Wire.EnumName(access)}.",
        };
        if (metadata.OfType<Lists>().Any())
        {
            Add(operation, "top", ParameterLocation.Query, "How many items at most.", new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = Page.Max.ToString(CultureInfo.InvariantCulture),
                Default = Page.Default,
            });
            Add(operation, "continuation", ParameterLocation.Query,
                "Where to go on: from the nextLink of the page before.");
        }

        foreach (var filter in metadata.OfType<Filter>())
        {
            Add(operation, filter.Name, ParameterLocation.Query, filter.What);
        }

        if (verb != "GET" && access != Access.Anonymous)
        {
            Add(operation, "Idempotency-Key", ParameterLocation.Header,
                "The same key and body get the first answer again.");
            Add(operation, "If-Match", ParameterLocation.Header, "Only if the resource has this etag.");
        }

        if (verb == "PUT")
        {
            Add(operation, "If-None-Match", ParameterLocation.Header, "With *: only if there is no such resource yet.");
        }

        if (metadata.OfType<BodyOf>().LastOrDefault() is { } body)
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = !body.Optional,
                Description = verb == "PATCH" ? "A JSON merge patch: members that are null are removed." : null,
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    [body.MediaType] = new()
                    {
                        Schema = body.MediaType == "application/json"
                            ? context.SchemaGenerator.GenerateSchema(body.Type, context.SchemaRepository)
                            : new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" },
                    },
                },
            };
        }

        if (metadata.OfType<BodyOf>().LastOrDefault()?.OrText is { } orText)
        {
            operation.RequestBody!.Content![orText] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        Describe(operation);
        foreach (var status in ProblemsOf(verb, access, operation.Parameters.Count > 0))
        {
            // A route that has errors of its own shape has said so.
            if (operation.Responses?.ContainsKey(status) == true)
            {
                continue;
            }

            Problem(operation, context, status);
        }

        if (access != Access.Anonymous)
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer",
                    context.Document)] = [] },
            ];
        }
    }

    private static IEnumerable<string> ProblemsOf(string verb, Access access, bool parameters)
    {
        string[] always = ["429", "503"];
        string[] known = access == Access.Anonymous ? [] : ["401", "403"];
        string[] asked = parameters ? ["400", "404"] : [];
        string[] changed = verb == "GET" || access == Access.Anonymous ? [] : ["409", "412", "413", "415", "422"];
        return [.. asked, .. known, .. changed, .. always];
    }

    private static void Describe(OpenApiOperation operation)
    {
        foreach (var (status, response) in operation.Responses ?? [])
        {
            response.Description = status switch
            {
                "200" => "Done.",
                "201" => "Created.",
                "202" => "Accepted: follow Operation-Location.",
                "204" => "Done; nothing to show.",
                "400" => "The request has errors.",
                "404" => "No such instance, or no such part.",
                _ => response.Description,
            };
            if (status == "202")
            {
                Header(response, "Operation-Location", "The absolute URL of the operation; the body has it as operation.", "uri");
                Header(response, "Retry-After", "How many seconds to wait before asking how it is.");
            }
        }
    }

    private static void Header(IOpenApiResponse response, string name, string what, string? format = null)
    {
        if (response is OpenApiResponse described)
        {
            described.Headers ??= new Dictionary<string, IOpenApiHeader>();
            described.Headers[name] = new OpenApiHeader
            {
                Description = what,
                Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = format },
            };
        }
    }

    private static void Problem(OpenApiOperation operation, OperationFilterContext context, string status)
    {
        operation.Responses ??= [];
        operation.Responses[status] = new OpenApiResponse
        {
            Description = status switch
            {
                "400" => "The request has errors; all are named.",
                "401" => "No key, or a wrong one.",
                "403" => "The key's role is too low.",
                "404" => "No such resource, or none that this key may see.",
                "409" => "The present state does not allow it.",
                "412" => "If-Match or If-None-Match does not hold.",
                "413" => "The body is too large.",
                "415" => "The media type is not understood.",
                "422" => "The Idempotency-Key was used with another request.",
                "429" => "Too many requests; see Retry-After.",
                _ => "Read-only or overloaded for now; see Retry-After.",
            },
            Content = new Dictionary<string, OpenApiMediaType>
            {
                [Problems.MediaType] = new()
                {
                    Schema = context.SchemaGenerator.GenerateSchema(typeof(Problem), context.SchemaRepository),
                },
            },
        };
    }

    private static void Path(OpenApiOperation operation, string path)
    {
        foreach (Match match in Segment().Matches(path))
        {
            var name = match.Groups[1].Value;
            if (operation.Parameters!.Any(p => p.Name == name))
            {
                continue;
            }

            operation.Parameters!.Add(new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = name == "subscriptionId" ? "The subscription, a GUID." : $"Which {name}.",
                Schema = name == "subscriptionId"
                    ? new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" }
                    : new OpenApiSchema { Type = JsonSchemaType.String, MinLength = 1 },
            });
        }
    }

    private static void Add(
        OpenApiOperation operation, string name, ParameterLocation where, string what, OpenApiSchema? schema = null) =>
        operation.Parameters!.Add(new OpenApiParameter
        {
            Name = name,
            In = where,
            Description = what,
            Schema = schema ?? new OpenApiSchema { Type = JsonSchemaType.String },
        });

    [GeneratedRegex(@"\{\**([^}:]+)[^}]*\}")]
    private static partial Regex Segment();
}

/// <summary>Chapters, in the order in which people read them.</summary>
public sealed class DescribeDocument : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        var used = context.ApiDescriptions
            .SelectMany(d => d.ActionDescriptor.EndpointMetadata
                .OfType<Microsoft.AspNetCore.Http.Metadata.ITagsMetadata>())
            .SelectMany(t => t.Tags).ToHashSet(StringComparer.Ordinal);
        swaggerDoc.Tags = new HashSet<OpenApiTag>(Features.Tags.All
            .Where(t => used.Contains(t.Name))
            .Select(t => new OpenApiTag { Name = t.Name, Description = t.Description }));
    }
}
