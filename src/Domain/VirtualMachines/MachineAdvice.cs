// D6: tips on virtual machines. They stop nobody, and each says what would be better. What happens inside a machine can't
// be seen from here, so nothing is said about it that its description does not show.
using System.Collections.Immutable;
using Rdfe.Domain.Packages;

namespace Rdfe.Domain.VirtualMachines;

/// <summary>Advice on virtual machines (D6).</summary>
public static class MachineAdvice
{
    /// <summary>Advice on one machine.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="members">Machines of its availability set that have been placed, itself included; 0 without a set.</param>
    /// <param name="limits">From which figures on there is no advice.</param>
    public static ImmutableArray<Advice> Of(VirtualMachine machine, int members, PackageLimits limits)
    {
        var advice = ImmutableArray.CreateBuilder<Advice>();
        if (machine.Spec.AvailabilitySet is not { } set)
        {
            advice.Add(new Advice(AdviceCodes.SingleInstance,
                $"'{machine.Name}' is in no availability set: each update of its node and each failure of it is an outage.",
                "$.availabilitySet"));
        }
        else
        {
            Together(advice, machine, set, members, limits);
        }

        Disks(advice, machine.Spec.DataDisks);
        return advice.ToImmutable();
    }

    private static void Together(
        ImmutableArray<Advice>.Builder advice, VirtualMachine machine, string set, int members, PackageLimits limits)
    {
        if (members <= 1)
        {
            advice.Add(new Advice(AdviceCodes.SingleInstance,
                $"'{machine.Name}' is alone in the availability set '{set}': each update of its node and each failure of it is "
                + "an outage.",
                "$.availabilitySet"));
        }
        else if (members < limits.AdvisedInstances)
        {
            advice.Add(new Advice(AdviceCodes.FewInstances,
                $"The availability set '{set}' has {members} machines: while one is updated, a failure of another is an "
                + $"outage; have {limits.AdvisedInstances} or more.",
                "$.availabilitySet"));
        }

        if (machine.UpdateDomainCount < limits.AdvisedUpdateDomains)
        {
            advice.Add(new Advice(AdviceCodes.FewUpdateDomains,
                $"The availability set '{set}' has {machine.UpdateDomainCount} update domain, so an update takes all of its "
                + $"machines down at once; ask for {limits.AdvisedUpdateDomains} or more.",
                "$.availabilitySet"));
        }
    }

    // Whether the guest stripes its disks is its own affair; that it can't is seen.
    private static void Disks(ImmutableArray<Advice>.Builder advice, ImmutableArray<DataDisk> disks)
    {
        if (disks.IsDefaultOrEmpty)
        {
            return;
        }

        if (disks.Length == 1)
        {
            advice.Add(new Advice(AdviceCodes.UnstripedDataDisks,
                "There is one data disk, so data is as fast as that disk; several of one size, striped, are as fast as all "
                + "together.",
                "$.dataDisks"));
        }
        else if (disks.Any(d => d.SizeGib != disks[0].SizeGib || d.Caching != disks[0].Caching))
        {
            advice.Add(new Advice(AdviceCodes.UnstripedDataDisks,
                "The data disks differ in size or caching; a stripe over them is as large and as fast as the least of them "
                + "allows: give all of them the same.",
                "$.dataDisks"));
        }
    }
}
