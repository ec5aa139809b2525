// Disables a subscription or enables it again (R1). A disabled one can be read; nothing in it can be changed.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Subscriptions;

public static class SwitchSubscription
{
    public sealed record Command(SubscriptionId Subscription, bool Disable) : ICommand, IEvenWhenDisabled;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "disable", disable: true, "DisableSubscription", "Disable a subscription: it can only be read");
        Map(routes, "enable", disable: false, "EnableSubscription", "Enable a disabled subscription");
    }

    private static void Map(IEndpointRouteBuilder routes, string verb, bool disable, string id, string summary) =>
        routes
        .MapCommand("POST", "/subscriptions/{subscriptionId}/" + verb, call => new Command(call.Subscription, disable))
        .Needs(Access.Operator)
        .Answers<SubscriptionView>(200)
        .Named(id, Tags.Subscriptions, summary);

    internal sealed class Handler(CommandUnit unit) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var row = work.Find<SubscriptionRow>(command.Subscription)!;
                    if (unit.Precondition(row.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    row.Disabled = command.Disable;
                    work.Upsert(row);
                    return SubscriptionView.Put(existed: true, row);
                },
                cancellationToken);
    }
}
