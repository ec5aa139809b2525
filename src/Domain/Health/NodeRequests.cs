// What operators may ask of nodes and brakes (H1, L1, L4, M7): out for repair, out for good, back, and go on regardless.
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Health;

/// <summary>Answers operators.</summary>
internal static class NodeRequests
{
    /// <summary>Takes a node out; the operation ends when nothing is left on it.</summary>
    public static void TakeOut(Turn turn, FabricRequest.TakeNodeOut request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (Forbids(turn, request.Node, request.Action) is { } error)
        {
            turn.Put(operation.Fail(error, turn.Now));
            return;
        }

        var node = turn.State.Nodes[request.Node];
        turn.Put(operation.Reach(operation.Steps[0].Name, turn.Now));
        if (node.Health is { Trouble: NodeTrouble.Lost })
        {
            // Nothing can be moved in good order from a node that is lost; what is still on its way goes on.
            turn.Put(node with { State = NodeActions.Apply(node.State, request.Action).Value, Since = turn.Now });
            turn.Put(turn.State.Operations[operation.Id].Succeed(turn.Now));
            return;
        }

        NodeWatch.TakeOut(
            turn, node with { Operation = operation.Id }, NodeActions.Apply(node.State, request.Action).Value,
            NodeTrouble.Evacuating, $"{Words.Of(request.Action)} by an operator");
    }

    /// <summary>Takes a node back: an empty one is provisioned anew, one that has been running all the time is ready again.</summary>
    public static void Return(Turn turn, FabricRequest.ReturnNode request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (Forbids(turn, request.Node, NodeAction.Return) is { } error)
        {
            turn.Put(operation.Fail(error, turn.Now));
            return;
        }

        var node = turn.State.Nodes[request.Node];
        turn.Say("nodeReturned", node.Id.Value, $"from {Words.Of(node.State)}");
        if (turn.State.On(node.Id).Any())
        {
            // It was looked into while it went on running: there is nothing to make anew.
            turn.Put(node with { State = NodeState.Ready, Since = turn.Now, LastFailure = null, Evidence = null });
            turn.Put((operation with { Steps = [] }).Succeed(turn.Now));
        }
        else
        {
            // Its disk is wiped: whatever copy was left behind on it goes with that.
            turn.Put(operation.Reach(operation.Steps[0].Name, turn.Now));
            Provisioning.Start(turn, node with { Operation = operation.Id, Health = null, LastFailure = null });
        }

        Brake.Look(turn);
    }

    /// <summary>Goes on although a brake holds, or ends such an order (L4).</summary>
    public static void Override(Turn turn, FabricRequest.OverrideBrake request)
    {
        turn.Put(turn.State.Health with { Override = request.Order });
        turn.Say(request.Order is null ? "overrideEnded" : "brakeOverridden", turn.State.Id.Value,
            request.Order is { } o ? $"by {o.By} until {o.Until}: {o.Why}" : "by an operator");
        NodeWatch.Release(turn);
        turn.Everything = true;
    }

    private static OperationError? Forbids(Turn turn, NodeId id, NodeAction action)
    {
        if (!turn.State.Nodes.TryGetValue(id, out var node))
        {
            return new OperationError("notFound", "The node is gone.");
        }

        if (node.Operation is { } other)
        {
            return new OperationError("operationInProgress", $"{other} is under way on it.");
        }

        if (NodeActions.Apply(node.State, action) is { Refused: true } no)
        {
            return new OperationError(no.Refusal.Code, no.Refusal.Detail);
        }

        return action == NodeAction.Return && node.State == NodeState.OutForRepair && turn.State.On(id).Any()
            ? new OperationError("nodeInUse", $"{id} still hosts {turn.State.On(id).First().Name}, which is to be moved.")
            : null;
    }
}
