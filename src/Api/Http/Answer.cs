// The last step: a reply or a refusal becomes a response. Paths become absolute here, for whoever is asking.
using System.Text.Json;
using System.Text.Json.Nodes;
using Rdfe.Domain;

namespace Rdfe.Api.Http;

public sealed class Answer(Outcome<Reply> outcome) : IResult
{
    // How long a client does well to wait before it asks again how an operation is going, in real seconds.
    private const string PollAfter = "1";

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (outcome.Refused)
        {
            await Problems.WriteAsync(httpContext, outcome.Refusal);
            return;
        }

        var reply = outcome.Value;
        var call = httpContext.RequestServices.GetRequiredService<Call>();
        var response = httpContext.Response;
        if (reply.ETag is { } etag)
        {
            response.Headers.ETag = $"\"{etag}\"";
            if (!call.IsMutation && ETags.Matches(call.IfNoneMatch, etag))
            {
                response.StatusCode = 304;
                return;
            }
        }

        response.StatusCode = reply.Status;
        if (reply.Location is { } location)
        {
            response.Headers.Location = call.Absolute(location);
        }

        var body = reply.Body;
        if (reply.Operation is { } operation)
        {
            var url = call.Absolute(operation);
            response.Headers["Operation-Location"] = url;
            response.Headers.RetryAfter = PollAfter;
            body = WithOperation(body, url);
        }

        if (body is not null)
        {
            response.ContentType = "application/json";
            if (HttpMethods.IsHead(httpContext.Request.Method))
            {
                return;
            }

            await JsonSerializer.SerializeAsync(
                response.Body, body, body.GetType(), Wire.Options, httpContext.RequestAborted);
        }
    }

    private static JsonObject WithOperation(object? body, string url)
    {
        var document = body is null
            ? [] : (JsonObject)JsonSerializer.SerializeToNode(body, body.GetType(), Wire.Options)!;
        document["operation"] = url;
        return document;
    }
}
