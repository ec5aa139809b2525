// What the compute resources hold of others: an affinity group with sets or machines in it stays.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.VirtualMachines;

internal sealed class ComputeUse : IResourceUse
{
    public string? WhoUses(UnitOfWork unit, SubscriptionId subscription, string kind, string nameKey)
    {
        if (kind != "affinityGroups")
        {
            return null;
        }

        return unit.Db.Set<AvailabilitySetRow>().AsNoTracking()
                .Where(s => s.SubscriptionId == subscription && s.AffinityGroup == nameKey)
                .Select(s => "the availability set " + s.Name).FirstOrDefault()
            ?? unit.Db.Set<VirtualMachine>().AsNoTracking()
                .Where(m => m.SubscriptionId == subscription && m.Cluster != null).AsEnumerable()
                .Where(m => m.Spec.AffinityGroup == nameKey)
                .Select(m => "the virtual machine " + m.Name).FirstOrDefault();
    }
}
