// An etag is a hash of what the tenant set, not of status: it changes when, and only when, the tenant's words do.
using System.Security.Cryptography;
using System.Text.Json;
using Rdfe.Domain;

namespace Rdfe.Api.Http;

public static class ETags
{
    /// <summary>The unquoted etag of a document that a tenant set.</summary>
    public static string Of<T>(T document) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(document, Wire.Options)))[..16];

    /// <summary>Refuses when If-Match or If-None-Match does not hold; null means that the resource is absent.</summary>
    public static Refusal? Check(IReadOnlyList<string> ifMatch, IReadOnlyList<string> ifNoneMatch, string? current)
    {
        if (ifMatch.Count > 0 && (current is null || !Matches(ifMatch, current)))
        {
            return new(RefusalKind.PreconditionFailed, "preconditionFailed", current is null
                ? "If-Match was sent, but there is no such resource."
                : $"If-Match does not name the present etag, {current}.");
        }

        return current is not null && Matches(ifNoneMatch, current)
            ? new(RefusalKind.PreconditionFailed, "preconditionFailed",
                $"If-None-Match forbids it: the resource exists, with the etag {current}.")
            : null;
    }

    /// <summary>
    /// Splits a header's list; quotes and the weak mark are dropped, since tags are compared as text.
    /// </summary>
    public static IReadOnlyList<string> Parse(IEnumerable<string?> header) =>
    [
        .. header.SelectMany(h => (h
            ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .Select(t => (t.StartsWith("W/", StringComparison.Ordinal) ? t[2..] : t).Trim('"')),
    ];

    public static bool Matches(IReadOnlyList<string> tags, string current) =>
        tags.Any(t => t == "*" || string.Equals(t, current, StringComparison.Ordinal));
}
