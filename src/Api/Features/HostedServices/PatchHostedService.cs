// Changes what was set about a hosted service, by JSON merge patch.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.HostedServices;

public static class PatchHostedService
{
    public sealed record Command(SubscriptionId Subscription, string Service, MergePatch Patch) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPatch<HostedServiceBody>("/subscriptions/{subscriptionId}/services/{service}",
            (call, patch) => new Command(call.Subscription, call.Name("service"), patch))
        .Needs(Access.Contributor)
        .Answers<HostedServiceView>(200)
        .Named(nameof(PatchHostedService), Tags.HostedServices, "Change a hosted service");

    internal sealed class Handler(CommandUnit unit, HostedServiceWrites writes, BodyBinder binder)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Change(work, command), cancellationToken);

        private Outcome<Reply> Change(UnitOfWork work, Command command)
        {
            var row = work.Find<HostedServiceRow>(command.Subscription, Names.KeyOf(command.Service));
            if (row is null)
            {
                return Refusals.NotFound("such hosted service");
            }

            if (unit.Precondition(row.ETag) is { } refusal)
            {
                return refusal;
            }

            var body = binder.Bind<HostedServiceBody>(command.Patch.ApplyTo(HostedServiceBody.Of(row)));
            return body.Refused ? body.Refusal : writes.Apply(work, row, body.Value, existed: true);
        }
    }
}
