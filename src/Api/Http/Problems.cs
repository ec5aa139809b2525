// Refusal or fault → status code and application/problem+json: the only such place.
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Http;

/// <summary>RFC 9457, with a stable <c>code</c> for programs.</summary>
public sealed record Problem(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Instance,
    string Code,
    string TraceId,
    IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors = null);

public static class Problems
{
    public const string MediaType = "application/problem+json";

    public static Refusal Unauthorized { get; } = new(RefusalKind.Forbidden, "unauthorized",
        "A valid key is needed: send it as 'Authorization: Bearer <key>'.");

    public static Refusal Forbidden(Access needed) => new(RefusalKind.Forbidden, "forbidden",
        $"This key may not do that; the role {Wire.EnumName(needed)} is needed.");

    public static int StatusOf(Refusal refusal) => refusal.Kind switch
    {
        RefusalKind.Invalid => 400,
        RefusalKind.Forbidden => refusal.Code == "unauthorized" ? 401 : 403,
        RefusalKind.NotFound => 404,
        RefusalKind.Conflict => 409,
        RefusalKind.PreconditionFailed => 412,
        RefusalKind.TooLarge => refusal.Code == "headersTooLarge" ? 431 : 413,
        RefusalKind.UnsupportedMediaType => 415,
        RefusalKind.KeyReused => 422,
        RefusalKind.TooMany => 429,
        RefusalKind.Unavailable => 503,
        _ => throw new UnreachableException(),
    };

    public static Refusal Of(StoreFault fault) => fault.Kind switch
    {
        StoreFaultKind.Overloaded => new(RefusalKind.Unavailable, "overloaded", fault.Message),
        StoreFaultKind.NotPrimary => NotPrimary,
        _ => new(RefusalKind.Unavailable, "storeUnavailable", fault.Message),
    };

    /// <summary>Another process is the primary, or nobody is at this moment (F2). Nothing of the request was done.</summary>
    public static Refusal NotPrimary { get; } = new(RefusalKind.Unavailable, "notPrimary",
        "This process is not the primary of its store. Nothing was done: ask the primary, or ask here again.");

    public static Task WriteAsync(HttpContext http, Refusal refusal) =>
        WriteAsync(http, StatusOf(refusal), refusal.Code, refusal.Detail, refusal);

    public static async Task WriteAsync(
        HttpContext http, int status, string code, string detail, Refusal? refusal = null)
    {
        if (http.Response.HasStarted)
        {
            return;
        }

        http.Response.StatusCode = status;
        switch (status)
        {
            case 401:
                http.Response.Headers.WWWAuthenticate = "Bearer";
                break;
            case 429 or 503:
                http.Response.Headers.RetryAfter = "1";
                break;
            default:
                break;
        }

        var problem = new Problem(
            "https://www.rfc-editor.org/rfc/rfc9110#status." + status,
            ReasonPhrases.GetReasonPhrase(status),
            status,
            detail,
            http.Request.Path,
            code,
            Call.TraceIdOf(http),
            refusal is { Errors.IsEmpty: false }
                ? refusal.Errors.ToDictionary(e => e.Key, e => (IReadOnlyList<string>)e.Value, StringComparer.Ordinal)
                : null);
        http.Response.ContentType = MediaType;
        await JsonSerializer.SerializeAsync(http.Response.Body, problem, Wire.Options, http.RequestAborted);
    }

    /// <summary>For what the framework refused by status alone: unknown routes, methods that a route lacks.</summary>
    public static Task WriteStatusAsync(HttpContext http) => http.Response.StatusCode switch
    {
        404 => WriteAsync(http, Refusals.NotFound("such path")),
        405 => WriteAsync(http, 405, "methodNotAllowed", $"{http.Request.Method} is not offered here."),
        415 => WriteAsync(http, new Refusal(RefusalKind.UnsupportedMediaType, "unsupportedMediaType",
            "The media type of the body is not understood here.")),
        var status => WriteAsync(http, status, "refused", ReasonPhrases.GetReasonPhrase(status) + "."),
    };
}
