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

namespace Rdfe.Infrastructure.Tests.Engine;

internal static class Rollouts
{
    public static readonly RolloutStage All = new("all", null, 1, Duration.Zero);

    public static OperationId RollOut(this Story story, HostUpdate update, Func<RolloutSpec, RolloutSpec>? asked = null, ApprovedOrder? approved = null)
    {
        var town = story.Town;
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
        spec = asked?.Invoke(spec) ?? spec;
        var waves = RolloutWave.Of(spec, town.Catalogue.Topology);
        var operation = Operation.Accept(
            town.NextOperation(), null, OperationKinds.RollOut, "/fabric/rollouts/r", null, waves.Select(w => w.Stage).Distinct(), 0, town.Clock.Now);
        town.Commit(unit =>
        {
            unit.Upsert(operation.ToRow());
            RolloutDesk.Save(unit, town.Desk, Conducting.Begin(new Rollout
            {
                Name = "r",
                Spec = spec,
                Update = update,
                Waves = waves,
                Operation = operation.Id,
                Orders = approved is null ? [] : [approved],
                CreatedAt = town.Clock.Now,
            }), town.Clock.Now);
        });
        return operation.Id;
    }

    public static Rollout Rollout(this Story story) => StoreJson.Read<Rollout>(story.Town.One<RolloutRow>(r => r.NameKey == "r").Json);

    public static void Order(this Story story, Func<Rollout, Instant, Conducted> order) => story.Town.Commit(unit =>
        RolloutDesk.Save(unit, story.Town.Desk, order(RolloutDesk.Find(unit, "r")!, story.Town.Clock.Now), story.Town.Clock.Now));

    public static ClusterRollout InCluster(this Story story) =>
        StoreJson.Read<ClusterRollout>(story.Town.One<ClusterRolloutRow>(r => r.Cluster == story.Cluster).Json);

    /// <summary>Nodes of the story's cluster that a rollout is for.</summary>
    public static List<FabricNode> RolloutNodes(this Story story, ClusterId? cluster = null) =>
        [.. story.Town.All<FabricNode>().Where(n => n.Cluster == (cluster ?? story.Cluster)
            && !story.Town.Catalogue.Topology.Find(n.Id)!.FcReserved && n.State != NodeState.Decommissioned)];

    public static int Updated(this Story story, HostUpdate update, ClusterId? cluster = null) =>
        story.RolloutNodes(cluster).Count(n => update.Versions.IsIn(n.Versions));

    public static string What(this Story story) => string.Join('\n', story.Log.Where(e => !e.Kind.StartsWith("instancePhase", StringComparison.Ordinal)
        && e.Kind is not "networkProgrammed" and not "maintenancePhase").Select(e => $"{e.Seconds,8:0} {e.Kind} {e.Subject}: {e.Data}"));
}
