// F4 through the production engine: nodes fetch a rollout's image before their turn, as many at a time as their network bears.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "F4")]
public sealed class StagingTests
{
    private const int AtATime = 4;

    private static readonly HostUpdate Os = new()
    {
        Name = "os-120",
        Component = MaintainedComponent.HostOs,
        Version = "120.1",
        Image = "host-os-2014.10",
        NeedsHostReboot = true,
        LiveMigratable = false,
    };

    // A pipe of four strips of 400 Mbit/s: 2 GiB take 43 s.
    private static readonly FabricSettings Thin = new()
    {
        Notices = NoticeSettings.None,
        Maintenance = new MaintenanceSettings { Staging = new StagingSettings { RepositoryMbps = AtATime * 400 } },
    };

    [Fact]
    public void All_nodes_fetch_it_in_the_order_of_the_plan_as_many_at_a_time_as_the_network_bears_and_nobody_feels_it()
    {
        using var story = Story.Running(count: 6, settings: Thin);
        OneAndThenTheRest(story);

        for (var step = 0; step < 200 && Staging(story).DoneAt is null; step++)
        {
            story.After(Duration.FromSeconds(5));
            var fetching = story.RolloutNodes().Where(n => n.Staging is { Stage: StagingStage.Fetching } || n.Maintenance is { Stage: MaintenanceStage.Staging }).ToList();
            Assert.InRange(fetching.Count, 0, AtATime);
            Assert.InRange(story.RolloutNodes().Count(n => n.Maintenance is not null), 0, 1);
        }

        var nodes = story.RolloutNodes();
        var canary = Assert.Single(nodes, n => n.Staging is null);
        Assert.All(nodes.Where(n => n != canary), n => Assert.True(n.Staging is { Stage: StagingStage.Staged, Image: "host-os-2014.10", Attempt: 1, StagedAt: not null }, $"{n.Id}: {n.Staging}"));
        var order = story.InCluster().Order.ToList();
        Assert.Equal(
            order.Where(id => id != canary.Id),
            nodes.Where(n => n != canary).OrderBy(n => n.Staging!.BeganAt).ThenBy(n => order.IndexOf(n.Id)).Select(n => n.Id));
        // Five rounds of four, one of which is the canary's own.
        var took = Staging(story).DoneAt!.Value - Staging(story).BeganAt;
        Assert.InRange(took, Duration.FromMinutes(3), Duration.FromMinutes(8));
        Assert.All(story.All.Where(i => i.Node != canary.Id), i => Assert.Equal((Before(story, i).BootGeneration, true), (i.BootGeneration, i.IsHealthy)));
        Assert.Contains("stagingDone", story.Kinds);
    }

    [Fact]
    public void A_node_that_holds_it_begins_its_turn_with_it_and_forgets_it_once_it_has_booted_into_it()
    {
        using var story = Story.Running(count: 6, settings: Thin);
        OneAndThenTheRest(story, bake: Duration.FromHours(2));
        story.Until(() => Staging(story).DoneAt is not null);
        var holding = story.RolloutNodes().Where(n => n.Staging is not null).Select(n => n.Id).ToList();
        Assert.Equal(story.RolloutNodes().Count - 1, holding.Count);
        Assert.All(holding, n => Assert.True(story.Town.Hosts.HeldBy(n) is { Until: null, Image: "host-os-2014.10" }));

        story.Until(() => story.RolloutNodes().Any(n => holding.Contains(n.Id) && n.Maintenance is { Stage: MaintenanceStage.Working }), Duration.FromSeconds(30));
        var turn = story.RolloutNodes().First(n => holding.Contains(n.Id) && n.Maintenance is { Stage: MaintenanceStage.Working }).Maintenance!;
        Assert.Equal((MaintenancePhase.Staged, turn.BeganAt), (turn.Phases[0].Phase, turn.Phases[0].At));
        var whole = Rdfe.Domain.Maintenance.Technologies.Reboot.Of(Thin.Maintenance);
        Assert.Equal((true, whole.Duration - whole.Fetch), (turn.Choice.IsStaged, turn.Choice.NodeTakes));

        story.After(Duration.FromHours(6));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        NothingIsLeft(story);
    }

    [Fact]
    public void What_can_not_be_fetched_is_tried_again_ever_later_and_then_left_to_the_nodes_own_turn()
    {
        using var story = Story.Running(count: 3, settings: Thin);
        OneAndThenTheRest(story, bake: Duration.FromHours(2));
        story.After(Duration.FromSeconds(10));
        var bad = story.InCluster().Order[^1];
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Node, bad.Value, parameters: new FaultParameters { Phase = "staging" });

        story.Until(() => Node(story, bad).Staging is { Stage: StagingStage.Retrying });
        Assert.Equal("the image could not be fetched", Node(story, bad).Staging!.Why);
        story.Until(() => Node(story, bad).Staging is { Stage: StagingStage.GivenUp });
        var tries = story.Log.Where(e => e.Subject == bad.Value && e.Kind is "stagingFailed" or "stagingGivenUp" && e.Subject == bad.Value).ToList();
        Assert.Equal(["stagingFailed", "stagingFailed", "stagingFailed", "stagingGivenUp"], tries.Select(t => t.Kind));
        var pauses = tries.Zip(tries.Skip(1), (a, b) => b.Seconds - a.Seconds).ToList();
        Assert.InRange(pauses[0], 300, 400);
        Assert.InRange(pauses[1], 600, 700);
        Assert.InRange(pauses[2], 1200, 1300);

        story.Heal();
        story.Until(() => Node(story, bad).Maintenance is { Stage: MaintenanceStage.Working }, Duration.FromSeconds(30));
        Assert.Equal(MaintenancePhase.Staging, Node(story, bad).Maintenance!.Phases[0].Phase);
        story.After(Duration.FromHours(6));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        NothingIsLeft(story);
    }

    [Theory, Trait("spec", "H1")]
    [InlineData(FaultKind.PowerLoss)]
    [InlineData(FaultKind.Partition)]
    [InlineData(FaultKind.HostAgentCrash)]
    public void A_node_that_goes_down_as_it_fetches_fetches_when_it_is_back_and_the_others_are_not_held_up(FaultKind kind)
    {
        using var story = Story.Running(count: 3, settings: Thin);
        OneAndThenTheRest(story, bake: Duration.FromHours(5));
        story.Until(() => story.RolloutNodes().Any(n => n.Staging is { Stage: StagingStage.Fetching }), Duration.FromSeconds(5));
        var struck = story.RolloutNodes().First(n => n.Staging is { Stage: StagingStage.Fetching }).Id;
        story.Strike(kind, FaultScope.Node, struck.Value, Duration.FromMinutes(20));

        story.After(Duration.FromMinutes(4));
        Assert.NotEqual(StagingStage.Staged, Node(story, struck).Staging?.Stage);
        story.After(Duration.FromMinutes(11));
        Assert.InRange(story.RolloutNodes().Count(n => n.Id != struck && n.Staging is { Stage: StagingStage.Staged }), story.RolloutNodes().Count - 2, story.RolloutNodes().Count);
        story.After(Duration.FromHours(3));
        Assert.True(Node(story, struck).Staging is { Stage: StagingStage.Staged }, $"{Node(story, struck).Staging}\n{story.What()}");
    }

    [Theory, Trait("spec", "F2")]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(90)]
    public void A_controller_that_dies_in_the_middle_goes_on_with_it(int seconds)
    {
        var story = Story.Running(count: 3, settings: Thin);
        OneAndThenTheRest(story, bake: Duration.FromHours(5));
        story.After(Duration.FromSeconds(seconds));
        var before = story.RolloutNodes().Count(n => n.Staging is { Stage: StagingStage.Fetching });
        story.Restart();
        using (story)
        {
            Assert.InRange(before, 1, AtATime);
            story.Until(() => Staging(story).DoneAt is not null);
            Assert.Equal(story.RolloutNodes().Count - 1, story.RolloutNodes().Count(n => n.Staging is { Stage: StagingStage.Staged, Attempt: 1 }));
            story.Order(Conducting.Cancel);
            story.Restart();
            story.After(Duration.FromHours(1));
            NothingIsLeft(story);
        }
    }

    [Theory]
    [InlineData(60)]
    [InlineData(3000)]
    public void What_a_canceled_rollout_has_staged_is_forgotten_and_the_next_one_brings_its_own(int seconds)
    {
        using var story = Story.Running(count: 3, settings: Thin);
        OneAndThenTheRest(story, bake: Duration.FromHours(5));
        story.After(Duration.FromSeconds(seconds));
        Assert.Contains(story.RolloutNodes(), n => n.Staging is not null);
        story.Order(Conducting.Cancel);
        story.After(Duration.FromHours(1));
        NothingIsLeft(story);

        var next = Os with { Name = "os-121", Version = "121.1", Image = "host-os-2014.11" };
        story.Town.BeginRollout("r2", next, Spec(story, next, Duration.FromHours(5)));
        story.After(Duration.FromHours(1));
        Assert.Equal(story.RolloutNodes().Count - 1, story.RolloutNodes().Count(n => n.Staging is { Stage: StagingStage.Staged, Image: "host-os-2014.11" }));
        Assert.All(story.RolloutNodes().Where(n => n.Staging is not null), n => Assert.Equal("host-os-2014.11", story.Town.Hosts.HeldBy(n.Id)?.Image));
    }

    [Fact, Trait("spec", "M5")]
    public void Clusters_of_later_waves_fetch_it_while_the_first_one_is_watched_and_forget_it_when_it_is_rolled_back()
    {
        using var story = Story.Running(settings: Thin);
        story.RollOut(Os with { SecurityCritical = true }, s => s with { Clusters = [], Stages = [new("canary", 1, 0.05, Duration.FromHours(6)), Rollouts.All] });
        story.After(Duration.FromHours(1));

        Assert.Equal(3, story.Rollout().Clusters.Count(c => c.Stage == ClusterStage.NotStarted));
        foreach (var cluster in story.Town.Catalogue.Topology.Clusters)
        {
            Assert.Equal(
                story.RolloutNodes(cluster.Id).Count(n => n.State == NodeState.Ready) - story.Updated(Os, cluster.Id),
                story.RolloutNodes(cluster.Id).Count(n => n.Staging is { Stage: StagingStage.Staged }));
        }

        story.Order(Conducting.RollBack);
        story.After(Duration.FromHours(2));
        Assert.True(story.Rollout().Status == RolloutStatus.RolledBack, story.What());
        NothingIsLeft(story);
    }

    [Fact, Trait("spec", "F3")]
    public void A_node_that_is_repaired_loses_it_with_its_disk_and_fetches_it_anew()
    {
        using var story = Story.Running(count: 2, settings: Thin);
        OneAndThenTheRest(story, bake: Duration.FromHours(12));
        story.Until(() => Staging(story).DoneAt is not null);
        var node = story.RolloutNodes().First(n => n.Staging is not null && story.All.All(i => i.Node != n.Id)).Id;
        var first = Node(story, node).Staging!.Generation;

        story.Town.Ask(story.Cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut, o => new FabricRequest.TakeNodeOut(node, NodeAction.Repair, o));
        story.After(Duration.FromMinutes(10));
        story.Town.Ask(story.Cluster, OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning, o => new FabricRequest.ReturnNode(node, o));
        story.Until(() => Node(story, node).State.IsProvisioning());
        Assert.Null(Node(story, node).Staging);
        story.After(Duration.FromHours(3));
        Assert.True(Node(story, node) is { State: NodeState.Ready, Staging: { Stage: StagingStage.Staged } s } && s.Generation > first, $"{Node(story, node)}");
        Assert.True(story.Town.Hosts.HeldBy(node) is { Until: null });
    }

    [Fact]
    public void Where_it_is_switched_off_nodes_fetch_in_their_own_turn()
    {
        using var story = Story.Running(count: 2, settings: Thin with { Maintenance = new MaintenanceSettings { Staging = new StagingSettings { Ahead = false } } });
        OneAndThenTheRest(story, bake: Duration.FromHours(1));
        story.After(Duration.FromMinutes(50));
        NothingIsLeft(story);
        story.After(Duration.FromHours(6));
        Assert.Equal(RolloutStatus.Succeeded, story.Rollout().Status);
    }

    private static void OneAndThenTheRest(Story story, Duration? bake = null) =>
        story.RollOut(Os, s => s with { MaxConcurrentNodes = 100, Stages = [new("canary", 1, 0.01, bake ?? Duration.FromHours(6)), Rollouts.All] });

    private static RolloutSpec Spec(Story story, HostUpdate update, Duration bake) => story.Rollout().Spec with
    {
        HostUpdate = update.Name,
        Stages = [new("canary", 1, 0.01, bake), Rollouts.All],
    };

    private static FabricNode Node(Story story, NodeId id) => story.Town.One<FabricNode>(n => n.Id == id);

    private static FabricInstance Before(Story story, FabricInstance now) => story.Instances.Single(i => i.Id == now.Id);

    private static ClusterStaging Staging(Story story) =>
        story.Town.All<ClusterStagingRow>().SingleOrDefault(s => s.Cluster == story.Cluster) is { } row
            ? StoreJson.Read<ClusterStaging>(row.Json)
            : new ClusterStaging("", Os, 0, [], story.Town.Clock.Now);

    private static void NothingIsLeft(Story story)
    {
        Assert.Empty(story.Town.All<ClusterStagingRow>());
        Assert.All(story.Town.All<FabricNode>(), n => Assert.True(n.Staging is null, $"{n.Id}: {n.Staging}"));
        Assert.All(story.Town.All<FabricNode>(), n => Assert.Null(story.Town.Hosts.HeldBy(n.Id)));
    }
}
