// What a handler answers. It is data until the last moment, so that it can be kept and replayed (Idempotency-Key).
using Rdfe.Domain;

namespace Rdfe.Api.Http;

/// <param name="Status">The status code.</param>
/// <param name="Body">The document; its <c>etag</c> is repeated in the header by <paramref name="ETag"/>.</param>
/// <param name="ETag">Unquoted.</param>
/// <param name="Location">Path of what was created.</param>
/// <param name="Operation">Path of the operation to follow; made absolute in <c>Operation-Location</c>.</param>
public sealed record Reply(
    int Status,
    object? Body = null,
    string? ETag = null,
    string? Location = null,
    string? Operation = null)
{
    /// <summary>What a replay answers instead of <see cref="Body"/>: a secret is shown once.</summary>
    public object? ReplayBody { get; init; }

    public static Outcome<Reply> Ok(object body, string? etag = null) => new Reply(200, body, etag);

    public static Outcome<Reply> Created(object body, string? etag = null, string? location = null) =>
        new Reply(201, body, etag, location);

    /// <summary>201 for what is new, 200 for what existed.</summary>
    public static Outcome<Reply> Put(bool existed, object body, string? etag = null) =>
        new Reply(existed ? 200 : 201, body, etag);

    /// <summary>Long work has begun: the body is the resource, with <c>operation</c> added to it.</summary>
    public static Outcome<Reply> Accepted(object body, SubscriptionId subscription, OperationId operation,
        string? etag = null) =>
        new Reply(202, body, etag, Operation: $"/subscriptions/{subscription}/operations/{operation}");

    /// <summary>The operator's long work.</summary>
    public static Outcome<Reply> AcceptedByFabric(object body, OperationId operation) =>
        new Reply(202, body, Operation: $"/fabric/operations/{operation}");

    public static Outcome<Reply> NoContent() => new Reply(204);
}
