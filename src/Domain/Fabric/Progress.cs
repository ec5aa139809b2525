// D2: how far an operation has come is read off the instances that it waits for, never counted separately; so a restart
// cannot lose a step, and an operation ends when, and only when, the state says that it is done (R6).
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Fabric;

/// <summary>Moves operations on as instances report.</summary>
internal static class Progress
{
    /// <summary>Looks at an operation again; ends it when all that it waits for is so.</summary>
    public static void Of(Turn turn, OperationId id)
    {
        if (!turn.State.Operations.TryGetValue(id, out var operation))
        {
            return;
        }

        if (OperationKinds.IsCreation(operation.Kind)
            && turn.State.AwaitedBy(id).FirstOrDefault() is { } any && Teardown.IsDeleting(turn.State, any.Owner, out _))
        {
            // It is being taken back: how far its instances had come is no progress any more.
            return;
        }

        if (turn.State.AwaitedBy(id).Any(i => i.Planned?.Operation == id))
        {
            // What it is about has not been done yet: how its instances are now is how they were before.
            return;
        }

        switch (operation.Kind)
        {
            case OperationKinds.SwapDeployments:
                Swapping.TowardsProgrammed(turn, operation);
                break;
            case OperationKinds.CreateDeployment or OperationKinds.CreateVirtualMachine
                or OperationKinds.StartVirtualMachine or OperationKinds.RestartVirtualMachine
                or OperationKinds.RebootInstance or OperationKinds.ReimageInstance or OperationKinds.RedeployVirtualMachine or OperationKinds.PerformMaintenance
                or OperationKinds.ChangeConfiguration:
                TowardsReady(turn, operation);
                break;
            case OperationKinds.UpdateVirtualMachine:
                TowardsUpdated(turn, operation);
                break;
            case OperationKinds.PowerOffVirtualMachine or OperationKinds.DeallocateVirtualMachine:
                TowardsStopped(turn, operation);
                break;
            default:
                // Deletions and provisioning are moved on by Teardown and Provisioning, which know their own end.
                break;
        }
    }

    private static void TowardsReady(Turn turn, Operation operation)
    {
        var awaited = turn.State.AwaitedBy(operation.Id).ToList();
        if (OwnerOf(turn.State, operation, awaited) is not { } owner)
        {
            return;
        }

        var coming = awaited.Where(i => i.Power == PowerGoal.Running).ToList();
        var going = awaited.Count - coming.Count;
        var least = coming.Count == 0 ? InstancePhase.Ready : coming.Min(i => i.CurrentPhase);
        var next = operation;
        foreach (var (step, phase) in Milestones)
        {
            if (next.Steps.Any(s => s.Name == step))
            {
                next = least >= phase ? next.Finish(step, turn.Now) : next.Reach(step, turn.Now);
            }

            if (least < phase)
            {
                break;
            }
        }

        if (least >= InstancePhase.Ready)
        {
            next = TowardsConfigured(turn, next, coming, going);
            if (going == 0 && coming.TrueForAll(HasConfiguration) && Networking.IsProgrammed(turn.State, owner))
            {
                Succeed(turn, next, awaited, owner);
                return;
            }
        }

        if (!ReferenceEquals(next, operation))
        {
            turn.Put(next);
        }
    }

    private static readonly (string Step, InstancePhase Phase)[] Milestones =
    [
        (StepNames.PrepareNodes, InstancePhase.Accepted),
        (StepNames.PlaceImages, InstancePhase.DisksCreated),
        (StepNames.CreateVms, InstancePhase.VmCreated),
        (StepNames.StartVmsAndRoles, InstancePhase.Ready),
    ];

    private static Operation TowardsConfigured(Turn turn, Operation next, List<FabricInstance> coming, int going)
    {
        if (next.Steps.Any(s => s.Name == StepNames.PushConfiguration))
        {
            next = coming.TrueForAll(HasConfiguration)
                ? next.Finish(StepNames.PushConfiguration, turn.Now)
                : next.Reach(StepNames.PushConfiguration, turn.Now);
        }

        if (next.Steps.Any(s => s.Name == StepNames.RemoveInstances) && coming.TrueForAll(HasConfiguration))
        {
            next = going == 0
                ? next.Finish(StepNames.RemoveInstances, turn.Now)
                : next.Reach(StepNames.RemoveInstances, turn.Now);
        }

        return going == 0 && coming.TrueForAll(HasConfiguration) && next.Steps.Any(s => s.Name == StepNames.ConfigureNetwork)
            ? next.Reach(StepNames.ConfigureNetwork, turn.Now)
            : next;
    }

    private static bool HasConfiguration(FabricInstance i) => i.ReportedConfig == i.ConfigGeneration;

    // One that does not run reads its configuration when it starts: nothing is to be waited for.
    private static void TowardsUpdated(Turn turn, Operation operation)
    {
        var awaited = turn.State.AwaitedBy(operation.Id).ToList();
        if (awaited.Count == 0 || !awaited.TrueForAll(i => i.Power != PowerGoal.Running || HasConfiguration(i)))
        {
            return;
        }

        var owner = awaited[0].Owner;
        if (!Networking.IsProgrammed(turn.State, owner))
        {
            turn.Put(operation.Reach(StepNames.ConfigureNetwork, turn.Now));
            return;
        }

        if (turn.State.Machines.TryGetValue(owner, out var machine) && machine is { Vip: not null, NeedsVip: false })
        {
            // Given back only now, so that nobody else gets an address that still leads here.
            turn.Put(machine with { Vip = null });
            turn.Shared.Add(new SharedEffect.ReleaseQuota(machine.SubscriptionId, new QuotaTaken(0, 1, 0)));
            turn.Shared.Add(new SharedEffect.ReleaseVips(1));
        }

        Succeed(turn, operation, awaited, owner);
    }

    private static void TowardsStopped(Turn turn, Operation operation)
    {
        var awaited = turn.State.AwaitedBy(operation.Id).ToList();
        if (awaited.TrueForAll(i => i.Phase is InstancePhase.Stopped or InstancePhase.Deallocated))
        {
            Succeed(turn, operation, awaited, awaited[0].Owner);
        }
        else if (awaited.TrueForAll(i => Networking.IsProgrammed(turn.State, i.Owner)))
        {
            turn.Put(operation.Reach(StepNames.Stop, turn.Now));
        }
    }

    // A change of configuration may wait for nobody: all that stay are down, and the last that had to leave has left.
    private static string? OwnerOf(ClusterState state, Operation operation, List<FabricInstance> awaited) =>
        awaited.Count > 0 ? awaited[0].Owner
        : operation.Kind == OperationKinds.ChangeConfiguration
            ? state.Deployments.Values.FirstOrDefault(d => d.Operation == operation.Id && d.State == ProvisioningState.Running)?.Key
            : null;

    private static void Succeed(Turn turn, Operation operation, List<FabricInstance> awaited, string owner)
    {
        foreach (var i in awaited)
        {
            turn.Put(turn.State.Instances[i.Id] with { Operation = null });
        }

        if (operation.Kind == OperationKinds.PerformMaintenance)
        {
            SelfService.Performed(turn, turn.State.Instances[awaited[0].Id], operation);
        }

        turn.Put(operation.Succeed(turn.Now));
        if (turn.State.Deployments.TryGetValue(owner, out var d) && d.State == ProvisioningState.Running && d.Operation == operation.Id)
        {
            turn.Put(d with { State = ProvisioningState.Succeeded });
        }
        else if (turn.State.Machines.TryGetValue(owner, out var m) && m.State == ProvisioningState.Running && m.Operation == operation.Id)
        {
            turn.Put(m with { State = ProvisioningState.Succeeded });
        }
    }
}
