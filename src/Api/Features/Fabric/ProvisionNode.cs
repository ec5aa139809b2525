// Provisions a node anew (F3): its disk is formatted, so nobody may be on it.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

public static class ProvisionNode
{
    public sealed record Command(NodeId Node) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("POST", "/fabric/nodes/{node}/provision", call => new Command(new NodeId(call.Segment("node").ToLowerInvariant())))
        .Needs(Access.Operator)
        .Answers<OperationView>(202)
        .Named(nameof(ProvisionNode), Tags.Fabric, "Provision a node anew; only an empty one");

    internal sealed class Handler(
        CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Provision(work, command.Node), cancellationToken);

        private Outcome<Reply> Provision(UnitOfWork work, NodeId id)
        {
            if (work.Find<FabricNode>(id) is not { } node || catalogue.Topology.Find(id) is not { } hardware)
            {
                return Refusals.NotFound("such node");
            }

            var path = $"/fabric/nodes/{id}";
            if (SafeModes.Forbids(work, hardware.Cluster) is { } readOnly)
            {
                return readOnly;
            }

            if (WhyNot(work, node, hardware, path) is { } refusal)
            {
                return refusal;
            }

            // What is certain is refused above; whoever comes in between is refused by the controller, in the operation.
            var operation = Operation.Accept(new OperationId(ids.NextShort("op")), null, OperationKinds.ProvisionNode, path,
                node.Cluster, Provisioning.StepNamesOfProvisioning, 0, clock.Now);
            var row = operation.ToRow();
            work.Insert(row);
            desk.Post(work, node.Cluster, new FabricRequest.ProvisionNode(id, operation), clock.Now);
            return Reply.AcceptedByFabric(OperationView.Of(row), operation.Id);
        }

        private static Refusal? WhyNot(UnitOfWork work, FabricNode node, Node hardware, string path)
        {
            if (hardware.FcReserved)
            {
                return Refusals.Conflict("nodeReserved", $"{node.Id} runs a replica of the fabric controller.");
            }

            var on = work.Db.Set<FabricInstance>().AsNoTracking().Where(i => i.Node == node.Id).Select(i => i.Name).ToList();
            if (on.Count > 0)
            {
                return Refusals.Conflict("nodeInUse", $"{node.Id} hosts {string.Join(", ", on.Order(StringComparer.Ordinal).Take(10))}"
                    + (on.Count > 10 ? $" and {on.Count - 10} more." : "."));
            }

            if (node.Owner is { } owner)
            {
                return Refusals.Conflict("nodeInUse", $"{node.Id} is the dedicated host {owner}.");
            }

            var pending = work.Db.Set<OperationRow>().AsNoTracking()
                .Where(o => o.Cluster == node.Cluster && o.EndedAt == null && o.ResourcePath == path).Select(o => o.Id)
                .Cast<OperationId?>().FirstOrDefault() ?? node.Operation;
            return pending is { } operation
                ? Refusals.Conflict("operationInProgress", $"{operation} is under way on {node.Id}.")
                : NodeActions.Apply(node.State, NodeAction.Provision).Refusal;
        }
    }
}
