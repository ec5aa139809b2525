// W3: what owners shall be told of is written in the commit that makes it true, so that nothing that happened is lost by a crash,
// and nothing is told that was not committed.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Webhooks;

/// <summary>Queues deliveries.</summary>
internal static class WebhookOutbox
{
    /// <summary>What a turn did, for every webhook that wants to know.</summary>
    public static void Queue(UnitOfWork unit, Turn turn, IdSource ids)
    {
        if (turn.Notices.Count + turn.Pending.Count == 0)
        {
            return;
        }

        var owners = turn.Notices.Select(n => n.Subscription).Concat(turn.Pending.Select(p => p.Subscription)).Distinct().ToList();
        var hooks = unit.Db.Set<WebhookRow>().AsNoTracking().Where(w => owners.Contains(w.SubscriptionId)).ToList()
            .ToLookup(w => w.SubscriptionId);
        foreach (var pending in turn.Pending)
        {
            Queue(unit, hooks[pending.Subscription], WebhookKinds.MaintenancePending, turn.Now, StoreJson.Write(pending), ids);
        }

        foreach (var change in turn.Notices)
        {
            Queue(unit, hooks[change.Subscription], WebhookKinds.Of(change.Step), turn.Now, StoreJson.Write(change.Notice), ids);
        }
    }

    private static void Queue(UnitOfWork unit, IEnumerable<WebhookRow> hooks, string kind, Instant at, string json, IdSource ids)
    {
        foreach (var hook in hooks.Where(h => h.Wants(kind)))
        {
            unit.Insert(new WebhookDeliveryRow
            {
                Id = unit.NextSequence<WebhookDeliveryRow>(r => r.Id),
                SubscriptionId = hook.SubscriptionId,
                Webhook = hook.NameKey,
                DeliveryId = ids.NextGuid().ToString(),
                Kind = kind,
                At = at,
                Json = json,
            });
        }
    }
}
