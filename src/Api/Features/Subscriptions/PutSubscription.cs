// Creates a subscription or replaces what was set about it (R1). Quotas become rows that every later create takes from.
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Subscriptions;

public static class PutSubscription
{
    public sealed record Command(SubscriptionId Subscription, SubscriptionBody Body) : ICommand,
        IEvenWithoutSubscription;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<SubscriptionBody>("PUT", "/subscriptions/{subscriptionId}",
            (call, body) => new Command(call.Subscription, body))
        .Needs(Access.Operator)
        .Answers<SubscriptionView>(200, 201)
        .Named(nameof(PutSubscription), Tags.Subscriptions, "Create a subscription, or replace its name and quotas");

    public sealed class Validator : AbstractValidator<SubscriptionBody>
    {
        public Validator()
        {
            RuleFor(b => b.DisplayName).NotEmpty().MaximumLength(200);
            RuleFor(b => b.Quotas!).ChildRules(q =>
            {
                // Cores are counted to the hundredth; more digits would promise what the books do not keep.
                q.RuleFor(l => l.Cores).InclusiveBetween(0, 1_000_000_000)
                    .Must(c => c is null || c * 100 == Math.Truncate(c.Value * 100))
                    .WithMessage("Cores have at most two decimals.");
                q.RuleFor(l => l.Services).GreaterThanOrEqualTo(0);
                q.RuleFor(l => l.Vips).GreaterThanOrEqualTo(0);
                q.RuleFor(l => l.Vms).GreaterThanOrEqualTo(0);
                q.RuleFor(l => l.AffinityGroups).GreaterThanOrEqualTo(0);
                q.RuleFor(l => l.VirtualNetworks).GreaterThanOrEqualTo(0);
                q.RuleFor(l => l.StorageAccounts).GreaterThanOrEqualTo(0);
                q.RuleFor(l => l.Keys).GreaterThanOrEqualTo(0);
            }).When(b => b.Quotas is not null);
        }
    }

    internal sealed class Handler(CommandUnit unit, IOptions<RdfeOptions> options, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var found = work.Find<SubscriptionRow>(command.Subscription);
                    if (unit.Precondition(found?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    var row = found ?? SubscriptionWrites.New(command.Subscription, clock);
                    if (SubscriptionWrites.OtherState(row, command.Body) is { } switched)
                    {
                        return switched;
                    }

                    SubscriptionWrites.Apply(work, row, command.Body, options.Value.Quotas);
                    return SubscriptionView.Put(existed: found is not null, row);
                },
                cancellationToken);
    }
}

/// <summary>What PUT and PATCH write alike.</summary>
internal static class SubscriptionWrites
{
    public static SubscriptionRow New(SubscriptionId id, FabricClock clock) => new()
    {
        Id = id,
        DisplayName = "",
        QuotasJson = "{}",
        ETag = "",
        CreatedAt = clock.Now,
    };

    /// <summary>Refuses a state that is not the present one: a name and quotas are set here, not a switch thrown.</summary>
    public static Refusal? OtherState(SubscriptionRow row, SubscriptionBody body) =>
        body.State is { } state && state != SubscriptionView.StateOf(row)
            ? Refusals.Conflict("useSwitch", "The state is changed by POST …/disable and …/enable.")
            : null;

    public static void Apply(UnitOfWork work, SubscriptionRow row, SubscriptionBody body, QuotaOptions defaults)
    {
        var limits = (body.Quotas ?? new QuotaLimits()).WithDefaults(defaults);
        row.DisplayName = body.DisplayName;
        row.QuotasJson = StoreJson.Write(limits);
        row.ETag = ETags.Of(new SubscriptionBody(body.DisplayName, limits));
        work.Upsert(row);
        foreach (var (resource, limit) in limits.Lines())
        {
            // A limit below what is in use takes nothing away; it only lets nothing more in.
            var used = work.Find<QuotaRow>(row.Id, resource)?.Used ?? 0;
            work.Upsert(new QuotaRow { SubscriptionId = row.Id, Resource = resource, Limit = limit, Used = used });
        }
    }
}
