// One request as slices see it: who, which subscription, which names, and everything that is wrong with it so far.
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Extensions;
using Rdfe.Domain;

namespace Rdfe.Api.Http;

public sealed class Call
{
    private readonly List<(string Path, string Message)> errors = [];
    private byte[] bodyHash = [];

    /// <summary>Set by the first middleware; a call without it is a bug.</summary>
    public HttpContext Http { get; internal set; } = null!;

    public Caller Caller { get; internal set; } = Caller.Nobody;

    /// <summary>Which of the fabrics that this process has had the call came in to.</summary>
    public long Era { get; internal set; }

    public IReadOnlyList<(string Path, string Message)> Errors => errors;

    public bool IsMutation => !HttpMethods.IsGet(Http.Request.Method) && !HttpMethods.IsHead(Http.Request.Method);

    /// <summary>The subscription of the path, which the caller is known to be allowed to see.</summary>
    public SubscriptionId Subscription => SubscriptionOrNull
        ?? throw new InvalidOperationException("This route has no subscriptionId.");

    public SubscriptionId? SubscriptionOrNull =>
        Http.GetRouteValue("subscriptionId") is string text && Guid.TryParseExact(text, "D", out var id)
            ? new SubscriptionId(id)
            : null;

    public string? IdempotencyKey => Http.Request.Headers["Idempotency-Key"].FirstOrDefault();

    public IReadOnlyList<string> IfMatch => ETags.Parse(Http.Request.Headers.IfMatch);

    public IReadOnlyList<string> IfNoneMatch => ETags.Parse(Http.Request.Headers.IfNoneMatch);

    /// <summary>
    /// What the answer and the activity log both say. Ask on the request's own thread: elsewhere there is no activity.
    /// </summary>
    public static string TraceIdOf(HttpContext http) => Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;

    /// <summary>Remembers something wrong; all of it is answered together.</summary>
    public void Error(string path, string message) => errors.Add((path, message));

    /// <summary>A name from the path, as it was written; a bad one is an error of the request.</summary>
    public string Name(string parameter)
    {
        var name = (string?)Http.GetRouteValue(parameter) ?? "";
        if (!Names.IsName(name))
        {
            Error(parameter, Names.Rule);
        }

        return name;
    }

    /// <summary>A segment of the path without a rule of its own, such as an id.</summary>
    public string Segment(string parameter) => (string?)Http.GetRouteValue(parameter) ?? "";

    /// <summary>The absolute URL of a path of this program, as the caller reaches it.</summary>
    public string Absolute(string path) =>
        UriHelper.BuildAbsolute(Http.Request.Scheme, Http.Request.Host, Http.Request.PathBase, path);

    /// <summary>What the body hashes to; binders set it, so that an Idempotency-Key can be held to its body.</summary>
    public void HashBody(ReadOnlySpan<byte> body) => bodyHash = SHA256.HashData(body);

    /// <summary>Method, path, query and body: what must be equal for an Idempotency-Key to replay.</summary>
    public string RequestHash() => Convert.ToHexStringLower(SHA256.HashData(
        [.. Encoding.UTF8.GetBytes($"{Http.Request.Method} {Http.Request.Path}{Http.Request.QueryString}\n"),
            .. bodyHash]));
}
