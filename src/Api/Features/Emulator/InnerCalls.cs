// Requests that a seed makes of the program itself: each goes to the very route that a tenant would call, with its body,
// its checks, its command and its entry in the activity log. Only the gate is left out, which its caller has passed.
using System.Text.Json.Nodes;
using Rdfe.Api.Http;
using Rdfe.Infrastructure.Emulator;

namespace Rdfe.Api.Features.Emulator;

/// <summary>What came of an inner request.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Document">The resource, or the problem.</param>
internal sealed record InnerAnswer(int Status, JsonObject Document)
{
    public bool Succeeded => Status is >= 200 and < 300;
}

/// <summary>Sends requests to routes of this program, on behalf of the operator.</summary>
internal sealed class InnerCalls(
    EndpointDataSource endpoints, IServiceScopeFactory scopes, Call outer, Admission admission)
{
    // Asked for on the request's own thread: elsewhere it would be another one.
    private readonly string traceId = Call.TraceIdOf(outer.Http);

    /// <summary>Creates a resource at a route, which is named by its slice; what exists already is refused.</summary>
    public async Task<InnerAnswer> CreateAsync(
        string slice, IReadOnlyDictionary<string, string> values, byte[] body, string mediaType = "application/json")
    {
        var route = endpoints.Endpoints.OfType<RouteEndpoint>()
            .Single(e => e.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName == slice);
        await using var scope = scopes.CreateAsyncScope();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, TraceIdentifier = traceId };
        http.Request.Method = HttpMethods.Put;
        (http.Request.Scheme, http.Request.Host, http.Request.PathBase) =
            (outer.Http.Request.Scheme, outer.Http.Request.Host, outer.Http.Request.PathBase);
        http.Request.Path = values.Aggregate(route.RoutePattern.RawText!, (path, v) => path.Replace($"{{{v.Key}}}", v.Value, StringComparison.Ordinal));
        foreach (var (key, value) in values)
        {
            http.Request.RouteValues[key] = value;
        }

        http.Request.Headers.IfNoneMatch = "*";
        http.Request.ContentType = mediaType;
        http.Request.ContentLength = body.Length;
        http.Request.Body = new MemoryStream(body);
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        http.SetEndpoint(route);
        var call = scope.ServiceProvider.GetRequiredService<Call>();
        (call.Http, call.Caller, call.Era) = (http, outer.Caller, admission.Era);
        await route.RequestDelegate!(http);
        return new InnerAnswer(http.Response.StatusCode, answer.Length == 0 ? [] : (JsonObject)JsonNode.Parse(answer.ToArray())!);
    }
}
