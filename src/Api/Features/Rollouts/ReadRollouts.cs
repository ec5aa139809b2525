// A rollout as it stands, with how far each cluster has come (M6): read off the nodes, so that it can't disagree with them.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Rollouts;

public static class ReadRollouts
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/fabric/rollouts/{name}", async (call, db, cancel) =>
            {
                var key = call.Name("name").ToLowerInvariant();
                if (await db.Set<RolloutRow>().SingleOrDefaultAsync(r => r.NameKey == key, cancel) is not { } row)
                {
                    return Refusals.NotFound("such rollout");
                }

                var view = View(call, db, StoreJson.Read<Rollout>(row.Json));
                return Reply.Ok(view, view.Etag);
            })
            .Needs(Access.Operator)
            .Answers<RolloutView>()
            .Named("GetRollout", Tags.Fabric, "A rollout of a host update, and how far each cluster has come");

        routes.MapList("/fabric/rollouts", async (call, db, page, cancel) =>
            {
                var after = page.After;
                var rows = await db.Set<RolloutRow>().Where(r => string.Compare(r.NameKey, after) > 0)
                    .OrderBy(r => r.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                return page.Of(call, rows, r => r.NameKey, r => View(call, db, StoreJson.Read<Rollout>(r.Json)));
            })
            .Needs(Access.Operator)
            .Answers<Listing<RolloutView>>()
            .Named("ListRollouts", Tags.Fabric, "Rollouts of host updates");
    }

    internal static RolloutView View(Call call, RdfeDbContext db, Rollout rollout)
    {
        var clusters = rollout.Clusters.Select(c => c.Cluster).ToList();
        var topology = ReadClusters.Catalogue(call).Topology;
        var nodes = db.Set<FabricNode>().AsNoTracking().Where(n => clusters.Contains(n.Cluster)).AsEnumerable()
            .Where(n => n.State != NodeState.Decommissioned && topology.Find(n.Id) is { FcReserved: false }).ToLookup(n => n.Cluster);
        var now = db.Set<ClusterRolloutRow>().AsNoTracking().Where(r => clusters.Contains(r.Cluster)).AsEnumerable()
            .ToDictionary(r => r.Cluster, r => StoreJson.Read<ClusterRollout>(r.Json));
        var settings = call.Http.RequestServices.GetRequiredService<FabricSettings>().Maintenance.Staging;
        var staging = db.Set<ClusterStagingRow>().AsNoTracking().Where(s => clusters.Contains(s.Cluster)).AsEnumerable()
            .Select(s => (s.Cluster, Staging: StoreJson.Read<ClusterStaging>(s.Json)))
            .Where(s => s.Staging.Rollout == rollout.Name && topology.Find(s.Cluster) is not null)
            .ToDictionary(s => s.Cluster, s => ClusterStagingView.Of(s.Staging, topology.Find(s.Cluster)!, [.. nodes[s.Cluster]], settings));
        return RolloutView.Of(rollout, now, nodes, staging, call);
    }
}
