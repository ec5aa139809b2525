// The gate: rate, key and role are checked here, after routing and before any body is read.
// A tenant cannot tell another's subscription from one that does not exist: both are 404, in the same words.
using Microsoft.Extensions.Options;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Http;

/// <summary>On a route that nobody waits for while the fabric is replaced: it reads nothing, or tells of it by itself.</summary>
public sealed record StaysOpen;

public sealed class Gate(
    RequestDelegate next, KeyRing keys, RateLimits rates, Admission admission, IOptions<RdfeOptions> options)
{
    private static readonly Refusal BeingReplaced = new(RefusalKind.Unavailable, "fabricBeingReplaced",
        "The emulator's whole fabric is being replaced; come again in a moment.");

    public async Task InvokeAsync(HttpContext http, Call call)
    {
        call.Http = http;
        var refusal = HeadersTooLarge(http) ?? await RefuseAsync(http, call);
        if (refusal is not null)
        {
            await Problems.WriteAsync(http, refusal);
            return;
        }

        if (http.GetEndpoint()?.Metadata.GetMetadata<StaysOpen>() is not null)
        {
            await next(http);
            return;
        }

        if (!admission.TryEnter(out var era))
        {
            await Problems.WriteAsync(http, BeingReplaced);
            return;
        }

        try
        {
            call.Era = era;
            await next(http);
        }
        finally
        {
            admission.Leave();
        }
    }

    private Refusal? HeadersTooLarge(HttpContext http)
    {
        var bytes = http.Request.Headers.Sum(h => h.Key.Length + h.Value.Sum(v => v?.Length ?? 0));
        bytes += (http.Request.Path.Value?.Length ?? 0) + (http.Request.QueryString.Value?.Length ?? 0);
        return bytes > options.Value.Limits.MaxHeaderBytes
            ? new(RefusalKind.TooLarge, "headersTooLarge",
                $"The path and headers may have {options.Value.Limits.MaxHeaderBytes} bytes together.")
            : null;
    }

    private async Task<Refusal?> RefuseAsync(HttpContext http, Call call)
    {
        var address = RateLimits.OriginOf(http.Connection.RemoteIpAddress);
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            return rates.Unauthenticated(address);
        }

        // A route that says nothing about access is closed to everybody but the operator.
        var needed = endpoint.Metadata.GetMetadata<Needs>()?.Access ?? Access.Operator;
        if (needed == Access.Anonymous)
        {
            return rates.Anonymous(address);
        }

        var key = KeyOf(http);
        var caller = key is null ? null : keys.Known(key);
        if (caller is null)
        {
            // Guesses are counted by address before the store is asked, so that a flood of them costs no lookups.
            if (rates.Unauthenticated(address) is { } flood)
            {
                return flood;
            }

            caller = key is null ? null : await keys.FindAsync(key, http.RequestAborted);
        }

        if (caller is null)
        {
            return Problems.Unauthorized;
        }

        call.Caller = caller;
        return rates.Of(caller) ?? Allowed(call, needed);
    }

    private static Refusal? Allowed(Call call, Access needed)
    {
        var caller = call.Caller;
        var named = call.Http.GetRouteValue("subscriptionId") is not null;
        if (named && (call.SubscriptionOrNull is not { } asked || (!caller.IsOperator && caller.Subscription != asked)))
        {
            return NoSubscription;
        }

        return caller.Access < needed ? Problems.Forbidden(needed) : null;
    }

    public static Refusal NoSubscription { get; } = Refusals.NotFound("such subscription");

    private static string? KeyOf(HttpContext http)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization;
        return header.Count == 1 && header[0] is { } value
            && value.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && value.Length > scheme.Length
            ? value[scheme.Length..].Trim()
            : null;
    }
}
