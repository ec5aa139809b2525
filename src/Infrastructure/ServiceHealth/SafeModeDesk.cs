// W4, L3: tenants with instances where nothing may change for now are told so, in the unit that says it. An operator's reason is
// not theirs to read.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.ServiceHealth;

/// <summary>Notices of safe mode.</summary>
public static class SafeModeDesk
{
    private const string Prefix = "safeMode/";

    /// <summary>Opens notices of scopes that are new, and closes those of scopes that are over.</summary>
    public static void Tell(UnitOfWork unit, FabricTopology topology, IReadOnlyCollection<string> scopes, Instant now, ServiceHealthSettings settings)
    {
        var open = unit.Db.Set<ServiceNoticeRow>().AsNoTracking().Where(r => r.Kind == NoticeKind.SafeMode && r.ClosedAt == null).AsEnumerable()
            .Select(r => r.Notice).ToList();
        foreach (var over in open.Where(n => !scopes.Contains(n.Cause[Prefix.Length..])))
        {
            var outcome = $"Changes are accepted again, after {NoticeWords.Span(now - over.OpenedAt)}. What runs went on running.";
            unit.Upsert(ServiceNoticeRow.Of((over with { State = NoticeState.Closed, EndedAt = now, ClosedAt = now, Outcome = outcome })
                .Said(now, outcome, settings, last: true)));
        }

        foreach (var scope in scopes.Where(s => open.TrueForAll(n => n.Cause != Prefix + s)).Order(StringComparer.Ordinal))
        {
            foreach (var (subscription, count) in Counts(unit, topology, scope))
            {
                unit.Upsert(ServiceNoticeRow.Of(new ServiceNotice
                {
                    Id = ServiceNotice.IdOf(subscription, Prefix + scope, now, 0),
                    Subscription = subscription,
                    Kind = NoticeKind.SafeMode,
                    Cause = Prefix + scope,
                    Title = "Changes are not accepted for now",
                    Sentence = $"Where {NoticeWords.Count(count, "instance")} of yours {(count == 1 ? "is" : "are")}, nothing may be created, changed or deleted for now. What runs goes on running; what was asked before waits.",
                    State = NoticeState.Active,
                    OpenedAt = now,
                    BeganAt = now,
                    AffectedCount = count,
                }.Said(now, "Changes are not accepted for now.", settings)));
            }
        }
    }

    private static List<(SubscriptionId Subscription, int Count)> Counts(UnitOfWork unit, FabricTopology topology, string scope)
    {
        var clusters = topology.Clusters.Where(c => SafeModeScopes.Around(c.Id, c.Region).Contains(scope)).Select(c => c.Id).ToHashSet();
        var owners = unit.Db.Set<VirtualMachine>().AsNoTracking().Select(m => new { m.SubscriptionId, m.Name }).AsEnumerable()
            .Select(m => (Key: VirtualMachine.KeyOf(m.SubscriptionId, m.Name), m.SubscriptionId))
            .Concat(unit.Db.Set<Deployment>().AsNoTracking().Select(d => new { d.Id, d.SubscriptionId }).AsEnumerable().Select(d => (d.Id.Value, d.SubscriptionId)))
            .ToDictionary(o => o.Item1, o => o.SubscriptionId, StringComparer.Ordinal);
        return [.. unit.Db.Set<FabricInstance>().AsNoTracking().Select(i => new { i.Owner, i.Cluster }).AsEnumerable()
            .Where(i => clusters.Contains(i.Cluster) && owners.ContainsKey(i.Owner))
            .GroupBy(i => owners[i.Owner]).OrderBy(g => g.Key).Select(g => (g.Key, g.Count()))];
    }
}
