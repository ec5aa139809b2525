// What the operator sees of regions and clusters: nodes per state, what is used of what, and whether the controller works.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Api.Features.Fabric;

public sealed record RegionView(string Name, string Geo, string Pair, IReadOnlyList<string> Clusters);

/// <summary>Virtual IP addresses of a cluster.</summary>
public sealed record VipFigures(long Used, long Allocatable);

/// <summary>Cores of a cluster; nodes of the fabric controller and nodes that are not ready do not count.</summary>
/// <param name="Used">What instances take.</param>
/// <param name="InFlight">What requests that its controller has not decided on will take.</param>
/// <param name="Allocatable">All that there is.</param>
public sealed record CoreFigures(decimal Used, decimal InFlight, decimal Allocatable);

/// <summary>A cluster's load (R5): the larger of its two shares is what clusters are ranked by.</summary>
/// <param name="InFlight">Requests that wait in its inbox.</param>
/// <param name="ClosedBecause">Why it takes nothing new; absent where it does.</param>
public sealed record LoadView(
    string Cluster, string Region, VipFigures Vips, CoreFigures Cores, int InFlight, double Load, string? ClosedBecause)
{
    public static LoadView Of(FabricCatalogue catalogue, ClusterLoadRow row, int inFlight)
    {
        var vips = Share(row.VipsUsed, row.VipsAllocatable);
        var cores = Share(row.CoresUsed + row.CoresInFlight, row.CoresAllocatable);
        return new(row.Cluster.Value, row.Region.Value, new(row.VipsUsed, row.VipsAllocatable),
            new(row.CoresUsed / 100m, row.CoresInFlight / 100m, row.CoresAllocatable / 100m), inFlight,
            Math.Round(Math.Max(vips, cores), 6), catalogue.WhyClosed(row.Cluster, row.Region));
    }

    private static double Share(long used, long all) => all > 0 ? (double)used / all : used > 0 ? 1 : 0;
}

/// <param name="Network">Of which generation the network between its nodes is: how fast images come to all of them.</param>
public sealed record ClusterView(
    string Name,
    string Region,
    string VipPool,
    string DipPool,
    NetworkGeneration Network,
    int ControllerReplicas,
    IReadOnlyList<string> Families,
    int Racks,
    IReadOnlyDictionary<string, int> Nodes,
    int Instances,
    LoadView Load,
    BrakesView Brakes);

/// <summary>What stops the cluster's controller (L2).</summary>
/// <param name="Braked">Whether the cascade brake holds: no healing, and no infrastructure work.</param>
/// <param name="Since">Since when it does.</param>
/// <param name="HumanInvestigate">Nodes in Human Investigate.</param>
/// <param name="Threshold">How many of them it takes.</param>
/// <param name="Blind">Whether so many nodes fell silent at once that nothing is healed.</param>
/// <param name="BlindSince">Since when.</param>
/// <param name="SilentNodes">How many fell silent then.</param>
/// <param name="Override">An operator's order to go on regardless, while it lasts.</param>
public sealed record BrakesView(
    bool Braked, Instant? Since, int HumanInvestigate, int Threshold, bool Blind, Instant? BlindSince, int SilentNodes,
    BrakeOverrideView? Override);

public static class ReadClusters
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapList("/fabric/regions", (call, _, page, _) => Task.FromResult<object>(page.Of(
                call,
                Catalogue(call).Topology.Regions.OrderBy(r => r.Id.Value, StringComparer.Ordinal)
                    .Where(r => string.CompareOrdinal(r.Id.Value, page.After) > 0).Take(page.Top + 1).ToList(),
                r => r.Id.Value,
                r => new RegionView(r.Id.Value, r.Geo.Value, r.Pair.Value, [.. r.Clusters.Select(c => c.Id.Value)]))))
            .Needs(Access.Operator)
            .Answers<Listing<RegionView>>()
            .Named("ListRegions", Tags.Fabric, "List regions");

        routes.MapList("/fabric/clusters", async (call, db, page, cancel) =>
            {
                var clusters = ClustersAfter(call, page);
                var views = await ViewsAsync(call, db, clusters, cancel);
                return page.Of(call, views, v => v.Name, v => v);
            })
            .Needs(Access.Operator)
            .Answers<Listing<ClusterView>>()
            .Named("ListClusters", Tags.Fabric, "List clusters");

        routes.MapRead("/fabric/clusters/{cluster}", async (call, db, cancel) =>
                FindCluster(call) is { } cluster
                && await ViewsAsync(call, db, [cluster], cancel) is [var view]
                    ? Reply.Ok(view)
                    : Refusals.NotFound("such cluster"))
            .Needs(Access.Operator)
            .Answers<ClusterView>()
            .Named("GetCluster", Tags.Fabric, "Read a cluster: nodes per state, load, instances");

        routes.MapList("/fabric/load", async (call, db, page, cancel) =>
            {
                var clusters = ClustersAfter(call, page);
                var loads = await LoadsAsync(Catalogue(call), db, clusters, cancel);
                return page.Of(call, clusters.Select(c => loads.GetValueOrDefault(c.Id)).OfType<LoadView>().ToList(), l => l.Cluster, l => l);
            })
            .Needs(Access.Operator)
            .Answers<Listing<LoadView>>()
            .Named("ListLoad", Tags.Fabric, "What is used of each cluster's VIPs and cores");
    }

    internal static FabricCatalogue Catalogue(Call call) => call.Http.RequestServices.GetRequiredService<FabricCatalogue>();

    internal static Cluster? FindCluster(Call call) =>
        Catalogue(call).Topology.Find(new ClusterId(call.Segment("cluster").ToLowerInvariant()));

    private static List<Cluster> ClustersAfter(Call call, Page page) =>
        [.. Catalogue(call).Topology.Clusters.OrderBy(c => c.Id.Value, StringComparer.Ordinal)
            .Where(c => string.CompareOrdinal(c.Id.Value, page.After) > 0).Take(page.Top + 1)];

    private static async Task<Dictionary<ClusterId, LoadView>> LoadsAsync(
        FabricCatalogue catalogue, RdfeDbContext db, IReadOnlyList<Cluster> clusters, CancellationToken cancel)
    {
        var ids = clusters.Select(c => c.Id).ToList();
        var waiting = await db.Set<InboxRow>().Where(i => ids.Contains(i.Cluster)).GroupBy(i => i.Cluster)
            .Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        return (await db.Set<ClusterLoadRow>().Where(r => ids.Contains(r.Cluster)).ToListAsync(cancel))
            .ToDictionary(r => r.Cluster, r => LoadView.Of(catalogue, r, waiting.GetValueOrDefault(r.Cluster)));
    }

    private static async Task<List<ClusterView>> ViewsAsync(
        Call call, RdfeDbContext db, IReadOnlyList<Cluster> clusters, CancellationToken cancel)
    {
        var ids = clusters.Select(c => c.Id).ToList();
        var loads = await LoadsAsync(Catalogue(call), db, clusters, cancel);
        var brakes = (await db.Set<ClusterHealthRow>().Where(h => ids.Contains(h.Cluster)).ToListAsync(cancel))
            .ToDictionary(h => h.Cluster, h => StoreJson.Read<ClusterHealth>(h.Json));
        var services = call.Http.RequestServices;
        var (settings, now) = (services.GetRequiredService<FabricSettings>().Health.Brakes, services.GetRequiredService<FabricClock>().Now);
        var states = (await db.Set<FabricNode>().Where(n => ids.Contains(n.Cluster)).GroupBy(n => new { n.Cluster, n.State })
                .Select(g => new { g.Key.Cluster, g.Key.State, Count = g.Count() }).ToListAsync(cancel))
            .ToLookup(g => g.Cluster);
        var instances = await db.Set<FabricInstance>().Where(i => ids.Contains(i.Cluster)).GroupBy(i => i.Cluster)
            .Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        return
        [
            .. clusters.Where(c => loads.ContainsKey(c.Id)).Select(c => new ClusterView(
                c.Id.Value, c.Region.Value, c.VipPool.ToString(), c.DipPool.ToString(), c.Network, c.ControllerReplicas, [.. c.Families],
                c.Racks.Length,
                Enum.GetValues<NodeState>().ToDictionary(
                    Wire.EnumName, s => states[c.Id].FirstOrDefault(g => g.State == s)?.Count ?? 0),
                instances.GetValueOrDefault(c.Id), loads[c.Id],
                Brakes(
                    brakes.GetValueOrDefault(c.Id, ClusterHealth.Fine), settings.ThresholdFor(states[c.Id].Sum(g => g.Count)),
                    states[c.Id].Where(g => g.State == NodeState.HumanInvestigate).Sum(g => g.Count), now))),
        ];
    }

    private static BrakesView Brakes(ClusterHealth h, int threshold, int investigated, Instant now) => new(
        h.BrakedSince is not null, h.BrakedSince, investigated, threshold, h.BlindSince is not null, h.BlindSince, h.SilentNodes,
        BrakeOverrideView.Of(h.Override, now));
}
