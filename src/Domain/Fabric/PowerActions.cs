// Start, restart, reimage, power off, deallocate: all of them are changes of the goal state, never commands that could
// be lost. The generation that the agent reports says whether it was this restart or the one before.
using System.Diagnostics;
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
        }
        else
        {
            turn.Put(Goal(instance, request.Action) with { Operation = operation.Id });
            turn.ChangeGoalOf(instance.Node!.Value);
        }

        Networking.Change(turn, instance.Owner);
        turn.Put(operation.Reach(operation.Steps[0].Name, turn.Now));
        Progress.Of(turn, operation.Id);
    }

    private static FabricInstance Goal(FabricInstance i, PowerAction action) => action switch
    {
        PowerAction.Start => i with { Power = PowerGoal.Running, BootGeneration = i.BootGeneration + 1 },
        PowerAction.Restart => i with { BootGeneration = i.BootGeneration + 1 },
        PowerAction.Reimage => i with { BootGeneration = i.BootGeneration + 1, ImageGeneration = i.ImageGeneration + 1 },
        PowerAction.PowerOff => i with { Power = PowerGoal.Stopped },
        PowerAction.Deallocate => i with { Power = PowerGoal.Absent },
        _ => throw new UnreachableException(action.ToString()),
    };

    private static OperationError? Forbids(Turn turn, FabricInstance i, PowerAction action)
    {
        if (i.Operation is { } other && turn.State.Operations.TryGetValue(other, out var running))
        {
            return new OperationError("operationInProgress", $"Operation {running.Id} ({running.Kind}) is under way on it.");
        }

        return Forbids(i.Power, action);
    }

    /// <summary>Why the action makes no sense where the power is meant to be so already; null where it does.</summary>
    public static OperationError? Forbids(PowerGoal power, PowerAction action) =>
        (action, power) switch
        {
            (PowerAction.Start, PowerGoal.Running) => new("alreadyRunning", "It runs already."),
            (PowerAction.Restart or PowerAction.Reimage, not PowerGoal.Running) => new("notRunning", "It does not run."),
            (PowerAction.PowerOff, not PowerGoal.Running) => new("notRunning", "It does not run."),
            (PowerAction.Deallocate, PowerGoal.Absent) => new("notRunning", "It is deallocated already."),
            _ => null,
        };
}
