// More than can be served is turned away at the door, quickly and in words, so that what is under way ends: requests at once,
// those that cost much apart from the others, connections at once, and clients who send so slowly that they only hold a place.
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Rdfe.Domain;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Http;

/// <summary>On a route whose requests take a disk or a core for a while: they are counted by themselves.</summary>
public sealed record Heavy;

/// <summary>Marks a connection beyond the limit.</summary>
internal sealed record Surplus;

public static class Overload
{
    private static readonly Refusal TooMany = new(RefusalKind.Unavailable, "overloaded",
        "More requests are under way than can be served at once. Nothing was done: send it again in a moment.");

    public static void AddOverload(this IServiceCollection services)
    {
        services.AddRateLimiter(_ => { });
        services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<RdfeOptions>>((o, rdfe) =>
        {
            var limits = rdfe.Value.Limits;
            o.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http => PlaceOf(http, limits));
            o.OnRejected = async (rejected, _) => await Problems.WriteAsync(rejected.HttpContext, TooMany);
        });
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<RdfeOptions>>((o, rdfe) =>
        {
            var limits = rdfe.Value.Limits;
            var open = new OpenConnections(limits.MaxConnections);
            // Kestrel closes a connection beyond its limit without a word; up to some more are told why.
            o.Limits.MaxConcurrentConnections = limits.MaxConnections + Math.Max(16, limits.MaxConnections / 10L);
            o.Limits.MinRequestBodyDataRate = new(limits.MinBodyBytesPerSecond, limits.BodyGrace);
            o.Limits.RequestHeadersTimeout = limits.HeadersTimeout;
            o.Limits.KeepAliveTimeout = limits.KeepAliveTimeout;
            o.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => connection => open.CountAsync(connection, next)));
        });
    }

    // Streams hold their place for as long as they like and are bounded by EventStreams; whether the program lives is always answered.
    private static RateLimitPartition<string> PlaceOf(HttpContext http, LimitOptions limits)
    {
        var metadata = http.GetEndpoint()?.Metadata;
        return metadata?.GetMetadata<StaysOpen>() is not null ? RateLimitPartition.GetNoLimiter("open")
            : metadata?.GetMetadata<Heavy>() is not null ? Of("heavy", limits.MaxHeavyRequests, limits.MaxWaitingHeavyRequests)
            : Of("usual", limits.MaxRequests, limits.MaxWaitingRequests);
    }

    private static RateLimitPartition<string> Of(string name, int atOnce, int waiting) =>
        RateLimitPartition.GetConcurrencyLimiter(name, _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = atOnce,
            QueueLimit = waiting,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });

    private sealed class OpenConnections(int most)
    {
        private int open;

        public async Task CountAsync(ConnectionContext connection, ConnectionDelegate next)
        {
            try
            {
                if (Interlocked.Increment(ref open) > most)
                {
                    connection.Features.Set(new Surplus());
                }

                await next(connection);
            }
            finally
            {
                Interlocked.Decrement(ref open);
            }
        }
    }
}

/// <summary>Answers on a connection beyond the limit, and ends it.</summary>
public sealed class TooManyConnections(RequestDelegate next)
{
    private static readonly Refusal Refused = new(RefusalKind.Unavailable, "overloaded",
        "More connections are open than can be served at once. Nothing was done: connect again in a moment.");

    public Task InvokeAsync(HttpContext http)
    {
        if (http.Features.Get<Surplus>() is null)
        {
            return next(http);
        }

        http.Response.Headers.Connection = "close";
        return Problems.WriteAsync(http, Refused);
    }
}
