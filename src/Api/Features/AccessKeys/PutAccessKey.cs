// Makes a key for a subscription, or changes the role of one (R3). The secret leaves once; only its hash is kept.
using System.Text.Json.Serialization;
using FluentValidation;
using MediatR;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.AccessKeys;

/// <param name="Secret">The key itself in the answer that made it; null ever after.</param>
public sealed record AccessKeyView(
    string Name,
    KeyRole Role,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Secret,
    Instant CreatedAt,
    string Etag)
{
    public static AccessKeyView Of(AccessKeyRow row, string? secret = null) =>
        new(row.Name, row.Role, secret, row.CreatedAt, row.ETag);
}

public static class PutAccessKey
{
    public sealed record Body(KeyRole Role);

    public sealed record Command(SubscriptionId Subscription, string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/keys/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Owner)
        .Answers<AccessKeyView>(200, 201)
        .Named(nameof(PutAccessKey), Tags.AccessKeys, "Create a key (its secret is shown once), or change its role");

    internal sealed class Handler(CommandUnit unit, KeyRing keys, IdSource ids, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var row = work.Find<AccessKeyRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            if (row is null && work.TryTake(subscription, Quota.Keys) is { } exceeded)
            {
                return exceeded;
            }

            var secret = row is null ? ids.NextSecret() : null;
            row ??= new AccessKeyRow
            {
                SubscriptionId = subscription,
                NameKey = key,
                Name = command.Name,
                Hash = KeyRing.HashOf(secret!),
                ETag = "",
                CreatedAt = clock.Now,
            };
            row.Role = command.Body.Role;
            row.ETag = ETags.Of(command.Body);
            work.Upsert(row);
            work.AfterCommit(keys.Forget);
            return new Reply(secret is null ? 200 : 201, AccessKeyView.Of(row, secret), row.ETag)
            {
                // A replay must not be a second way to learn the secret.
                ReplayBody = AccessKeyView.Of(row),
            };
        }
    }
}
