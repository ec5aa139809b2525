// Renames a subscription (its owner may), or changes its quotas (the operator alone: a limit that its holder can raise
// is none).
using MediatR;
using Microsoft.Extensions.Options;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Features.Subscriptions;

public static class PatchSubscription
{
    public sealed record Command(SubscriptionId Subscription, MergePatch Patch) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch<SubscriptionBody>("/subscriptions/{subscriptionId}",
            (call, patch) => new Command(call.Subscription, patch))
        .Needs(Access.Owner)
        .Answers<SubscriptionView>(200)
        .Named(nameof(PatchSubscription), Tags.Subscriptions, "Rename a subscription, or change its quotas");

    internal sealed class Handler(CommandUnit unit, BodyBinder binder, Call call, IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Change(work, command), cancellationToken);

        private Outcome<Reply> Change(UnitOfWork work, Command command)
        {
            var row = work.Find<SubscriptionRow>(command.Subscription)!;
            if (unit.Precondition(row.ETag) is { } refusal)
            {
                return refusal;
            }

            var present = new SubscriptionBody(row.DisplayName, StoreJson.Read<QuotaLimits>(row.QuotasJson));
            var body = binder.Bind<SubscriptionBody>(command.Patch.ApplyTo(present));
            if (body.Refused)
            {
                return body.Refusal;
            }

            var limits = (body.Value.Quotas ?? new QuotaLimits()).WithDefaults(options.Value.Quotas);
            if (limits != present.Quotas && !call.Caller.IsOperator)
            {
                return Problems.Forbidden(Access.Operator);
            }

            if (SubscriptionWrites.OtherState(row, body.Value) is { } switched)
            {
                return switched;
            }

            SubscriptionWrites.Apply(work, row, body.Value, options.Value.Quotas);
            return SubscriptionView.Put(existed: true, row);
        }
    }
}
