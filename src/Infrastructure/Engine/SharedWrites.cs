// What does a turn do to state that clusters share: quotas, loads, pins, other clusters' inboxes, rollouts?
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Rollouts;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Writes what clusters share.</summary>
internal static class SharedWrites
{
    /// <summary>Does one of them, in the unit in which the turn is written.</summary>
    public static void Do(UnitOfWork unit, PlacementDesk desk, ClusterId cluster, SharedEffect shared, Instant now)
    {
        switch (shared)
        {
            case SharedEffect.HandOver h:
                desk.HandOver(unit, cluster, h, now);
                break;
            case SharedEffect.RolloutReported r:
                RolloutDesk.Reported(unit, desk, r.Rollout, r.Report, now);
                break;
            case SharedEffect.SelfServiceEnded s:
                RolloutDesk.SelfServiceEnded(unit, desk, s.Rollout, now);
                break;
            case SharedEffect.Follow f:
                desk.Follow(unit, f.Request, now);
                break;
            case SharedEffect.Landed l:
                PlacementDesk.Hold(unit, cluster, -l.Cores, 0);
                break;
            case SharedEffect.ReleaseQuota q:
                PlacementDesk.Release(unit, q.Subscription, q.Taken);
                break;
            case SharedEffect.ReleaseVips v:
                PlacementDesk.Hold(unit, cluster, 0, -v.Count);
                break;
            case SharedEffect.SettlePin p:
                if (unit.Find<PinRow>(p.Pin) is { Settled: false } pin)
                {
                    pin.Settled = true;
                    unit.Upsert(pin);
                }

                break;
            case SharedEffect.ReleasePin p:
                PlacementDesk.ReleasePin(unit, p.Pin);
                break;
        }
    }
}
