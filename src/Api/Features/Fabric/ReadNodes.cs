// What the operator sees of a node: its place in provisioning (F3), its hardware, its goal state (P5) and what runs on it.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.Bundles;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.HostUpdates;
using Rdfe.Api.Features.Rollouts;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Infrastructure.Time;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Api.Features.Fabric;

/// <summary>Cores to the hundredth.</summary>
public sealed record ResourcesView(decimal Cores, long MemoryMib, long LocalDiskGib, long NetworkMbps)
{
    public static ResourcesView Of(Resources r) => new(r.Cores / 100m, r.MemoryMib, r.LocalDiskGib, r.NetworkMbps);
}

/// <param name="Maintenance">What maintenance it can do.</param>
public sealed record HardwareView(string Profile, string Family, ResourcesView Total, HardwareMaintenance Maintenance);

public sealed record NodeInstanceView(
    string Id, string Name, InstanceKind Kind, string Role, string Owner, string Size, int UpdateDomain, InstancePhase Phase,
    Instant PhaseSince, PowerGoal Power, string? Dip, string? GuestAgentVersion, string? GuestOs);

public sealed record GoalInstanceView(
    string Id, InstanceKind Kind, string Image, string? GuestOs, ResourcesView Needs, string? Dip, PowerGoal Power,
    int BootGeneration, int ImageGeneration, int ConfigGeneration, string? GuestAgentVersion);

/// <summary>What the node shall be (P5): its agent drives towards it, and refuses an older generation.</summary>
public sealed record GoalStateView(
    long Generation, string? HostOs, string? Owner, IReadOnlyList<GoalInstanceView> Instances);

/// <summary>What is to be said of a node's health (H1).</summary>
/// <param name="SilentSince">Last heartbeat of its agent, while it is silent.</param>
/// <param name="Why">What is wrong, for people.</param>
/// <param name="Blocker">What keeps it from being repaired.</param>
/// <param name="CopiesLeftBehind">Instances that were moved away while nobody could stop them here: their disks' leases are gone.</param>
public sealed record NodeHealthView(
    NodeTrouble Trouble, Instant Since, Instant? SilentSince, string? Why, BlockerView? Blocker, IReadOnlyList<string> CopiesLeftBehind);

/// <param name="Health">Absent while there is nothing to say.</param>
/// <param name="Reserved">True for a node of the fabric controller: nothing is placed on it.</param>
/// <param name="DedicatedTo">The dedicated host that it is; absent on shared nodes.</param>
/// <param name="Versions">What is on it, as far as is known (F5); guestAgent is what its next guest gets.</param>
/// <param name="Installing">What is being installed on it; absent where nothing is.</param>
/// <param name="Maintenance">The maintenance that is under way on it; absent where none is.</param>
/// <param name="Staging">What it fetches before its turn, or holds; in lists only where it has begun with that.</param>
/// <param name="LastMaintenance">How its last maintenance ended; absent before the first.</param>
/// <param name="Prediction">Whether it is likely to fail, and why; absent while it has reported no signals since it was provisioned.</param>
/// <param name="GoalState">Absent in lists.</param>
/// <param name="Instances">Absent in lists.</param>
public sealed record NodeView(
    string Name,
    string Cluster,
    string Rack,
    int FaultDomain,
    NodeState State,
    int Attempt,
    Instant Since,
    Instant? Deadline,
    string? LastFailure,
    HardwareView Hardware,
    ResourcesView Used,
    ResourcesView Free,
    int InstanceCount,
    bool Reserved,
    string? DedicatedTo,
    string? HostOs,
    VersionsView? Versions,
    VersionsView? Installing,
    NodeMaintenanceView? Maintenance,
    NodeStagingView? Staging,
    PastNodeMaintenanceView? LastMaintenance,
    string? Operation,
    NodeHealthView? Health,
    NodePredictionView? Prediction,
    GoalStateView? GoalState,
    IReadOnlyList<NodeInstanceView>? Instances);

public static class ReadNodes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/fabric/clusters/{cluster}/nodes", async (call, db, cancel) =>
            {
                var page = Page.Read(call);
                var (state, rack) = (State(call), call.Http.Request.Query["rack"].ToString());
                if (ReadClusters.FindCluster(call) is not { } cluster)
                {
                    return Refusals.NotFound("such cluster");
                }

                return call.Errors.Count > 0
                    ? BodyBinder.Invalid(call.Errors)
                    : Reply.Ok(await ListAsync(call, db, cluster, page, state, rack, cancel));
            })
            .WithMetadata(new Lists())
            .Needs(Access.Operator)
            .Answers<Listing<NodeView>>()
            .Named("ListNodes", Tags.Fabric, "List a cluster's nodes")
            .WithMetadata(new Filter("state", "Only nodes in this state, such as ready."))
            .WithMetadata(new Filter("rack", "Only nodes of this rack."));

        routes.MapRead("/fabric/nodes/{node}", async (call, db, cancel) =>
            {
                var id = new NodeId(call.Segment("node").ToLowerInvariant());
                var topology = ReadClusters.Catalogue(call).Topology;
                return topology.Find(id) is { } hardware
                    && await db.Set<FabricNode>().FirstOrDefaultAsync(n => n.Id == id, cancel) is { } node
                        ? Reply.Ok(await DetailAsync(call, db, hardware, node, cancel))
                        : Refusals.NotFound("such node");
            })
            .Needs(Access.Operator)
            .Answers<NodeView>()
            .Named("GetNode", Tags.Fabric, "Read a node: state, hardware, goal state, instances");
    }

    private static NodeState? State(Call call)
    {
        if (!call.Http.Request.Query.TryGetValue("state", out var asked))
        {
            return null;
        }

        foreach (var state in Enum.GetValues<NodeState>().Where(s => Wire.EnumName(s) == asked))
        {
            return state;
        }

        call.Error("state", $"state is one of {string.Join(", ", Enum.GetValues<NodeState>().Select(Wire.EnumName))}.");
        return null;
    }

    private static async Task<Listing<NodeView>> ListAsync(
        Call call, RdfeDbContext db, Cluster cluster, Page page, NodeState? state, string rack, CancellationToken cancel)
    {
        // Sorted by id as text in both: the topology knows racks and hardware, the store knows states.
        var states = (await db.Set<FabricNode>().Where(n => n.Cluster == cluster.Id).ToListAsync(cancel)).ToDictionary(n => n.Id);
        var nodes = cluster.Racks
            .Where(r => rack.Length == 0 || Is(r.Id.Value, rack) || Is(r.Id.Value, $"{cluster.Id}-{rack}"))
            .SelectMany(r => r.Nodes)
            .Where(n => string.CompareOrdinal(n.Id.Value, page.After) > 0
                && states.TryGetValue(n.Id, out var s) && (state is null || s.State == state))
            .OrderBy(n => n.Id.Value, StringComparer.Ordinal).Take(page.Top + 1).ToList();
        var ids = nodes.ConvertAll(n => (NodeId?)n.Id);
        var instances = (await db.Set<FabricInstance>().Where(i => ids.Contains(i.Node)).ToListAsync(cancel)).ToLookup(i => i.Node);
        var staging = ClusterRollouts.StagingIn(db, cluster.Id);
        return page.Of(call, nodes, n => n.Id.Value, n => View(call, n, states[n.Id], [.. instances[n.Id]], null, null, staging, null));
    }

    private static async Task<NodeView> DetailAsync(
        Call call, RdfeDbContext db, Node hardware, FabricNode node, CancellationToken cancel)
    {
        var instances = await db.Set<FabricInstance>().Where(i => i.Node == node.Id).OrderBy(i => i.Id).ToListAsync(cancel);
        var owners = instances.Select(i => new DeploymentId(i.Owner)).Distinct().ToList();
        var deployments = await db.Set<Deployment>().Where(d => owners.Contains(d.Id)).ToListAsync(cancel);
        var goal = Goal(ReadClusters.Catalogue(call).Topology, node, instances, deployments);
        var staging = ClusterRollouts.StagingIn(db, node.Cluster);
        return View(
            call, hardware, node, instances,
            new GoalStateView(goal.Generation, goal.HostOs, goal.Owner,
                [.. goal.Instances.Select(i => new GoalInstanceView(
                    i.Id.Value, i.Kind, i.Image, i.GuestOs, ResourcesView.Of(i.Needs), i.Dip?.ToString(), i.Power, i.Boot,
                    i.ImageGeneration, i.Config, i.GuestAgent))]),
            [.. instances.Select(i => new NodeInstanceView(
                i.Id.Value, i.Name, i.Kind, i.Role, i.Owner, i.Size, i.UpdateDomain, i.Phase, i.PhaseSince, i.Power, i.Dip?.ToString(),
                i.GuestAgent, i.GuestOs))],
            staging, staging is null ? null : WaitOf(call, db, node, staging));
    }

    // What a node waits for depends on those before it, so it is asked of all of them, by the controller's own rule.
    private static Blocker? WaitOf(Call call, RdfeDbContext db, FabricNode node, ClusterStaging staging)
    {
        if (node.Staging is not (null or { Stage: StagingStage.Retrying }))
        {
            return null;
        }

        var topology = ReadClusters.Catalogue(call).Topology;
        var state = new ClusterState(topology, topology.Find(node.Cluster)!, "");
        foreach (var other in db.Set<FabricNode>().AsNoTracking().Where(n => n.Cluster == node.Cluster).AsEnumerable().Where(n => topology.Find(n.Id) is not null))
        {
            state.Put(other);
        }

        state.Staging.Present = staging;
        state.Rollout = ClusterRollouts.Find(db, node.Cluster);
        return StagingReport.WaitOf(state, node, call.Http.RequestServices.GetRequiredService<FabricSettings>().Maintenance.Staging);
    }

    // The goal state is derived from what is placed (P5), here from rows by the same rule as in the controller.
    private static NodeGoal Goal(
        FabricTopology topology, FabricNode node, List<FabricInstance> instances, List<Deployment> deployments)
    {
        var state = new ClusterState(topology, topology.Find(node.Cluster)!, node.HostOs ?? "");
        state.Put(node);
        instances.ForEach(state.Put);
        deployments.ForEach(state.Put);
        return GoalStates.Of(state, node.Id);
    }

    private static NodeView View(
        Call call, Node hardware, FabricNode node, List<FabricInstance> instances, GoalStateView? goal,
        IReadOnlyList<NodeInstanceView>? listed, ClusterStaging? staging, Blocker? wait)
    {
        var used = instances.Exists(i => i.Isolated)
            ? hardware.Total
            : instances.Aggregate(Resources.None, (sum, i) => sum + i.Needs);
        return new NodeView(
            node.Id.Value, node.Cluster.Value, hardware.Rack.Value, hardware.FaultDomain, node.State, node.Attempt, node.Since,
            node.Deadline, node.LastFailure,
            new HardwareView(hardware.Hardware.Name, hardware.Family, ResourcesView.Of(hardware.Total), hardware.Hardware.Maintenance),
            ResourcesView.Of(used), ResourcesView.Of(hardware.Total - used), instances.Count, hardware.FcReserved, node.Owner,
            node.HostOs, VersionsView.Of(node.Versions), VersionsView.Of(node.Install?.Versions),
            NodeMaintenanceView.Of(node),
            NodeStagingView.Of(
                node, staging, wait, call.Http.RequestServices.GetRequiredService<FabricSettings>().Maintenance.Staging,
                call.Http.RequestServices.GetRequiredService<FabricClock>().Now),
            PastNodeMaintenanceView.Of(node),
            node.Operation is { } operation ? call.Absolute($"/fabric/operations/{operation}") : null,
            node.Health is { } h
                ? new NodeHealthView(
                    h.Trouble, h.Since, h.SilentSince, h.Why,
                    // The operator sees everything, so nothing has to be looked up.
                    BlockerView.Of(h.Blocker),
                    [.. node.Ghosts.Select(g => g.Instance.Value)])
                : null,
            NodePredictionView.Of(
                node, call.Http.RequestServices.GetRequiredService<FabricClock>().Now,
                call.Http.RequestServices.GetRequiredService<FabricSettings>().Prediction),
            goal, listed);
    }

    private static bool Is(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
