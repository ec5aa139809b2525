// M5: the rollout in a cluster, as the store has it. Each node that it has begun with has a row of its own, and so has the
// plan's order: what is written for one node more is that node, however many went before it.
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Rollouts;

/// <summary>Reads and writes clusters' rollouts.</summary>
public static class ClusterRollouts
{
    /// <summary>The rollout in a cluster; null where there is none.</summary>
    public static ClusterRollout? Find(RdfeDbContext db, ClusterId cluster) =>
        db.Set<ClusterRolloutRow>().AsNoTracking().SingleOrDefault(r => r.Cluster == cluster) is not { } row
            ? null
            : StoreJson.Read<ClusterRollout>(row.Json) with
            {
                Order = db.Set<ClusterRolloutOrderRow>().AsNoTracking().SingleOrDefault(r => r.Cluster == cluster) is { } order
                    ? StoreJson.Read<ImmutableArray<NodeId>>(order.Json) : [],
                Touched =
                [
                    .. db.Set<ClusterRolloutNodeRow>().AsNoTracking().Where(r => r.Cluster == cluster).OrderBy(r => r.Number)
                        .Select(r => r.Json).AsEnumerable().Select(StoreJson.Read<NodeTouched>),
                ],
            };

    /// <summary>What a cluster's nodes fetch before their turn (F4); null where nothing is.</summary>
    public static ClusterStaging? StagingIn(RdfeDbContext db, ClusterId cluster) =>
        db.Set<ClusterStagingRow>().AsNoTracking().SingleOrDefault(s => s.Cluster == cluster) is { } row
            ? StoreJson.Read<ClusterStaging>(row.Json)
            : null;

    /// <summary>Writes what a turn has made of it.</summary>
    public static void Record(UnitOfWork unit, ClusterId cluster, ClusterRollout? before, ClusterRollout? now)
    {
        // All but a few of them are the very same records at both ends: hundreds of nodes were done long ago.
        var old = (before?.Touched ?? []).AsSpan();
        var present = (now?.Touched ?? []).AsSpan();
        while (!old.IsEmpty && !present.IsEmpty && ReferenceEquals(old[0], present[0]))
        {
            old = old[1..];
            present = present[1..];
        }

        while (!old.IsEmpty && !present.IsEmpty && ReferenceEquals(old[^1], present[^1]))
        {
            old = old[..^1];
            present = present[..^1];
        }

        var known = old.ToArray().ToDictionary(t => t.Number);
        foreach (var touched in present)
        {
            if (!known.Remove(touched.Number, out var was) || was != touched)
            {
                unit.Upsert(new ClusterRolloutNodeRow { Cluster = cluster, Number = touched.Number, Json = StoreJson.Write(touched) });
            }
        }

        foreach (var gone in known.Keys)
        {
            unit.Delete<ClusterRolloutNodeRow>(cluster, gone);
        }

        if (now is null)
        {
            unit.Delete<ClusterRolloutOrderRow>(cluster);
            unit.Delete<ClusterRolloutRow>(cluster);
            return;
        }

        if (before?.Order != now.Order)
        {
            unit.Upsert(new ClusterRolloutOrderRow { Cluster = cluster, Json = StoreJson.Write(now.Order) });
        }

        var head = now with { Order = [], Touched = [] };
        if (before is null || head != before with { Order = head.Order, Touched = head.Touched })
        {
            unit.Upsert(new ClusterRolloutRow { Cluster = cluster, Json = StoreJson.Write(head) });
        }
    }
}
