// Takes a node out for repair or for good, and takes it back (H1, L1, M7). What runs on it is moved first, as the promise
// allows; the operation ends when nothing is left on it.
using MediatR;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

public static class ServiceNode
{
    public sealed record Command(NodeId Node, NodeAction Action) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "/fabric/nodes/{node}/repair", NodeAction.Repair, "RepairNode", "Take a node out for repair; what runs on it is moved");
        Map(routes, "/fabric/nodes/{node}/return", NodeAction.Return, "ReturnNode", "Take a node back: an empty one is provisioned anew");
        Map(routes, "/fabric/nodes/{node}/decommission", NodeAction.Decommission, "DecommissionNode", "Take a node out for good; what runs on it is moved");
    }

    private static void Map(IEndpointRouteBuilder routes, string path, NodeAction action, string id, string summary) => routes
        .MapCommand("POST", path, call => new Command(new NodeId(call.Segment("node").ToLowerInvariant()), action))
        .Needs(Access.Operator)
        .Answers<OperationView>(202)
        .Named(id, Tags.Fabric, summary);

    internal sealed class Handler(
        CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Ask(work, command), cancellationToken);

        private Outcome<Reply> Ask(UnitOfWork work, Command command)
        {
            if (work.Find<FabricNode>(command.Node) is not { } node || catalogue.Topology.Find(command.Node) is not { } hardware)
            {
                return Refusals.NotFound("such node");
            }

            if (SafeModes.Forbids(work, hardware.Cluster) is { } readOnly)
            {
                return readOnly;
            }

            if (WhyNot(work, node, hardware, command.Action) is { } refusal)
            {
                return refusal;
            }

            var (kind, steps) = command.Action switch
            {
                NodeAction.Repair => (OperationKinds.RepairNode, StepNames.TakeNodeOut),
                NodeAction.Decommission => (OperationKinds.DecommissionNode, StepNames.TakeNodeOut),
                _ => (OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning),
            };
            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), null, kind, $"/fabric/nodes/{node.Id}", node.Cluster, steps, 0, clock.Now);
            var row = operation.ToRow();
            work.Insert(row);
            desk.Post(
                work, node.Cluster,
                command.Action == NodeAction.Return
                    ? new FabricRequest.ReturnNode(node.Id, operation)
                    : new FabricRequest.TakeNodeOut(node.Id, command.Action, operation),
                clock.Now);
            return Reply.AcceptedByFabric(OperationView.Of(row), operation.Id);
        }

        private static Refusal? WhyNot(UnitOfWork work, FabricNode node, Node hardware, NodeAction action) =>
            // One that is broken goes out for repair by itself; nobody else may take it back.
            hardware.FcReserved && action != NodeAction.Return ? Refusals.Conflict("nodeReserved", $"{node.Id} runs a replica of the fabric controller.")
            : work.Busy($"/fabric/nodes/{node.Id}") is { } busy ? busy
            : node.Operation is { } operation ? Refusals.Conflict("operationInProgress", $"{operation} is under way on {node.Id}.")
            : NodeActions.Apply(node.State, action).Refusal;
    }
}
