// What lives in an affinity group, besides machines and sets.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.AffinityGroups;

internal sealed class AffinityGroupUse : IResourceUse
{
    public string? WhoUses(UnitOfWork unit, SubscriptionId subscription, string kind, string nameKey) =>
        kind != Quota.AffinityGroups ? null : unit.Db.Set<HostedServiceRow>().AsNoTracking()
            .Where(s => s.SubscriptionId == subscription && s.AffinityGroup == nameKey)
            .Select(s => "the hosted service " + s.Name).FirstOrDefault()
        ?? unit.Db.Set<StorageAccountRow>().AsNoTracking()
            .Where(s => s.SubscriptionId == subscription && s.AffinityGroup == nameKey)
            .Select(s => "the storage account " + s.Name).FirstOrDefault();
}
