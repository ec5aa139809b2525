// Rollouts over the fabric of a story, as the operator's requests do it, and what came of them.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

internal static class Rollouts
{
    public static readonly RolloutStage All = new("all", null, 1, Duration.Zero);

    public static OperationId RollOut(this Story story, HostUpdate update, Func<RolloutSpec, RolloutSpec>? asked = null, ApprovedOrder? approved = null)
    {
        var spec = new RolloutSpec
        {
            HostUpdate = update.Name,
            Clusters = [story.Cluster],
            Stages = [All],
            MaxConcurrentNodes = 100,
            MaxFailures = 0,
            SelfService = Duration.Zero,
            Scheduled = Duration.FromDays(35),
        };
        return story.Town.BeginRollout("r", update, asked?.Invoke(spec) ?? spec, approved);
    }

    public static Rollout Rollout(this Story story) => StoreJson.Read<Rollout>(story.Town.One<RolloutRow>(r => r.NameKey == "r").Json);

    public static void Order(this Story story, Func<Rollout, Instant, Conducted> order) => story.Town.Commit(unit =>
        RolloutDesk.Save(unit, story.Town.Desk, order(RolloutDesk.Find(unit, "r")!, story.Town.Clock.Now), story.Town.Clock.Now));

    public static ClusterRollout InCluster(this Story story) =>
        ClusterRollouts.Find(story.Town.Read(), story.Cluster)!;

    /// <summary>Nodes of the story's cluster that a rollout is for.</summary>
    public static List<FabricNode> RolloutNodes(this Story story, ClusterId? cluster = null) =>
        [.. story.Town.All<FabricNode>().Where(n => n.Cluster == (cluster ?? story.Cluster)
            && !story.Town.Catalogue.Topology.Find(n.Id)!.FcReserved && n.State != NodeState.Decommissioned)];

    public static int Updated(this Story story, HostUpdate update, ClusterId? cluster = null) =>
        story.RolloutNodes(cluster).Count(n => update.Versions.IsIn(n.Versions));

    public static string What(this Story story) => string.Join('\n', story.Log.Where(e => !e.Kind.StartsWith("instancePhase", StringComparison.Ordinal)
        && e.Kind is not "networkProgrammed" and not "maintenancePhase").Select(e => $"{e.Seconds,8:0} {e.Kind} {e.Subject}: {e.Data}"));
}
