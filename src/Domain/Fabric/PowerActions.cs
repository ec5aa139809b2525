// Start, restart, reimage, redeploy, power off, deallocate: all of them are changes of the goal state, never commands
// that could be lost. What takes the instance down goes by the arbiter, and drains first (M1, N2).
using System.Diagnostics;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;

namespace Rdfe.Domain.Fabric;

/// <summary>Changes the power of one instance.</summary>
public static class PowerActions
{
    /// <summary>Changes the goal state; the operation then waits for the reports.</summary>
    internal static void Begin(Turn turn, FabricRequest.PowerInstance request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (!turn.State.Instances.TryGetValue(request.Instance, out var instance))
        {
            turn.Put(operation.Fail(new OperationError("notFound", "The instance is gone."), turn.Now));
            return;
        }

        if (Forbids(turn, instance, request.Action) is { } error)
        {
            turn.Put(operation.Fail(error, turn.Now));
            return;
        }

        if (request.Action == PowerAction.Start && instance.Node is null)
        {
            var machine = turn.State.Machines[instance.Owner];
            if (!MachinePlacing.PlaceAgain(turn, machine, instance, operation))
            {
                return;
            }

            Networking.Change(turn, instance.Owner);
        }
        else
        {
            Begin(turn, instance, request, operation.Id);
        }

        turn.Put(operation.Reach(operation.Steps[0].Name, turn.Now));
        Progress.Of(turn, operation.Id);
    }

    private static void Begin(Turn turn, FabricInstance i, FabricRequest.PowerInstance request, OperationId operation)
    {
        if (request.Action == PowerAction.Start)
        {
            turn.Put(i with { Power = PowerGoal.Running, BootGeneration = i.BootGeneration + 1, Operation = operation });
            turn.ChangeGoalOf(i.Node!.Value);
            Networking.Change(turn, i.Owner);
            return;
        }

        turn.Put(i with { Operation = operation });
        Acts.Ask(turn, i, new PlannedAct(
            request.Action switch
            {
                PowerAction.Restart => ActKind.Restart,
                PowerAction.Reimage => ActKind.Reimage,
                PowerAction.PowerOff => ActKind.PowerOff,
                PowerAction.Deallocate => ActKind.Deallocate,
                PowerAction.Redeploy => ActKind.Move,
                _ => throw new UnreachableException(request.Action.ToString()),
            },
            ActOrigin.User, Words.Of(request.Action), operation, turn.Now,
            ForceAt: request.Force ? turn.Now : turn.Now + turn.Settings.Health.UserActWait));
    }

    private static OperationError? Forbids(Turn turn, FabricInstance i, PowerAction action)
    {
        if (i.Operation is { } other && turn.State.Operations.TryGetValue(other, out var running))
        {
            return new OperationError("operationInProgress", $"Operation {running.Id} ({running.Kind}) is under way on it.");
        }

        if (i.Planned is { Origin: ActOrigin.Update } update)
        {
            return new OperationError("operationInProgress", $"Operation {update.Operation} (an update) is about to change it.");
        }

        return Forbids(i.Power, action);
    }

    /// <summary>Why the action makes no sense where the power is meant to be so already; null where it does.</summary>
    public static OperationError? Forbids(PowerGoal power, PowerAction action) =>
        (action, power) switch
        {
            (PowerAction.Start, PowerGoal.Running) => new("alreadyRunning", "It runs already."),
            (PowerAction.Restart or PowerAction.Reimage or PowerAction.Redeploy, not PowerGoal.Running) => new("notRunning", "It does not run."),
            (PowerAction.PowerOff, not PowerGoal.Running) => new("notRunning", "It does not run."),
            (PowerAction.Deallocate, PowerGoal.Absent) => new("notRunning", "It is deallocated already."),
            _ => null,
        };
}
