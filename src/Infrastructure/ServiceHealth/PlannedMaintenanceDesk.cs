// W4: keeps the notices of a rollout, in the very unit that changes it: every subscription with instances in its scope is told when
// it is made, also those whose clusters' wave comes last; after that only clusters of which there is news are looked at.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.ServiceHealth;

/// <summary>Notices of planned maintenance.</summary>
public static class PlannedMaintenanceDesk
{
    /// <summary>Tells of what has become of a rollout.</summary>
    /// <param name="unit">The unit that changes the rollout.</param>
    /// <param name="before">The rollout as it was; null when it begins.</param>
    /// <param name="after">The rollout as it is.</param>
    /// <param name="now">The time.</param>
    /// <param name="settings">The figures.</param>
    public static void Tell(UnitOfWork unit, Rollout? before, Rollout after, Instant now, ServiceHealthSettings settings)
    {
        var open = OpenOf(unit, PlannedNotices.CauseOf(after)).ToDictionary(n => n.Subscription);
        var looked = Looked(before, after);
        var found = looked.SelectMany(c => InstancesOf(unit, c, after)).ToLookup(f => f.Subscription, f => f.Resource);
        foreach (var group in found.Where(g => !open.ContainsKey(g.Key)))
        {
            var affected = group.Where(a => a.State != AffectedState.Untouched).ToList();
            if (affected.Count > 0 && !after.Ended)
            {
                open.Add(group.Key, PlannedNotices.Open(after, group.Key, affected, now, settings));
            }
        }

        foreach (var notice in open.Values.OrderBy(n => n.Subscription))
        {
            var next = PlannedNotices.Tell(notice, before, after, looked, [.. found[notice.Subscription]], now, settings);
            if (!ReferenceEquals(next, notice))
            {
                unit.Upsert(ServiceNoticeRow.Of(next));
            }
        }
    }

    /// <summary>Owners no longer choose the moment (W1).</summary>
    public static void SelfServiceEnded(UnitOfWork unit, Rollout rollout, Instant now, ServiceHealthSettings settings)
    {
        foreach (var notice in OpenOf(unit, PlannedNotices.CauseOf(rollout)))
        {
            var next = PlannedNotices.SelfServiceEnded(notice, now, settings);
            if (!ReferenceEquals(next, notice))
            {
                unit.Upsert(ServiceNoticeRow.Of(next));
            }
        }
    }

    // All of it when it is made; then those that have come further; and those that were under way when it is ended.
    private static HashSet<ClusterId> Looked(Rollout? before, Rollout after) =>
    [
        .. after.Clusters.Where(c => before is null || before.Clusters.FirstOrDefault(b => b.Cluster == c.Cluster) != c
            || (after.Ended && c.Stage is not (ClusterStage.NotStarted or ClusterStage.Done))).Select(c => c.Cluster),
    ];

    private static List<ServiceNotice> OpenOf(UnitOfWork unit, string cause) =>
        [.. unit.Db.Set<ServiceNoticeRow>().AsNoTracking().Where(r => r.Cause == cause && r.ClosedAt == null).AsEnumerable().Select(r => r.Notice)];

    private static IEnumerable<(SubscriptionId Subscription, AffectedResource Resource)> InstancesOf(UnitOfWork unit, ClusterId cluster, Rollout rollout)
    {
        var db = unit.Db;
        // What the same unit has written by prepared commands is seen: it is one connection and one transaction.
        var nodes = db.Set<FabricNode>().AsNoTracking().Where(n => n.Cluster == cluster).Select(n => new { n.Id, n.Versions })
            .ToDictionary(n => n.Id, n => rollout.Update.Versions.IsIn(n.Versions));
        var machines = db.Set<VirtualMachine>().AsNoTracking().Where(m => m.Cluster == cluster)
            .Select(m => new { m.SubscriptionId, m.Name, m.Spec }).AsEnumerable()
            .ToDictionary(m => VirtualMachine.KeyOf(m.SubscriptionId, m.Name), m => Tenancy.OfMachine(m.SubscriptionId, m.Name, m.Spec.AvailabilitySet), StringComparer.Ordinal);
        var deployments = db.Set<Deployment>().AsNoTracking().Where(d => d.Cluster == cluster)
            .Select(d => new { d.Id, d.SubscriptionId, d.Service, d.Slot }).ToDictionary(d => d.Id.Value, StringComparer.Ordinal);
        foreach (var i in db.Set<FabricInstance>().AsNoTracking().Where(i => i.Cluster == cluster && i.Node != null)
            .Select(i => new { i.Id, i.Owner, i.Name, i.Node, i.LastMaintenance }))
        {
            var tenancy = machines.GetValueOrDefault(i.Owner)
                ?? (deployments.TryGetValue(i.Owner, out var d) ? Tenancy.OfRole(d.SubscriptionId, d.Service, d.Slot, i.Name) : null);
            if (tenancy is not null)
            {
                yield return (tenancy.Subscription, PlannedNotices.Look(
                    rollout.Update, rollout.CreatedAt, nodes.GetValueOrDefault(i.Node!.Value), i.LastMaintenance,
                    new AffectedResource(i.Id, cluster, tenancy.Path, tenancy.Within, AffectedState.Pending)));
            }
        }
    }
}
