// Deleting, and taking back a creation that was canceled: out of the load balancer first, then stopped, then, when the
// last instance has left its node, addresses and quota are given back and the operation ends. Once (R6).
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Fabric;

/// <summary>Removes deployments and virtual machines.</summary>
internal static class Teardown
{
    internal static readonly OperationError Superseded = new("superseded", "A later request deletes the resource.");
    private static readonly OperationError ByWish = new("canceled", "Canceled by the caller; nothing was kept.");

    /// <summary>Begins the deletion of a deployment.</summary>
    public static void Begin(Turn turn, FabricRequest.DeleteDeployment request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (!turn.State.Deployments.TryGetValue(request.Deployment.Value, out var deployment))
        {
            turn.Shared.Add(new SharedEffect.Follow(request));
            return;
        }

        Supersede(turn, deployment.Key, deployment.Operation);
        turn.Put(deployment with { State = ProvisioningState.Deleting, Operation = operation.Id, Waiting = null });
        Drain(turn, deployment.Key, operation, deployment.Waiting?.Scope);
    }

    /// <summary>Begins the deletion of a virtual machine.</summary>
    public static void Begin(Turn turn, FabricRequest.DeleteVirtualMachine request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (!turn.State.Machines.TryGetValue(request.Machine, out var machine))
        {
            turn.Shared.Add(new SharedEffect.Follow(request));
            return;
        }

        Supersede(turn, machine.Key, machine.Operation);
        turn.Put(machine with { State = ProvisioningState.Deleting, Operation = operation.Id });
        if (!TerminationNotices.Announce(turn, machine, operation))
        {
            GoOn(turn, machine, operation);
        }
    }

    /// <summary>The deletion of a virtual machine that nobody is waited for any more.</summary>
    internal static void GoOn(Turn turn, VirtualMachine machine, Operation operation)
    {
        // Its owner may have asked for something while the guest was waited for.
        Supersede(turn, machine.Key, last: null);
        Drain(turn, machine.Key, operation, landing: null);
    }

    /// <summary>Cancels a creation that has not ended; one that has ended stays as it is.</summary>
    public static void Cancel(Turn turn, FabricRequest.CancelOperation request)
    {
        if (!turn.State.Operations.TryGetValue(request.Target, out var operation))
        {
            turn.Shared.Add(new SharedEffect.Follow(request));
            return;
        }

        if (!OperationKinds.IsCreation(operation.Kind))
        {
            return;
        }

        operation = operation with { CancelRequested = true };

        if (turn.State.Deployments.Values.FirstOrDefault(d => d.Operation == operation.Id) is { } deployment)
        {
            turn.Put(deployment with { State = ProvisioningState.Deleting, Waiting = null });
            Drain(turn, deployment.Key, operation, deployment.Waiting?.Scope);
        }
        else if (turn.State.Machines.Values.FirstOrDefault(m => m.Operation == operation.Id) is { } machine)
        {
            turn.Put(machine with { State = ProvisioningState.Deleting });
            Drain(turn, machine.Key, operation, landing: null);
        }
    }

    /// <summary>A creation that can't succeed is taken back as if it had been canceled, and ends as failed.</summary>
    public static void TakeBack(Turn turn, Operation operation, OperationError error)
    {
        turn.Put(operation with { Error = error });
        Cancel(turn, new FabricRequest.CancelOperation(operation.Id));
    }

    /// <summary>The network sends no more traffic: what is being deleted may stop now.</summary>
    public static void AfterDrain(Turn turn, string owner)
    {
        if (!IsDeleting(turn.State, owner, out var id) || !Networking.IsProgrammed(turn.State, owner)
            || !turn.State.Operations.TryGetValue(id, out var operation) || TerminationNotices.Holds(turn, id, owner))
        {
            return;
        }

        if (operation.Steps.Any(s => s.Name == StepNames.Stop))
        {
            turn.Put(operation.Reach(StepNames.Stop, turn.Now));
        }

        foreach (var i in turn.State.InstancesOf(owner).ToList())
        {
            if (i.Power == PowerGoal.Absent && i.Node is not null)
            {
                continue;
            }

            if (i.Node is { } node)
            {
                turn.Put(i with { Power = PowerGoal.Absent });
                turn.ChangeGoalOf(node);
            }
            else
            {
                turn.Remove(i);
            }
        }

        EndIfEmpty(turn, owner);
    }

    /// <summary>An instance has left: was it the last of something that is being deleted?</summary>
    public static void InstanceGone(Turn turn, FabricInstance instance) => EndIfEmpty(turn, instance.Owner);

    private static void Drain(Turn turn, string owner, Operation operation, PlacementScope? landing)
    {
        if (landing is not null)
        {
            // It waited for its images: what it held in flight was never placed. VIPs too: it may have found the pool
            // empty and hold none, so they are given back by what was held, not by what was needed.
            turn.Shared.Add(new SharedEffect.Landed(landing.Cores));
            turn.Shared.Add(new SharedEffect.ReleaseVips(landing.VipsHeld));
        }

        foreach (var i in turn.State.InstancesOf(owner).ToList())
        {
            turn.Put(i with
            {
                Operation = operation.Id,
                Planned = null,
                Health = i.Health is { Healing: not null } h ? h with { Healing = null } : i.Health,
            });
        }

        turn.Put(operation.Steps.Any(s => s.Name == StepNames.Drain) ? operation.Reach(StepNames.Drain, turn.Now) : operation);
        Networking.Change(turn, owner);
    }

    private static void Supersede(Turn turn, string owner, OperationId? last)
    {
        var under = turn.State.InstancesOf(owner).Select(i => i.Operation).Append(last).OfType<OperationId>()
            .Concat(turn.State.Deployments.GetValueOrDefault(owner)?.Update is { Walk: { } walk } ? [walk] : []).Distinct();
        foreach (var id in under)
        {
            if (turn.State.Operations.TryGetValue(id, out var operation))
            {
                turn.Put(operation.Cancel(Superseded, turn.Now));
            }
        }
    }

    private static void EndIfEmpty(Turn turn, string owner)
    {
        if (!IsDeleting(turn.State, owner, out var id) || turn.State.InstancesOf(owner).Any())
        {
            return;
        }

        var operation = turn.State.Operations[id];
        var canceled = OperationKinds.IsCreation(operation.Kind);
        var ended = operation.Error is null ? ProvisioningState.Canceled : ProvisioningState.Failed;
        if (turn.State.Deployments.TryGetValue(owner, out var d))
        {
            Release(turn, d.SubscriptionId, new QuotaTaken(d.CoresHeld, d.Model.NeedsVip ? 1 : 0, 0), d.Vip is not null);
            turn.Shared.Add(new SharedEffect.ReleasePin(Pins.OfService(d.SubscriptionId, d.Service)));
            if (canceled)
            {
                turn.LetGoOf(d with { Update = null, State = ended, Cluster = null, Vip = null });
            }
            else
            {
                turn.Remove(d);
            }
        }
        else
        {
            var m = turn.State.Machines[owner];
            Release(turn, m.SubscriptionId, new QuotaTaken(m.QuotaCores, m.Vip is null ? 0 : 1, 1), m.Vip is not null);
            if (m.Spec.AvailabilitySet is { } set)
            {
                turn.Shared.Add(new SharedEffect.ReleasePin(Pins.OfSet(m.SubscriptionId, set)));
            }

            if (canceled)
            {
                turn.LetGoOf(m with { State = ended, Cluster = null, Vip = null });
            }
            else
            {
                turn.Remove(m);
            }
        }

        turn.Put(
            !canceled ? operation.Succeed(turn.Now)
            : operation.Error is { } error ? operation.Fail(error, turn.Now)
            : operation.Cancel(ByWish, turn.Now));
    }

    // One that never came past its images has no VIP of the pool, though its quota counts one.
    private static void Release(Turn turn, SubscriptionId subscription, QuotaTaken taken, bool hasVip)
    {
        turn.Shared.Add(new SharedEffect.ReleaseQuota(subscription, taken));
        if (hasVip)
        {
            turn.Shared.Add(new SharedEffect.ReleaseVips(1));
        }
    }

    /// <summary>True while the owner is being deleted or its creation taken back; by which operation.</summary>
    public static bool IsDeleting(ClusterState state, string owner, out OperationId operation)
    {
        if (state.Deployments.TryGetValue(owner, out var d) && d.State == ProvisioningState.Deleting)
        {
            operation = d.Operation;
            return true;
        }

        if (state.Machines.TryGetValue(owner, out var m) && m.State == ProvisioningState.Deleting)
        {
            operation = m.Operation;
            return true;
        }

        operation = default;
        return false;
    }
}
