// W3 outside the machine: an owner names an address at which it is told of everything that happens to what is its.
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;
using Rdfe.Infrastructure.Webhooks;

namespace Rdfe.Api.Features.Webhooks;

/// <param name="Url">Where it is told.</param>
/// <param name="Events">What it is told of.</param>
/// <param name="Delivery">How deliveries go, in real time.</param>
/// <param name="Waiting">Deliveries that wait.</param>
public sealed record WebhookView(
    string Name, string Url, IReadOnlyList<string> Events, WebhookHealth Delivery, int Waiting, Instant CreatedAt, string Etag)
{
    public static WebhookView Of(WebhookRow row, int waiting) => new(
        row.Name, row.Url, row.Kinds.Length == 0 ? WebhookKinds.All : row.Kinds.Split(','), row.Health, waiting, row.CreatedAt, row.ETag);
}

public static class PutWebhook
{
    private const int LeastSecret = 16;
    private const int MostText = 1024;

    /// <param name="Url">https; what it answers with 2xx is delivered. Redirections are not followed.</param>
    /// <param name="Secret">What messages are signed with, 16 characters at least; never shown again. Left out, the present one stays.</param>
    /// <param name="Events">What it is told of; everything where left out.</param>
    public sealed record Body(string Url, string? Secret = null, IReadOnlyList<string>? Events = null);

    public sealed record Command(SubscriptionId Subscription, string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/webhooks/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<WebhookView>(200, 201)
        .Named(nameof(PutWebhook), Tags.Webhooks, "Name an address that is told, or change it");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(IOptions<RdfeOptions> options)
        {
            RuleFor(b => b.Url).Must(u => IsGood(u, options.Value.Webhooks))
                .WithMessage("An absolute https URL is needed, without user or fragment, that is not an address of a private network.");
            RuleFor(b => b.Secret).Must(s => s is null || s.Length is >= LeastSecret and <= MostText)
                .WithMessage($"A secret has {LeastSecret} to {MostText} characters.");
            RuleForEach(b => b.Events).Must(WebhookKinds.All.Contains).WithMessage($"Must be one of {string.Join(", ", WebhookKinds.All)}.");
        }

        // A name may come to mean something else later: addresses are asked about once more when they are connected to.
        private static bool IsGood(string? text, WebhookOptions options)
        {
            if (text is not { Length: <= MostText } || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.UserInfo.Length + url.Fragment.Length > 0)
            {
                return false;
            }

            if (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && options.AllowLoopback && url.IsLoopback))
            {
                return false;
            }

            return url.IsLoopback ? options.AllowLoopback
                : !System.Net.IPAddress.TryParse(url.DnsSafeHost, out var address)
                || PublicAddresses.Allows(address, options.AllowLoopback, options.AllowPrivateAddresses);
        }
    }

    internal sealed class Handler(CommandUnit unit, FabricClock clock, IOptions<RdfeOptions> options) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key, body) = (command.Subscription, Names.KeyOf(command.Name), command.Body);
            var row = work.Find<WebhookRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            if ((body.Secret ?? row?.Secret) is not { } secret)
            {
                return BodyBinder.Invalid([("$.secret", "A new webhook needs a secret: messages are signed with it.")]);
            }

            var most = options.Value.Webhooks.MaxPerSubscription;
            if (row is null && work.Db.Set<WebhookRow>().Count(w => w.SubscriptionId == subscription) >= most)
            {
                return Refusals.Conflict("tooManyWebhooks", $"A subscription has {most} webhooks at most.");
            }

            var kinds = body.Events is null ? "" : string.Join(',', body.Events.Distinct(StringComparer.Ordinal));
            var existed = row is not null;
            row ??= new WebhookRow
            {
                SubscriptionId = subscription,
                NameKey = key,
                Name = command.Name,
                Url = "",
                Secret = "",
                Kinds = "",
                ETag = "",
                CreatedAt = clock.Now,
                Health = new WebhookHealth(),
            };
            (row.Url, row.Secret, row.Kinds) = (body.Url, secret, kinds);
            row.ETag = ETags.Of(new { body.Url, Kinds = kinds });
            work.Upsert(row);
            return Reply.Put(existed, WebhookView.Of(row, ReadWebhooks.Waiting(work.Db, row)), row.ETag);
        }
    }
}
