// N1, N2: an instance gets traffic only while it is ready; the network is programmed from what the state says at the
// end of a turn, with a generation, so that programming it twice or late does no harm.
using System.Collections.Immutable;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Network;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Fabric;

/// <summary>Keeps load balancer and filters in step with the instances.</summary>
public static class Networking
{
    /// <summary>Raises the owner's network generation and programs it at the end of the turn.</summary>
    public static void Change(Turn turn, string owner)
    {
        if (!turn.ChangeNetworkOf(owner))
        {
            return;
        }

        if (turn.State.Deployments.TryGetValue(owner, out var deployment))
        {
            turn.Put(deployment with { NetworkGeneration = deployment.NetworkGeneration + 1 });
        }
        else if (turn.State.Machines.TryGetValue(owner, out var machine))
        {
            turn.Put(machine with { NetworkGeneration = machine.NetworkGeneration + 1 });
        }
    }

    /// <summary>What to program for an owner; null when the cluster no longer has it.</summary>
    public static FabricEffect.ProgramNetwork? Of(ClusterState state, string owner)
    {
        if (state.Deployments.TryGetValue(owner, out var d))
        {
            return new(
                state.Id, owner, d.NetworkGeneration, d.Vip,
                d.State == ProvisioningState.Deleting ? [] : InRotation(state, owner), Admitted(state, owner));
        }

        if (state.Machines.TryGetValue(owner, out var m))
        {
            return new(
                state.Id, owner, m.NetworkGeneration, m.NeedsVip ? m.Vip : null,
                m.State == ProvisioningState.Deleting ? [] : InRotation(state, owner), Admitted(state, owner));
        }

        return null;
    }

    /// <summary>True when everything that the owner needs of the network is confirmed.</summary>
    public static bool IsProgrammed(ClusterState state, string owner) =>
        state.Deployments.TryGetValue(owner, out var d) ? d.ProgrammedNetwork == d.NetworkGeneration
        : !state.Machines.TryGetValue(owner, out var m) || m.ProgrammedNetwork == m.NetworkGeneration;

    /// <summary>True when the load balancer has confirmed that generation of an owner's network, or a later one.</summary>
    public static bool IsProgrammed(ClusterState state, string owner, int generation) =>
        (state.Deployments.GetValueOrDefault(owner)?.ProgrammedNetwork ?? state.Machines.GetValueOrDefault(owner)?.ProgrammedNetwork)
            is not { } programmed || programmed >= generation;

    /// <summary>The network generation of an owner as it is wanted.</summary>
    public static int GenerationOf(ClusterState state, string owner) =>
        state.Deployments.GetValueOrDefault(owner)?.NetworkGeneration ?? state.Machines.GetValueOrDefault(owner)?.NetworkGeneration ?? 0;

    /// <summary>The network confirmed a generation: whoever waited for it goes on.</summary>
    public static void Confirmed(Turn turn, FabricEvent.NetworkProgrammed e)
    {
        if (turn.State.Deployments.TryGetValue(e.Owner, out var d))
        {
            if (e.Generation <= d.ProgrammedNetwork || e.Generation > d.NetworkGeneration)
            {
                return;
            }

            turn.Put(d with { ProgrammedNetwork = e.Generation });
        }
        else if (turn.State.Machines.TryGetValue(e.Owner, out var m))
        {
            // A later one than was asked for answers an earlier machine of the same name.
            if (e.Generation <= m.ProgrammedNetwork || e.Generation > m.NetworkGeneration)
            {
                return;
            }

            turn.Put(m with { ProgrammedNetwork = e.Generation });
        }
        else
        {
            return;
        }

        turn.Say("networkProgrammed", e.Owner, $"generation {e.Generation}");
        Teardown.AfterDrain(turn, e.Owner);
        Acts.Drained(turn, e);
        foreach (var operation in OperationsOn(turn.State, e.Owner))
        {
            Progress.Of(turn, operation);
        }
    }

    private static ImmutableArray<Ipv4Address> InRotation(ClusterState state, string owner) => DipsOf(state, owner, i => i.TakesTraffic);

    private static ImmutableArray<Ipv4Address> Admitted(ClusterState state, string owner) => DipsOf(state, owner, _ => true);

    private static ImmutableArray<Ipv4Address> DipsOf(ClusterState state, string owner, Func<FabricInstance, bool> those)
    {
        var members = state.Indexes.ByOwner[owner];
        var dips = ImmutableArray.CreateBuilder<Ipv4Address>(members.Length);
        foreach (var member in members)
        {
            if (member.Now.Dip is { } dip && those(member.Now))
            {
                dips.Add(dip);
            }
        }

        return dips.DrainToImmutable();
    }

    private static List<OperationId> OperationsOn(ClusterState state, string owner) =>
        [.. state.InstancesOf(owner).Select(i => i.Operation).OfType<OperationId>()
            .Concat(OperationOf(state, owner) is { } last ? [last] : [])
            .Distinct().Where(state.Operations.ContainsKey)];

    // Null where this very confirmation was the last thing that a deletion waited for.
    private static OperationId? OperationOf(ClusterState state, string owner) =>
        state.Deployments.GetValueOrDefault(owner)?.Operation ?? state.Machines.GetValueOrDefault(owner)?.Operation;
}
