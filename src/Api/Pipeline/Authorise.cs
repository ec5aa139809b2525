// First behaviour. The gate has checked key and role before the body was read; what is left is what only the commit can
// know: that the subscription still exists and is not disabled.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Pipeline;

public sealed class Authorise<TRequest>(Call call, CommandUnit unit) : IPipelineBehavior<TRequest, Outcome<Reply>>
    where TRequest : ICommand
{
    public Task<Outcome<Reply>> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<Outcome<Reply>> next)
    {
        if (call.SubscriptionOrNull is { } subscription && request is not IEvenWithoutSubscription)
        {
            unit.Check(work => work.Find<SubscriptionRow>(subscription) switch
            {
                null => Gate.NoSubscription,
                { Disabled: true } when request is not IEvenWhenDisabled => Refusals.Conflict(
                    "subscriptionDisabled", "The subscription is disabled; it can be read, not changed."),
                _ => null,
            });
        }

        return next();
    }
}
