// What is installed on a cluster's nodes, and the push under way: which nodes are done, which are not, and what it waits for (L4).
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Features.Bundles;

/// <param name="Nodes">How many nodes have these versions.</param>
public sealed record InstalledView(VersionsView Versions, int Nodes);

public sealed record FailedInstallView(string Node, string Why);

public sealed record PushOverrideView(string By, string Reason, Instant At);

/// <param name="Done">How many nodes have what is installed.</param>
/// <param name="UnderWay">Nodes on which it is being installed.</param>
/// <param name="Blocker">What keeps it from the next node; absent while nothing does.</param>
/// <param name="Override">The order to go on regardless; absent where there is none.</param>
public sealed record PushView(
    string Bundle, VersionsView Versions, string Operation, int MaxConcurrentNodes, Instant BeganAt, int Done,
    IReadOnlyList<string> UnderWay, IReadOnlyList<FailedInstallView> Failed, int Waiting, BlockerView? Blocker, PushOverrideView? Override);

/// <param name="Baseline">What a node gets that is provisioned now.</param>
/// <param name="Installed">Which versions are on how many nodes; those of the fabric controller left aside.</param>
/// <param name="Push">The push under way; absent for none.</param>
public sealed record ClusterBundleView(VersionsView Baseline, IReadOnlyList<InstalledView> Installed, PushView? Push);

public static class ReadClusterBundle
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapRead("/fabric/clusters/{cluster}/bundle", async (call, db, cancel) =>
            ReadClusters.FindCluster(call) is { } cluster
                ? Reply.Ok(await ViewAsync(call, db, cluster.Id, cancel))
                : Refusals.NotFound("such cluster"))
        .Needs(Access.Operator)
        .Answers<ClusterBundleView>()
        .Named("GetClusterBundle", Tags.Fabric, "What is installed on a cluster's nodes, and the push under way");

    private static async Task<ClusterBundleView> ViewAsync(Call call, RdfeDbContext db, ClusterId cluster, CancellationToken cancel)
    {
        var catalogue = ReadClusters.Catalogue(call);
        var row = await db.Set<ClusterBundlesRow>().FirstOrDefaultAsync(b => b.Cluster == cluster, cancel);
        var bundles = row is null
            ? new ClusterBundles { Installed = catalogue.Bundles.FirstVersions }
            : StoreJson.Read<ClusterBundles>(row.Json);
        var nodes = (await db.Set<FabricNode>().Where(n => n.Cluster == cluster).ToListAsync(cancel))
            .FindAll(n => catalogue.Topology.Find(n.Id) is { FcReserved: false });
        var installed = nodes.Where(n => n.Versions is not null).GroupBy(n => n.Versions!)
            .Select(g => new InstalledView(VersionsView.Of(g.Key)!, g.Count())).OrderByDescending(i => i.Nodes).ToList();
        return new ClusterBundleView(VersionsView.Of(bundles.Installed)!, installed, bundles.Push is { } push ? View(call, push, nodes) : null);
    }

    private static PushView View(Call call, BundlePush push, List<FabricNode> nodes)
    {
        var done = nodes.Count(n => push.Versions.IsIn(n.Versions));
        var underWay = nodes.Where(n => n.Install is not null).Select(n => n.Id.Value).Order(StringComparer.Ordinal).ToList();
        var waiting = nodes.Count(n => n.Install is null && !push.Versions.IsIn(n.Versions) && !push.HasFailedOn(n.Id));
        return new PushView(
            push.Bundle, VersionsView.Of(push.Versions)!, call.Absolute($"/fabric/operations/{push.Operation}"), push.MaxConcurrentNodes,
            push.BeganAt, done, underWay, [.. push.Failed.Select(f => new FailedInstallView(f.Node.Value, f.Why))], waiting,
            BlockerView.Of(push.Blocker), push.Override is { } o ? new PushOverrideView(o.By, o.Reason, o.At) : null);
    }
}
