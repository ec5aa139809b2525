// P6: a dedicated host is a whole empty node. The fullest rack that has one gives it, so that other racks stay wide.
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Fabric;

/// <summary>Places and gives back dedicated hosts.</summary>
internal static class HostPlacing
{
    /// <summary>Takes an empty node of the family, or hands the request over.</summary>
    public static void Begin(Turn turn, FabricRequest.PlaceDedicatedHost request)
    {
        var host = request.Host;
        if (EmptyNode(turn, host.Family) is not { } node)
        {
            Placing.HandOver(turn, request, new PlacementTry(
                turn.State.Id, false, "emptyNode", $"No node of family {host.Family} is empty.",
                ImmutableSortedDictionary<string, int>.Empty.Add("emptyNode", turn.State.Nodes.Count), []));
            return;
        }

        turn.Put(node with { Owner = host.Key, Operation = request.Operation.Id });
        turn.ChangeGoalOf(node.Id);
        turn.Put(host with
        {
            State = ProvisioningState.Running,
            Cluster = turn.State.Id,
            Node = node.Id,
            Placement = host.Placement with
            {
                Tries = host.Placement.Tries.Add(new PlacementTry(
                    turn.State.Id, true, null, $"{node.Id} is empty, in the rack with the fewest empty nodes.",
                    ImmutableSortedDictionary<string, int>.Empty, [])),
            },
        });
        Placing.Landed(turn, request.Scope);
        turn.Put(request.Operation.Finish(StepNames.Allocate, turn.Now).Reach(StepNames.PrepareNodes, turn.Now) with
        {
            Cluster = turn.State.Id,
        });
    }

    /// <summary>
    /// The host's node is lost: the host goes to another empty node of its family, and its machines can follow. False where
    /// there is none; they wait.
    /// </summary>
    public static bool MoveAway(Turn turn, NodeId lost)
    {
        if (turn.State.Nodes[lost].Owner is not { } key || !turn.State.Hosts.TryGetValue(key, out var host)
            || EmptyNode(turn, host.Family) is not { } node)
        {
            return false;
        }

        turn.Put(turn.State.Nodes[lost] with { Owner = null });
        turn.Put(node with { Owner = key });
        turn.Put(host with { Node = node.Id });
        turn.ChangeGoalOf(lost);
        turn.ChangeGoalOf(node.Id);
        turn.Say("dedicatedHostMoved", key, $"{lost} -> {node.Id}");
        return true;
    }

    /// <summary>The node's agent works on its goal state: a host that waited for it is there.</summary>
    public static void Accepted(Turn turn, FabricNode node)
    {
        if (node.Operation is not { } id || !turn.State.Operations.TryGetValue(id, out var operation)
            || operation.Kind != OperationKinds.CreateDedicatedHost)
        {
            return;
        }

        turn.Put(node with { Operation = null });
        turn.Put(operation.Succeed(turn.Now));
        turn.Put(turn.State.Hosts[node.Owner!] with { State = ProvisioningState.Succeeded });
    }

    /// <summary>Gives the node back; the front end has refused while machines name the host, and so does this.</summary>
    public static void Delete(Turn turn, FabricRequest.DeleteDedicatedHost request)
    {
        if (!turn.State.Hosts.TryGetValue(request.Host, out var host))
        {
            turn.Shared.Add(new SharedEffect.Follow(request));
            return;
        }

        if (turn.State.Machines.Values.Any(m => m.HostOwner == host.Key))
        {
            turn.Put(request.Operation.Fail(
                new OperationError("dedicatedHostInUse", "Virtual machines are still on the host."), turn.Now));
            return;
        }

        if (turn.State.Operations.TryGetValue(host.Operation, out var creation) && creation.Id != request.Operation.Id)
        {
            turn.Put(creation.Cancel(Teardown.Superseded, turn.Now));
        }

        Release(turn, host);
        turn.Remove(host);
        turn.Put(request.Operation.Succeed(turn.Now));
    }

    /// <summary>Frees node and quota of a host.</summary>
    public static void Release(Turn turn, DedicatedHost host)
    {
        var node = turn.State.Nodes[host.Node!.Value];
        // What is under way on the node for somebody else, such as its return from repair, goes on and must end.
        var others = node.Operation is { } id && turn.State.Operations.TryGetValue(id, out var o) && o.Kind != OperationKinds.CreateDedicatedHost;
        turn.Put(node with { Owner = null, Operation = others ? node.Operation : null });
        turn.ChangeGoalOf(node.Id);
        turn.Shared.Add(new SharedEffect.ReleaseQuota(host.SubscriptionId, new QuotaTaken(host.Cores, 0, 0)));
    }

    private static FabricNode? EmptyNode(Turn turn, string family) => turn.State.Nodes.Values
        .Where(n => turn.State.IsSchedulable(n) && n.Owner is null
            && turn.State.Hardware(n.Id).Family == family && !turn.State.On(n.Id).Any())
        .GroupBy(n => turn.State.Hardware(n.Id).Rack)
        .OrderBy(rack => rack.Count()).ThenBy(rack => rack.Key.Value, StringComparer.Ordinal)
        .FirstOrDefault()?.OrderBy(n => n.Id.Value, StringComparer.Ordinal).First();
}
