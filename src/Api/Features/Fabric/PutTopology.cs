// Replaces the topology (F1). It may add, and change what is unused; removing what holds instances is refused, naming each.
using MediatR;
using Microsoft.Extensions.Options;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

/// <summary>A topology: <c>topologies/topology.schema.json</c> describes it; answers have an <c>etag</c> as well.</summary>
public sealed record TopologyView(
    IReadOnlyList<System.Text.Json.Nodes.JsonObject> Hardware, IReadOnlyList<System.Text.Json.Nodes.JsonObject> Geos,
    string? Description = null, string? Etag = null);

public static class PutTopology
{
    public sealed record Command(string Document) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDocument<TopologyView>("/fabric/topology", (_, text) => new Command(text),
                services => services.GetRequiredService<IOptions<RdfeOptions>>().Value.Limits.MaxTopologyBytes)
            .Needs(Access.Operator)
            .Answers<TopologyView>()
            .WithMetadata(new Heavy())
            .Named(nameof(PutTopology), Tags.Fabric, "Replace the topology; what is in use must stay");

        routes.MapRead("/fabric/topology", async (call, db, cancel) =>
            {
                var row = (await db.FindAsync<DocumentRow>([FabricDocuments.Topology, FabricDocuments.Topology], cancel))!;
                return Reply.Ok(FabricDocument.View(row.Json, row.ETag), row.ETag);
            })
            .Needs(Access.Operator)
            .Answers<TopologyView>()
            .Named("GetTopology", Tags.Fabric, "Read the topology, in its canonical form");
    }

    internal sealed class Handler(CommandUnit unit, TopologyUpdate update, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            // Reading takes its time, so it comes before the unit, in which everybody else waits.
            var read = TopologyDocument.Read(command.Document);
            if (read.Refused)
            {
                return Task.FromResult<Outcome<Reply>>(read.Refusal);
            }

            var (after, etag) = (read.Value, FabricDocuments.ETagOf(read.Value));
            return unit.CommitAsync(work => Put(work, after, etag), cancellationToken);
        }

        private Outcome<Reply> Put(UnitOfWork work, FabricTopology after, string etag)
        {
            var row = work.Find<DocumentRow>(FabricDocuments.Topology, FabricDocuments.Topology)!;
            if (unit.Precondition(row.ETag) is { } refusal)
            {
                return refusal;
            }

            if (row.ETag != etag && update.Apply(work, update.Present(row), after, clock.Now) is { Refused: true } no)
            {
                return no.Refusal;
            }

            return Reply.Ok(FabricDocument.View(after.Canonical(), etag), etag);
        }
    }
}
