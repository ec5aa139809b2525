// M4: a node that boots for an update gets its guests moved away live first; and where that can't be, the ladder is climbed again.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Planning;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "M4")]
public sealed class LiveRungTests
{
    private static readonly FabricSettings Live = new()
    {
        Maintenance = new() { LiveMigration = new() { Enabled = true } },
    };

    private static readonly HostUpdate Firmware = new()
    {
        Name = "firmware",
        Component = MaintainedComponent.Firmware,
        Version = "8.0",
        NeedsHostReboot = true,
        SecurityCritical = true,
    };

    [Fact]
    public void A_node_boots_empty_and_its_guests_have_not_noticed()
    {
        using var story = Story.Running(count: 4, settings: Live);
        var web = story.Instances[0];
        var id = web.Node!.Value;
        story.Maintain(web, Firmware);
        story.Until(() => story.Town.One<FabricNode>(n => n.Id == id).Maintenance is { Stage: MaintenanceStage.Working });
        Assert.DoesNotContain(story.All, i => i.Node == id);
        story.Town.CheckBooks();
        story.After(Duration.FromHours(1));

        var node = story.Town.One<FabricNode>(n => n.Id == id);
        Assert.True(node is { Maintenance: null, LastMaintenance: { Failure: null, Technology: Technology.LiveMigration, RebootedAt: not null } }, story.Told());
        Assert.Equal("8.0", node.Versions!.Firmware);
        Assert.Equal("staging staged bootingHost", string.Join(' ', story.Log.Where(e => e.Kind == "maintenancePhase").Select(e => e.Data)));
        var after = story.Of(web);
        Assert.Equal((web.PhaseSince, web.BootGeneration, true), (after.PhaseSince, after.BootGeneration, after.IsHealthy));
        var past = Assert.Single(after.LastMaintenance);
        Assert.Equal(("firmware", Technology.LiveMigration), (past.Update, past.Technology));
        Assert.InRange(past.Measured.TotalMilliseconds, 200, 5000);
        foreach (var worry in new[] { "instancePhaseChanged", "nodeSilent", "outOfRotation", "maintenanceClimbsAgain" })
        {
            Assert.DoesNotContain(worry, story.Kinds);
        }

        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M5")]
    public void A_rollout_moves_everybody_out_of_the_way_and_restarts_nobody()
    {
        using var story = Story.Running(count: 6, settings: Live);
        story.RollOut(Firmware);
        for (var step = 0; step < 2000 && !story.Nodes().All(n => Firmware.Versions.IsIn(n.Versions)); step++)
        {
            story.After(Duration.FromSeconds(20));
            story.Town.CheckBooks();
            Assert.All(story.All, i => Assert.True(i.Phase == InstancePhase.Ready, story.Told()));
        }

        Assert.All(story.Nodes(), n => Assert.True(Firmware.Versions.IsIn(n.Versions), story.Told()));
        Assert.Equal(story.Instances.Select(i => i.PhaseSince), story.All.Select(i => i.PhaseSince));
        // Once there are nodes that have it, nobody goes to one that has not.
        Assert.All(story.All, i => Assert.InRange(i.LastMaintenance.Length, 1, 3));
        Assert.DoesNotContain("maintenanceFailed", story.Kinds);
    }

    [Fact]
    public void One_that_cannot_be_moved_after_all_makes_the_ladder_be_climbed_again()
    {
        using var story = Story.Running(count: 4, settings: Live, durations: new SimulatedDurations
        {
            Maintenance = new() { LiveMigration = new() { BandwidthShare = 0.1, DirtyMibPerSecondPerCore = 1200 } },
        });
        var web = story.Instances[0];
        story.Maintain(web, Firmware);
        story.After(Duration.FromHours(2));

        var node = story.NodeOf(web);
        Assert.True(node.LastMaintenance is { Failure: null, Technology: Technology.Reboot }, story.Told());
        Assert.Contains("maintenanceClimbsAgain", story.Kinds);
        Assert.Equal(MigrationFailures.DoesNotConverge, story.Of(web).LastMigration!.Failure!.Code);
        Assert.Equal((web.Node, Technology.Reboot), (story.Of(web).Node, story.Of(web).LastMaintenance[0].Technology));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M5")]
    public void A_rollout_takes_the_next_rung_and_counts_it_as_no_failure()
    {
        using var story = Story.Running(count: 4, settings: Live, durations: new SimulatedDurations
        {
            Maintenance = new() { LiveMigration = new() { BandwidthShare = 0.1, DirtyMibPerSecondPerCore = 1200 } },
        });
        story.RollOut(Firmware);
        for (var step = 0; step < 1000 && !story.Nodes().All(n => Firmware.Versions.IsIn(n.Versions)); step++)
        {
            story.After(Duration.FromMinutes(1));
        }

        Assert.All(story.Nodes(), n => Assert.True(Firmware.Versions.IsIn(n.Versions), story.Told()));
        Assert.DoesNotContain("rolloutStopped", story.Kinds);
        Assert.Contains("maintenanceClimbsAgain", story.Kinds);
        story.After(Duration.FromHours(1));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
    }

    [Theory, Trait("spec", "F2")]
    [InlineData(100)]
    [InlineData(181)]
    [InlineData(400)]
    public void A_restart_in_the_middle_ends_as_if_there_had_been_none(int seconds)
    {
        var story = Story.Running(count: 4, settings: Live);
        var web = story.Instances[0];
        var id = web.Node!.Value;
        story.Maintain(web, Firmware);
        story.After(Duration.FromSeconds(seconds));
        story.Restart();
        using (story)
        {
            story.After(Duration.FromHours(2));
            var node = story.Town.One<FabricNode>(n => n.Id == id);
            Assert.True(node is { Maintenance: null, LastMaintenance: { Failure: null, Technology: Technology.LiveMigration } }, story.Told());
            Assert.Single(story.Of(web).LastMaintenance);
            Assert.Equal(web.PhaseSince, story.Of(web).PhaseSince);
            story.Town.CheckBooks();
        }
    }

    [Fact, Trait("spec", "M2")]
    public void The_moves_of_a_plan_are_made_before_its_first_node_and_what_cannot_be_made_holds_nobody_up()
    {
        using var story = Story.Running(count: 4, settings: Live);
        var (web, other) = (story.Instances[0], story.Instances[1]);
        var empty = story.Nodes().First(n => story.All.All(i => i.Node != n.Id) && story.Town.Catalogue.Topology.Find(n.Id) is { Family: "general", FcReserved: false }
            && n.Id.Value.Contains(story.RackOf(web)[^2..], StringComparison.Ordinal)).Id;
        var now = story.Town.Clock.Now;
        PlannedMove Move(FabricInstance i, NodeId to) => new(i.Id, i.Node!.Value, to, now, now + Duration.FromMinutes(3), "it pays");
        story.RollOut(
            Firmware with { LiveMigratable = false },
            approved: new ApprovedOrder(story.Cluster, [.. story.Nodes().Select(n => n.Id)], [Move(web, empty), Move(other, web.Node!.Value)]));
        story.Until(() => story.Of(web).Node == empty, Duration.FromMilliseconds(500));

        var moved = story.Log.First(e => e.Kind == "instanceMigrated");
        Assert.Contains("(plan)", moved.Data, StringComparison.Ordinal);
        Assert.Equal(web.PhaseSince, story.Of(web).PhaseSince);
        story.After(Duration.FromMinutes(30));
        Assert.True(story.SecondsTo("maintenanceBegun") >= moved.Seconds, story.Told());
        // It would be the second update domain of its role on a node, or in a rack that has enough: it is left where it is.
        Assert.True(story.Kinds.Contains("plannedMoveLeft") || story.Of(other).Node == web.Node, story.Told());
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "F4")]
    public void A_node_that_cannot_stage_moves_nobody()
    {
        using var story = Story.Running(count: 4, settings: Live);
        var web = story.Instances[0];
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Node, web.Node!.Value.Value, parameters: new FaultParameters(Phase: "staging"));
        story.Maintain(web, Firmware);
        story.After(Duration.FromHours(2));
        Assert.True(story.NodeOf(web) is { Maintenance: null, LastMaintenance.Failure: "staging failed" }, story.Told());
        Assert.DoesNotContain("migrationBegun", story.Kinds);
    }
}
