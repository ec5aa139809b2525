// D3, D5, P6: virtual machines. A machine of an availability set takes the set's emptiest update domain; a lone one
// has none to keep apart from.
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Placement;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Fabric;

/// <summary>Places virtual machines.</summary>
internal static class MachinePlacing
{
    /// <summary>Places a new machine, or hands it over.</summary>
    public static void Begin(Turn turn, FabricRequest.PlaceVirtualMachine request)
    {
        if (Placing.FollowsAway(turn, request))
        {
            return;
        }

        var machine = request.Machine;
        var draft = Draft(turn, machine, request.Operation.Id);
        var (placed, tried) = Placing.Ask(turn, Request(turn, machine, draft), request.Scope);
        if (placed is null)
        {
            Placing.HandOver(turn, request, tried);
            return;
        }

        var vip = machine.NeedsVip ? turn.State.Vips.LowestFree() : null;
        turn.Put(machine with
        {
            State = ProvisioningState.Running,
            Cluster = turn.State.Id,
            Vip = vip,
            Placement = machine.Placement with { Tries = machine.Placement.Tries.Add(tried) },
        });
        DeploymentPlacing.Settle(turn, [draft], placed);
        Placing.Landed(turn, request.Scope);
        turn.Put(request.Operation.Finish(StepNames.Allocate, turn.Now).Reach(StepNames.PrepareNodes, turn.Now) with
        {
            Cluster = turn.State.Id,
        });
        turn.Say("virtualMachinePlaced", request.Operation.Resource, tried.Detail);
    }

    /// <summary>Gives a deallocated machine a node again; false, with the operation ended, where there is no room.</summary>
    public static bool PlaceAgain(Turn turn, VirtualMachine machine, FabricInstance instance, Operation operation)
    {
        var draft = instance with
        {
            Power = PowerGoal.Running,
            Phase = InstancePhase.Placed,
            PhaseSince = turn.Now,
            Operation = operation.Id,
            UpdateDomain = UpdateDomainFor(turn, machine, instance.Id),
            BootGeneration = instance.BootGeneration + 1,
            ImageGeneration = instance.ImageGeneration + 1,
            Lease = instance.Lease + 1,
        };
        var (placed, tried) = Placing.Ask(turn, Request(turn, machine, draft), scope: null);
        if (placed is null)
        {
            turn.Put(operation.Fail(new OperationError("allocationFailed", tried.Detail), turn.Now));
            return false;
        }

        turn.Put(machine with { Placement = new PlacementStory([], [tried]), Operation = operation.Id });
        DeploymentPlacing.Settle(turn, [draft], placed);
        return true;
    }

    /// <summary>New disks or endpoints of a machine.</summary>
    public static void Change(Turn turn, FabricRequest.ChangeVirtualMachine request)
    {
        if (!turn.State.Machines.TryGetValue(request.Machine, out var machine) || machine.State == ProvisioningState.Deleting)
        {
            turn.Put(request.Operation.Fail(new OperationError("notFound", "The virtual machine is gone."), turn.Now));
            turn.Shared.Add(new SharedEffect.ReleaseQuota(request.Operation.SubscriptionId!.Value, request.Taken));
            turn.Shared.Add(new SharedEffect.ReleaseVips(request.Taken.Vips));
            return;
        }

        var instance = turn.State.Instances[machine.Instance];
        var vip = (request.Taken.Vips > 0 ? turn.State.Vips.LowestFree() : null) ?? machine.Vip;

        turn.Put(machine with { Spec = request.Spec, Etag = request.Etag, Operation = request.Operation.Id, Vip = vip });
        // What it bears of maintenance is nothing that the guest or the network has to be told.
        var told = machine.Spec with { Maintenance = null } != request.Spec with { Maintenance = null };
        turn.Put(instance with
        {
            ConfigGeneration = instance.ConfigGeneration + (told ? 1 : 0),
            Ceilings = MaintenanceCeilings.Of(request.Spec.Maintenance, machine.SetCeilings),
            Operation = request.Operation.Id,
        });
        if (told && instance.Node is { } node)
        {
            turn.ChangeGoalOf(node);
        }

        if (told)
        {
            Networking.Change(turn, machine.Key);
        }

        turn.Put(request.Operation.Reach(StepNames.PushConfiguration, turn.Now) with { Cluster = turn.State.Id });
        Progress.Of(turn, request.Operation.Id);
    }

    /// <summary>An availability set bears something else of maintenance: its machines that are here do (M4).</summary>
    public static void Change(Turn turn, FabricRequest.ChangeSetCeilings request)
    {
        if (turn.HasDeparted(Pins.OfSet(request.Subscription, request.Set)))
        {
            turn.Shared.Add(new SharedEffect.Follow(request));
        }

        foreach (var machine in turn.State.Machines.Values
            .Where(m => m.SubscriptionId == request.Subscription
                && string.Equals(m.Spec.AvailabilitySet, request.Set, StringComparison.OrdinalIgnoreCase))
            .OrderBy(m => m.Key, StringComparer.Ordinal).ToList())
        {
            turn.Put(machine with { SetCeilings = request.Ceilings });
            if (turn.State.Instances.TryGetValue(machine.Instance, out var instance))
            {
                turn.Put(instance with { Ceilings = MaintenanceCeilings.Of(machine.Spec.Maintenance, request.Ceilings) });
            }
        }
    }

    private static FabricInstance Draft(Turn turn, VirtualMachine machine, OperationId operation) => new()
    {
        Id = machine.Instance,
        Cluster = turn.State.Id,
        Kind = InstanceKind.VirtualMachine,
        Owner = machine.Key,
        Role = machine.Name,
        Name = machine.Name,
        Group = GroupOf(machine),
        UpdateDomain = UpdateDomainFor(turn, machine, machine.Instance),
        Size = machine.Spec.Size,
        Needs = machine.Needs,
        Image = machine.Spec.Image,
        HostOwner = machine.HostOwner,
        Isolated = machine.Spec.Isolated,
        Ceilings = MaintenanceCeilings.Of(machine.Spec.Maintenance, machine.SetCeilings),
        BootGeneration = 1,
        ImageGeneration = 1,
        ConfigGeneration = 1,
        Phase = InstancePhase.Placed,
        PhaseSince = turn.Now,
        Operation = operation,
        CreatedAt = turn.Now,
    };

    /// <summary>What to ask of the allocator for a machine.</summary>
    public static PlacementRequest Request(Turn turn, VirtualMachine machine, FabricInstance draft)
    {
        var members = draft.Group is { } group ? turn.State.Capacity.MembersOf(group).Count() + 1 : 1;
        return new PlacementRequest(machine.Key, [Placing.Demand(
            turn, draft.Group, new VmSize(machine.Spec.Size, machine.Family, machine.Needs), members,
            [new Seat(draft.Id, draft.UpdateDomain)], machine.FaultDomainCount, machine.HostOwner, machine.Spec.Isolated)]);
    }

    // Members that are deallocated have no node, and so no place in the book; they are dealt a domain when they start.
    private static int UpdateDomainFor(Turn turn, VirtualMachine machine, InstanceId self)
    {
        if (GroupOf(machine) is not { } group)
        {
            return 0;
        }

        return UpdateDomains.Deal(turn.State.Capacity.CountsPerUpdateDomain(group, machine.UpdateDomainCount), 1)[0];
    }

    private static GroupId? GroupOf(VirtualMachine machine) =>
        machine.Spec.AvailabilitySet is { } set ? Pins.GroupOfSet(machine.SubscriptionId, set) : null;
}
