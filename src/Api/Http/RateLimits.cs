// Token buckets in real time, one for each caller: a second's worth of burst, refilled continuously. Unknown callers
// share a bucket per address, so that a flood of bad keys starves nobody who has a good one.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Rdfe.Domain;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Http;

public sealed class RateLimits(IOptions<RdfeOptions> options, TimeProvider clock)
{
    // Beyond this many buckets the full ones are dropped: they say nothing that a new bucket would not.
    private const int MaxBuckets = 10_000;
    private readonly ConcurrentDictionary<string, Bucket> buckets = new(StringComparer.Ordinal);

    public Refusal? Of(Caller caller) => Take("caller/" + caller.Id, options.Value.Limits.RequestsPerSecond);

    public Refusal? Unauthenticated(string address) =>
        Take("address/" + address, options.Value.Limits.UnauthenticatedPerSecond);

    /// <summary>Routes that need no key, such as a VM's metadata.</summary>
    public Refusal? Anonymous(string address) => Take("open/" + address, options.Value.Limits.RequestsPerSecond);

    /// <summary>
    /// Whom an address is counted as. Of version 6 the network of 64 bits: whoever has one address has all of those, and would
    /// have a full bucket for each guess.
    /// </summary>
    public static string OriginOf(IPAddress? address) => address switch
    {
        null => "local",
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => Convert.ToHexStringLower(address.GetAddressBytes().AsSpan(0, 8)) + "/64",
        _ => address.ToString(),
    };

    private Refusal? Take(string who, int perSecond)
    {
        var now = clock.GetTimestamp();
        if (buckets.Count > MaxBuckets)
        {
            foreach (var (key, old) in buckets)
            {
                if (clock.GetElapsedTime(old.Last, now) > TimeSpan.FromSeconds(2))
                {
                    buckets.TryRemove(key, out _);
                }
            }
        }

        var bucket = buckets.GetOrAdd(who, static (_, b) =>
            new Bucket { Tokens = b.perSecond, Last = b.now }, (perSecond, now));
        lock (bucket)
        {
            var refill = clock.GetElapsedTime(bucket.Last, now).TotalSeconds * perSecond;
            bucket.Tokens = Math.Min(perSecond, bucket.Tokens + Math.Max(0, refill));
            bucket.Last = Math.Max(bucket.Last, now);
            if (bucket.Tokens >= 1)
            {
                bucket.Tokens--;
                return null;
            }
        }

        return new(RefusalKind.TooMany, "tooManyRequests", $"More than {perSecond} requests a second.");
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long Last { get; set; }
    }
}
