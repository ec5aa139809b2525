// Third behaviour: the same Idempotency-Key and body get the first answer again. The record is committed with the
// effect, so there is no instant at which one exists without the other.
using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Pipeline;

/// <summary>Keys whose first request has not been answered yet, in this process.</summary>
public sealed class KeysInFlight
{
    private readonly ConcurrentDictionary<(string Caller, string Key), bool> running = new();

    public bool TryBegin(string caller, string key) => running.TryAdd((caller, key), true);

    public void End(string caller, string key) => running.TryRemove((caller, key), out _);
}

public sealed class Idempotency<TRequest>(
    Call call, CommandUnit unit, KeysInFlight inFlight, IDbContextFactory<RdfeDbContext> stores, TimeProvider clock,
    IOptions<RdfeOptions> options)
    : IPipelineBehavior<TRequest, Outcome<Reply>>
    where TRequest : ICommand
{
    private const int MaxKeyLength = 255;

    public async Task<Outcome<Reply>> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<Outcome<Reply>> next)
    {
        if (call.IdempotencyKey is not { } key)
        {
            return await next();
        }

        if (key.Length is 0 or > MaxKeyLength)
        {
            return BodyBinder.Invalid([("Idempotency-Key", $"A key has 1 to {MaxKeyLength} characters.")]);
        }

        var caller = call.Caller.Id;
        if (!inFlight.TryBegin(caller, key))
        {
            return Refusals.Conflict("idempotencyKeyInUse",
                "The first request with this key has not been answered yet.");
        }

        try
        {
            return await ReplayAsync(caller, key, cancellationToken) ?? await RunAsync(caller, key, next);
        }
        finally
        {
            inFlight.End(caller, key);
        }
    }

    private Task<Outcome<Reply>> RunAsync(string caller, string key, RequestHandlerDelegate<Outcome<Reply>> next)
    {
        var hash = call.RequestHash();
        unit.Add((work, outcome) =>
        {
            if (IsFinal(outcome))
            {
                work.Upsert(new IdempotencyRow
                {
                    Caller = caller,
                    Key = key,
                    RequestHash = hash,
                    AnswerJson = StoreJson.Write(KeptAnswer.Of(outcome)),
                    CreatedAt = Instant.FromDateTimeOffset(clock.GetUtcNow()),
                });
            }
        });
        return next();
    }

    // What a repeat may get differently is not kept: a fixed document, another precondition, a store that works again.
    private static bool IsFinal(Outcome<Reply> outcome) => outcome.Refusal?.Kind is null or RefusalKind.NotFound
        or RefusalKind.Conflict;

    private async Task<Outcome<Reply>?> ReplayAsync(string caller, string key, CancellationToken cancel)
    {
        await using var db = await stores.CreateDbContextAsync(cancel);
        var row = await db.Set<IdempotencyRow>().AsNoTracking()
            .FirstOrDefaultAsync(r => r.Caller == caller && r.Key == key, cancel);
        // One that is over is trimmed some time later; until then it must not decide anything.
        if (row is null || row.CreatedAt < Instant.FromDateTimeOffset(clock.GetUtcNow() - options.Value.Limits.IdempotencyRetention))
        {
            return null;
        }

        if (row.RequestHash != call.RequestHash())
        {
            return new Refusal(RefusalKind.KeyReused, "idempotencyKeyReused",
                "This Idempotency-Key was used with another request.");
        }

        call.Http.Response.Headers["Idempotent-Replayed"] = "true";
        return StoreJson.Read<KeptAnswer>(row.AnswerJson).ToOutcome();
    }
}

/// <summary>An answer as it is kept: what went out, without what may be shown only once.</summary>
public sealed record KeptAnswer(
    int Status, JsonNode? Body, string? ETag, string? Location, string? Operation, KeptRefusal? Refusal)
{
    public static KeptAnswer Of(Outcome<Reply> outcome) => outcome.Refused
        ? new(0, null, null, null, null, new(outcome.Refusal.Kind, outcome.Refusal.Code, outcome.Refusal.Detail))
        : new(outcome.Value.Status, Node(outcome.Value.ReplayBody ?? outcome.Value.Body), outcome.Value.ETag,
            outcome.Value.Location, outcome.Value.Operation, null);

    public Outcome<Reply> ToOutcome() => Refusal is { } r
        ? new Refusal(r.Kind, r.Code, r.Detail)
        : new Reply(Status, Body, ETag, Location, Operation);

    private static JsonNode? Node(object? body) =>
        body is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(body, body.GetType(), Wire.Options);
}

public sealed record KeptRefusal(RefusalKind Kind, string Code, string Detail);
