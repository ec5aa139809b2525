// M4: one instance moves to another node as it runs; and whatever goes wrong on the way leaves it where it was, once and for all.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "M4")]
public sealed class LiveMigrationTests
{
    private static readonly FabricSettings Live = new()
    {
        Maintenance = new() { LiveMigration = new() { Enabled = true } },
    };

    [Fact]
    public void An_instance_moves_as_it_runs_and_nobody_restarts_it()
    {
        using var story = Story.Running(count: 4, settings: Live);
        var (web, before) = (story.Instances[0], story.NodeOf(story.Instances[0]));
        story.TakeOut(web);
        story.Until(() => story.Of(web).Migration is not null, Duration.FromMilliseconds(500));
        var under = story.Of(web);
        Assert.Equal((web.Node, MigrationStage.Copying), (under.Node, under.Migration!.Stage));
        story.Town.CheckBooks();
        story.After(Duration.FromMinutes(10));

        var after = story.Of(web);
        Assert.True(after.Node != web.Node && after is { Migration: null, IsHealthy: true, Planned: null }, story.Told());
        Assert.Equal(
            (web.Dip, web.UpdateDomain, web.BootGeneration, web.ImageGeneration, web.RoleGeneration, web.ReportedBoot, web.PhaseSince),
            (after.Dip, after.UpdateDomain, after.BootGeneration, after.ImageGeneration, after.RoleGeneration, after.ReportedBoot, after.PhaseSince));
        Assert.Equal(web.Lease + 1, after.Lease);
        Assert.False(after.Health!.LastMove!.TemporaryDiskLost);

        var past = Assert.Single(after.LastMaintenance);
        Assert.Equal(Technology.LiveMigration, past.Technology);
        Assert.InRange(past.Measured.TotalMilliseconds, 200, 5000);
        Assert.InRange(past.Measured / past.Predicted!.Value, 0.3, 3.2);
        Assert.Equal(past.Measured.TotalMilliseconds, after.LastMigration!.Measured!.PauseMilliseconds);
        foreach (var worry in new[] { "instancePhaseChanged", "roleUnresponsive", "outOfRotation", "guestAgentSilent", "instanceMoved", "migrationFailed" })
        {
            Assert.DoesNotContain(worry, story.Kinds);
        }

        Assert.Equal([after.Node!.Value], story.Town.Hosts.CopiesOf(web.Id).Select(c => c.Node));
        Assert.DoesNotContain(story.Town.All<FabricNode>(), n => !n.Ghosts.IsDefaultOrEmpty);
        Assert.Equal(NodeState.OutForRepair, story.Town.One<FabricNode>(n => n.Id == before.Id).State);
        story.Town.CheckBooks();
    }
    [Theory]
    [InlineData(0.2)]
    [InlineData(2)]
    [InlineData(3.9)]
    public void A_controller_that_dies_in_the_middle_ends_it_once_all_the_same(double seconds)
    {
        var story = Story.Running(count: 4, settings: Live);
        var web = Begun(story);
        story.After(Duration.FromSeconds(seconds));
        story.Restart();
        using (story)
        {
            story.After(Duration.FromMinutes(5));
            var after = story.Of(web);
            Assert.True(after.Node != web.Node && after is { Migration: null, MigrationGeneration: 1, IsHealthy: true }, story.Told());
            Assert.Single(after.LastMaintenance);
            Assert.Equal(web.PhaseSince, after.PhaseSince);
            Assert.Single(story.Log, e => e.Kind == "instanceMigrated");
            Assert.Single(story.Town.Hosts.CopiesOf(web.Id));
            story.Town.CheckBooks();
        }
    }

    [Fact]
    public void One_that_writes_faster_than_it_is_copied_stays_and_goes_the_other_way()
    {
        // The hosts know better than the prediction: there is less of the network, and these guests write a hundred times as much.
        using var story = Story.Running(count: 4, settings: Live, durations: new SimulatedDurations
        {
            Maintenance = new() { LiveMigration = new() { BandwidthShare = 0.1, DirtyMibPerSecondPerCore = 1200 } },
        });
        var web = Begun(story);
        story.Until(() => story.Kinds.Contains("migrationFailed"), Duration.FromSeconds(1));

        var stays = story.Of(web);
        Assert.True(stays is { Migration: null, LastMigration.Failure.Code: MigrationFailures.DoesNotConverge, LastMigration.Attempts: 1 }, story.Told());
        Assert.Equal((web.Node, web.PhaseSince, web.Lease), (stays.Node, stays.PhaseSince, stays.Lease));
        Assert.Empty(stays.LastMaintenance);
        story.Town.CheckBooks();

        // The operator wants the node all the same: it starts elsewhere, under the promise.
        story.After(Duration.FromMinutes(20));
        Assert.Contains("instanceMoved", story.Kinds);
        Assert.True(story.Of(web) is { IsHealthy: true, Planned: null } moved && moved.Node != web.Node, story.Told());
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_target_that_dies_harms_nobody_and_another_one_is_tried()
    {
        using var story = Story.Running(count: 4, settings: Live, durations: Slow);
        var web = Begun(story);
        var target = story.Of(web).Migration!.Target;
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, target.Value);
        story.Until(() => story.Of(web).Migration is null, Duration.FromSeconds(20));

        var after = story.Of(web);
        Assert.True(after is { IsHealthy: true, LastMigration: { Failure: null, Attempts: 2 } }, story.Told());
        Assert.NotEqual(target, after.Node);
        Assert.NotEqual(web.Node, after.Node);
        Assert.Equal(web.PhaseSince, after.PhaseSince);
        Assert.Contains("migrationTriedElsewhere", story.Kinds);
        story.Town.CheckBooks();
    }

    [Fact]
    public void So_many_targets_are_tried_and_no_more()
    {
        using var story = Story.Running(count: 4, settings: Live);
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Cluster, story.Cluster.Value, parameters: new FaultParameters(Phase: "stopAndCopy"));
        var web = Begun(story);
        story.Until(() => story.Of(web).Migration is null, Duration.FromSeconds(1));

        var after = story.Of(web);
        Assert.True(after.LastMigration is { Attempts: 3, Failure.Code: MigrationFailures.Failed }, story.Told());
        Assert.Equal((web.Node, web.PhaseSince), (after.Node, after.PhaseSince));
        Assert.Equal(3, story.Log.Where(e => e.Kind == "migrationBegun" && e.Subject == web.Id.Value).Select(e => e.Data.Split(' ')[2]).Distinct().Count());
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "H3")]
    public void A_source_that_dies_is_healed_like_any_other_and_one_copy_runs()
    {
        using var story = Story.Running(count: 4, settings: Live, durations: Slow);
        var web = Begun(story);
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value);
        for (var step = 0; step < 120; step++)
        {
            story.After(Duration.FromSeconds(30));
            Assert.InRange(story.Town.Hosts.WritersOf(web.Id), 0, 1);
        }

        var after = story.Of(web);
        Assert.True(after is { Migration: null, IsHealthy: true } && after.Node != web.Node, story.Told());
        Assert.True(after.BootGeneration > web.BootGeneration);
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_partition_of_the_source_leaves_it_there_and_is_answered_when_it_is_heard()
    {
        using var story = Story.Running(count: 4, settings: Live, durations: Slow);
        var web = Begun(story);
        story.Strike(FaultKind.Partition, FaultScope.Node, web.Node!.Value.Value, lasts: Duration.FromSeconds(50));
        story.After(Duration.FromMinutes(3));
        Assert.InRange(story.Town.Hosts.WritersOf(web.Id), 1, 1);
        story.After(Duration.FromHours(1));
        Assert.True(story.Of(web) is { Migration: null, IsHealthy: true }, story.Told());
        Assert.Single(story.Town.Hosts.CopiesOf(web.Id));
        story.Town.CheckBooks();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(25)]
    public void Its_owner_deletes_it_in_the_middle_and_nothing_of_it_is_left(double seconds)
    {
        using var story = Story.Running(count: 4, settings: Live, durations: Slow);
        var web = Begun(story);
        story.After(Duration.FromSeconds(seconds));
        var delete = story.Town.Ask(
            story.Cluster, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(story.Deployment.Id, o));
        story.After(Duration.FromMinutes(10));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(delete).Status);
        Assert.Empty(story.All);
        Assert.Empty(story.Town.Hosts.CopiesOf(web.Id));
        Assert.DoesNotContain(story.Town.All<FabricNode>(), n => !n.Ghosts.IsDefaultOrEmpty);
        story.Town.CheckBooks();
    }

    [Fact]
    public void Its_owner_restarts_it_in_the_middle_and_need_not_wait()
    {
        using var story = Story.Running(count: 4, settings: Live, durations: Slow);
        var web = Begun(story);
        story.After(Duration.FromSeconds(5));
        var restart = story.Town.Ask(
            story.Cluster, OperationKinds.RebootInstance, StepNames.PowerCycle, o => new FabricRequest.PowerInstance(web.Id, PowerAction.Restart, o));
        story.After(Duration.FromSeconds(20));
        Assert.Contains("migrationCanceled", story.Kinds);
        Assert.Null(story.Of(web).Migration);
        Assert.Equal((web.Node, web.BootGeneration + 1), (story.Of(web).Node, story.Of(web).BootGeneration));
        story.Town.CheckBooks();

        story.After(Duration.FromMinutes(30));
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(restart).Status);
        Assert.True(story.Of(web).IsHealthy);
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_stop_in_the_middle_finds_a_machine_that_stops_where_it_is()
    {
        using var story = Story.Running(count: 1, settings: Live, durations: Slow);
        var town = story.Town;
        town.Create("db");
        story.After(Duration.FromMinutes(20));
        var db = town.All<FabricInstance>().Single(i => i.Name == "db");
        story.TakeOut(db);
        story.Until(() => story.Of(db).Migration is not null, Duration.FromMilliseconds(500));
        var stop = town.Ask(
            db.Cluster, OperationKinds.PowerOffVirtualMachine, StepNames.PowerDown, o => new FabricRequest.PowerInstance(db.Id, PowerAction.PowerOff, o));
        story.After(Duration.FromMinutes(5));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(stop).Status);
        Assert.True(story.Of(db) is { Migration: null, Power: PowerGoal.Stopped, Phase: InstancePhase.Stopped }, story.Told());
        town.CheckBooks();
    }

    [Fact, Trait("spec", "M7"), Trait("spec", "W3")]
    public void Everybody_leaves_a_node_that_goes_one_after_the_other_once_they_have_been_told_in_time()
    {
        using var story = Story.Running(count: 4, settings: Live);
        var town = story.Town;
        foreach (var name in (string[])["a", "b", "c", "d"])
        {
            town.Create(name);
        }

        story.After(Duration.FromMinutes(20));
        var node = town.All<FabricInstance>().GroupBy(i => i.Node!.Value).OrderByDescending(g => g.Count()).First();
        Assert.True(node.Count() > 1);
        var before = town.All<FabricInstance>().ToDictionary(i => i.Id);
        var decommission = story.TakeOut(node.First());
        story.After(Live.Notices.Redeploy - Duration.FromSeconds(1));
        Assert.DoesNotContain("migrationBegun", story.Kinds);
        for (var step = 0; step < 200 && town.OperationOf(decommission).EndedAt is null; step++)
        {
            story.After(Duration.FromSeconds(1));
            Assert.InRange(town.All<FabricInstance>().Count(i => i.Migration is not null), 0, 1);
            town.CheckBooks();
        }

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(decommission).Status);
        Assert.All(town.All<FabricInstance>(), i => Assert.True(
            i is { IsHealthy: true, Planned: null } && i.Node != node.Key && i.PhaseSince == before[i.Id].PhaseSince, story.Told()));
    }

    [Fact]
    public void Where_it_is_not_enabled_nobody_is_moved_as_it_runs()
    {
        using var story = Story.Running(count: 4);
        story.TakeOut(story.Instances[0]);
        story.After(Duration.FromMinutes(20));
        Assert.DoesNotContain("migrationBegun", story.Kinds);
        Assert.Contains("instanceMoved", story.Kinds);
    }

    // A small network: the copying takes minutes.
    private static readonly SimulatedDurations Slow = new()
    {
        Maintenance = new() { LiveMigration = new() { BandwidthShare = 0.02, DirtyMibPerSecondPerCore = 1 } },
    };

    private static FabricInstance Begun(Story story)
    {
        var web = story.Instances[0];
        story.TakeOut(web);
        story.Until(() => story.Of(web).Migration is not null, Duration.FromMilliseconds(500));
        return web;
    }
}

internal static class MigrationsOfStories
{
    /// <summary>An operator takes the node of an instance out: whoever runs on it moves away live.</summary>
    public static OperationId TakeOut(this Story story, FabricInstance on) => story.Town.Ask(
        on.Cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut,
        o => new FabricRequest.TakeNodeOut(story.Of(on).Node!.Value, NodeAction.Repair, o));

    public static void Until(this Story story, Func<bool> so, Duration step)
    {
        for (var n = 0; n < 2000 && !so(); n++)
        {
            story.After(step);
        }

        Assert.True(so(), story.Told());
    }
}
