// L4: a push is ended where it stands. Nodes that are done keep what they have; to take them back is another push.
using MediatR;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Bundles;

public static class CancelBundle
{
    public sealed record Command(ClusterId Cluster) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("POST", "/fabric/clusters/{cluster}/bundle/cancel",
            call => new Command(new ClusterId(call.Segment("cluster").ToLowerInvariant())))
        .Needs(Access.Operator)
        .Answers<OperationView>(202)
        .Named(nameof(CancelBundle), Tags.Fabric, "End the push under way; nodes that are done keep what they have");

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Cancel(work, command.Cluster), cancellationToken);

        private Outcome<Reply> Cancel(UnitOfWork work, ClusterId cluster)
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

            desk.Post(work, cluster, new FabricRequest.CancelBundle(push.Id), clock.Now);
            return Reply.AcceptedByFabric(OperationView.Of(push) with { CancelRequested = true }, push.Id);
        }
    }
}
