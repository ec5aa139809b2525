// Start, restart, reimage, redeploy, power off, deallocate: all of them are changes of the goal state, never commands
// that could be lost. What takes the instance down goes by the arbiter, and drains first (M1, N2).
using System.Diagnostics;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;

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

        if (request.Action == PowerAction.PerformMaintenance && SelfService.Perform(turn, instance, operation))
        {
            return;
        }

        Supersede(turn, instance);
        instance = turn.State.Instances[request.Instance];
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
                PowerAction.PerformMaintenance => ActKind.PerformMaintenance,
                _ => throw new UnreachableException(request.Action.ToString()),
            },
            ActOrigin.User, Words.Of(request.Action), operation, turn.Now,
            ForceAt: request.Force ? turn.Now : turn.Now + turn.Settings.Health.UserActWait));
    }

    private static OperationError? Forbids(Turn turn, FabricInstance i, PowerAction action)
    {
        if (UnderWay(turn, i) is { } running && !GivesWay(running))
        {
            return new OperationError("operationInProgress", $"Operation {running.Id} ({running.Kind}) is under way on it.");
        }

        if (i.Planned is { Origin: ActOrigin.Update } update)
        {
            return new OperationError("operationInProgress", $"Operation {update.Operation} (an update) is about to change it.");
        }

        // That it is down with its node is what others of its role count on (M1); it starts anew with it, or is stopped for good.
        if (i.NodeDrain is not null && action is not (PowerAction.Start or PowerAction.PowerOff or PowerAction.Deallocate))
        {
            return new OperationError("operationInProgress", $"{i.Node} is being maintained, and {i.Name} is down with it.");
        }

        return Forbids(i.Power, action);
    }

    // A start may take for ever (H2): whoever waits for one can take the instance in hand again.
    private static bool GivesWay(Operation running) =>
        IsPower(running) || running.Kind is OperationKinds.ChangeConfiguration or OperationKinds.UpdateDeployment
            or OperationKinds.RollBackUpdate or OperationKinds.UpdateGuestOs;

    private static bool IsPower(Operation o) => o.Kind is OperationKinds.RebootInstance or OperationKinds.ReimageInstance
        or OperationKinds.StartVirtualMachine or OperationKinds.RestartVirtualMachine or OperationKinds.RedeployVirtualMachine
        or OperationKinds.PerformMaintenance
        or OperationKinds.PowerOffVirtualMachine or OperationKinds.DeallocateVirtualMachine;

    private static Operation? UnderWay(Turn turn, FabricInstance i) =>
        i.Operation is { } id ? turn.State.Operations.GetValueOrDefault(id) : null;

    private static void Supersede(Turn turn, FabricInstance i)
    {
        if (UnderWay(turn, i) is not { } running)
        {
            return;
        }

        turn.Put(i with { Operation = null, Planned = null });
        if (IsPower(running))
        {
            turn.Put(running.Cancel(new OperationError("superseded", "A later request takes the instance in hand."), turn.Now));
        }
        else
        {
            // What it still waits for is enough for it.
            Progress.Of(turn, running.Id);
        }
    }

    /// <summary>Why the action makes no sense where the power is meant to be so already; null where it does.</summary>
    public static OperationError? Forbids(PowerGoal power, PowerAction action) =>
        (action, power) switch
        {
            (PowerAction.Start, PowerGoal.Running) => new("alreadyRunning", "It runs already."),
            (PowerAction.Restart or PowerAction.Reimage or PowerAction.Redeploy or PowerAction.PerformMaintenance, not PowerGoal.Running) => new("notRunning", "It does not run."),
            (PowerAction.PowerOff, not PowerGoal.Running) => new("notRunning", "It does not run."),
            (PowerAction.Deallocate, PowerGoal.Absent) => new("notRunning", "It is deallocated already."),
            _ => null,
        };
}
