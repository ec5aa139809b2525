// L4: "not enough healthy instances" is no law of nature. An operator may order a push to go on, and is on record for it.
using FluentValidation;
using MediatR;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Bundles;

public static class OverrideBundle
{
    public sealed record Command(ClusterId Cluster, OverrideBody Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<OverrideBody>("POST", "/fabric/clusters/{cluster}/bundle/override",
            (call, body) => new Command(new ClusterId(call.Segment("cluster").ToLowerInvariant()), body))
        .Needs(Access.Operator)
        .Answers<OperationView>(202)
        .Named(nameof(OverrideBundle), Tags.Fabric, "Order the push under way to go on regardless; recorded with its reason");

    public sealed class Validator : AbstractValidator<OverrideBody>
    {
        public Validator() => RuleFor(b => b.Reason).Must(BundleUnderWay.IsReason).WithMessage(BundleUnderWay.ReasonRule);
    }

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock, Call call)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Override(work, command.Cluster, command.Body.Reason), cancellationToken);

        private Outcome<Reply> Override(UnitOfWork work, ClusterId cluster, string reason)
        {
            if (catalogue.Topology.Find(cluster) is null)
            {
                return Refusals.NotFound("such cluster");
            }

            if (SafeModes.Forbids(work, cluster) is { } readOnly)
            {
                return readOnly;
            }

            if (BundleUnderWay.Of(work.Db, cluster) is not { } push)
            {
                return BundleUnderWay.None(cluster);
            }

            desk.Post(work, cluster, new FabricRequest.OverrideBundle(
                push.Id, new PushOverride(call.Caller.Name, reason, clock.Now)), clock.Now);
            return Reply.AcceptedByFabric(OperationView.Of(push), push.Id);
        }
    }
}
