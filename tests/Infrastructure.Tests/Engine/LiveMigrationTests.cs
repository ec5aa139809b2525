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
}

internal static class MigrationsOfStories
{
    /// <summary>An operator takes the node of an instance out: whoever runs on it moves away live.</summary>
    public static OperationId TakeOut(this Story story, FabricInstance on) => story.Town.Ask(
        story.Cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut,
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
