// F3: the controller drives nodes through the provisioning machine of Topology/NodeProvisioning: one command at a time,
// each with a deadline, and an answer that names its run and attempt, so that a late one is told apart.
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Fabric;

/// <summary>Provisions nodes.</summary>
public static class Provisioning
{
    /// <summary>Provisions a node because an operator asks for it; only an empty one.</summary>
    public static void Begin(Turn turn, FabricRequest.ProvisionNode request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (!turn.State.Nodes.TryGetValue(request.Node, out var node))
        {
            turn.Put(operation.Fail(new OperationError("notFound", "The node is gone."), turn.Now));
            return;
        }

        if (turn.State.On(node.Id).FirstOrDefault() is { } instance)
        {
            turn.Put(operation.Fail(new OperationError("nodeInUse", $"{node.Id} hosts {instance.Name}."), turn.Now));
            return;
        }

        if (node.Operation is not null)
        {
            turn.Put(operation.Fail(new OperationError("operationInProgress", $"{node.Operation} is under way on it."), turn.Now));
            return;
        }

        if (NodeActions.Apply(node.State, NodeAction.Provision) is { Refused: true } no)
        {
            turn.Put(operation.Fail(new OperationError(no.Refusal.Code, no.Refusal.Detail), turn.Now));
            return;
        }

        turn.Put(operation.Reach(operation.Steps[0].Name, turn.Now));
        Start(turn, node with { Operation = operation.Id });
    }

    /// <summary>A step ended, well or not.</summary>
    public static void StepEnded(Turn turn, FabricEvent.ProvisionStepEnded e)
    {
        if (!turn.State.Nodes.TryGetValue(e.Node, out var node) || node.ProvisionRun != e.Run || node.Attempt != e.Attempt)
        {
            return;
        }

        Enter(turn, node, e.Failure is null
            ? NodeProvisioning.OnStepDone(node.Progress, e.Step, turn.Now, turn.Settings.Provisioning)
            : NodeProvisioning.OnStepFailed(node.Progress, e.Step, e.Failure, turn.Now, turn.Settings.Provisioning));
    }

    /// <summary>A step ran over its deadline: it is tried again, or the node goes to Human Investigate.</summary>
    public static void DeadlinePassed(Turn turn, NodeId id)
    {
        if (turn.State.Nodes.TryGetValue(id, out var node))
        {
            Enter(turn, node, NodeProvisioning.OnStepTimedOut(node.Progress, turn.Now, turn.Settings.Provisioning));
        }
    }

    /// <summary>After a start: bare nodes begin, and steps under way are asked for again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var node in turn.State.Nodes.Values.OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList())
        {
            if (node.State == NodeState.PoweredOff && node.ProvisionRun == 0)
            {
                Start(turn, node);
            }
            else if (node.State.IsProvisioning())
            {
                turn.Ask(new FabricEffect.Provision(node.Id, node.ProvisionRun, node.State, node.Attempt, turn.State.HostOs, turn.State.Bundles.Installed));
            }
        }
    }

    /// <summary>Begins to provision a node.</summary>
    internal static void Start(Turn turn, FabricNode node) =>
        Enter(turn, node with { ProvisionRun = node.ProvisionRun + 1, Evidence = null }, NodeProvisioning.Begin(turn.Now, turn.Settings.Provisioning));

    private static void Enter(Turn turn, FabricNode node, ProvisioningDecision decision)
    {
        if (decision.Next == node.Progress)
        {
            return;
        }

        var next = node.With(decision.Next);
        var operation = next.Operation is { } id ? turn.State.Operations.GetValueOrDefault(id) : null;
        if (next.State == NodeState.Ready)
        {
            next = next with { HostOs = turn.State.HostOs, Versions = turn.State.Bundles.Installed, Operation = null };
            Ended(turn, operation?.Succeed(turn.Now));
        }
        else if (next.State == NodeState.HumanInvestigate)
        {
            next = next with { Operation = null };
            Ended(turn, operation?.Fail(new OperationError("provisioningFailed", next.LastFailure ?? "It gave up."), turn.Now));
        }
        else if (operation is not null)
        {
            Ended(turn, operation.Reach(StepName(next.State), turn.Now));
        }

        turn.Put(next);
        turn.Say("nodeStateChanged", next.Id.Value, next.LastFailure is { } why
            ? $"{Words.Of(next.State)} attempt {next.Attempt}: {why}"
            : Words.Of(next.State));
        if (decision.Command != ProvisionCommand.None)
        {
            turn.Ask(new FabricEffect.Provision(next.Id, next.ProvisionRun, next.State, next.Attempt, turn.State.HostOs, turn.State.Bundles.Installed));
        }
    }

    /// <summary>The steps of an operation that provisions a node: the machine's states, in order.</summary>
    public static IEnumerable<string> StepNamesOfProvisioning => NodeProvisioning.Steps.Select(s => StepName(s.State));

    private static string StepName(NodeState state) => Words.Of(state);

    private static void Ended(Turn turn, Operation? operation)
    {
        if (operation is not null)
        {
            turn.Put(operation);
        }
    }
}
