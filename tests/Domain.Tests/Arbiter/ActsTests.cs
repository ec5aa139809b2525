using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Tests.Arbiter;

/// <summary>The arbiter (DESIGN, M1, N2): instances as text before a turn, and after it (see <see cref="Parish"/>).</summary>
public sealed class ActsTests
{
    private static readonly AgendaItem Retry = new(AgendaKind.Cluster, Parish.Id.Value);

    [Theory, Trait("spec", "M1")]
    // It is drained first, and done at once where there is nothing to drain.
    [InlineData("web.0/ud0 n1 wants:restart", "web.0/ud0 n1 wants:restart drains:5 draining@web@0")]
    [InlineData("web.0/ud0 n1 unresponsive wants:restart", "web.0/ud0 n1 boot+1")]
    [InlineData("web.0/ud0 n1 booting wants:restart", "web.0/ud0 n1 boot+1")]
    // In the order of asking; who asked in the same moment, by id.
    [InlineData("web.0/ud0 n1 wants:restart | web.1/ud1 n2 wants:restart asked:-1",
        "web.0/ud0 n1 wants:restart promise@web.1@0\nweb.1/ud1 n2 wants:restart drains:5 draining@web@0")]
    [InlineData("web.0/ud0 n1 wants:restart | web.1/ud1 n2 wants:restart",
        "web.0/ud0 n1 wants:restart drains:5 draining@web@0\nweb.1/ud1 n2 wants:restart promise@web.0@0")]
    [InlineData("web.0/ud0 n1 wants:restart | web.1/ud0 n2 wants:restart",
        "web.0/ud0 n1 wants:restart drains:5 draining@web@0\nweb.1/ud0 n2 wants:restart drains:5 draining@web@0")]
    // A tenant's own stop is never refused.
    [InlineData("web.0/ud0 n1 wants:poweroff | web.1/ud1 n2 booting",
        "web.0/ud0 n1 wants:powerOff drains:5 draining@web@0\nweb.1/ud1 n2")]
    [InlineData("web.0/ud0 n1 wants:deallocate | web.1/ud1 n2 booting",
        "web.0/ud0 n1 wants:deallocate drains:5 draining@web@0\nweb.1/ud1 n2")]
    // The promise gives way when the time has come, and not before; the wait says until when, by whichever ends it first.
    [InlineData("web.0/ud0 n1 wants:restart force:2 | web.1/ud1 n2 booting", "web.0/ud0 n1 wants:restart promise@web.1@0 until:2\nweb.1/ud1 n2")]
    [InlineData("web.0/ud0 n1 wants:restart force:2 | web.1/ud1 n2 booting restarted:-5", "web.0/ud0 n1 wants:restart promise@web.1@0 until:2\nweb.1/ud1 n2")]
    [InlineData("web.0/ud0 n1 wants:restart force:12 | web.1/ud1 n2 booting restarted:-5", "web.0/ud0 n1 wants:restart promise@web.1@0 until:10\nweb.1/ud1 n2")]
    [InlineData("web.0/ud0 n1 wants:restart | web.1/ud1 n2 booting restarted:-5", "web.0/ud0 n1 wants:restart promise@web.1@0 until:10\nweb.1/ud1 n2")]
    [InlineData("web.0/ud0 n1 wants:restart force:0 | web.1/ud1 n2 booting", "web.0/ud0 n1 wants:restart drains:5 draining@web@0\nweb.1/ud1 n2")]
    // Who goes down with its node is started anew when that is back; it may stop meanwhile, or leave.
    [InlineData("web.0/ud0 n1 goesdown:4 wants:restart", "web.0/ud0 n1 goesdown:4 wants:restart busy@west-c1-r1-n02@0")]
    [InlineData("web.0/ud0 n1 goesdown:4 wants:restart force:0", "web.0/ud0 n1 goesdown:4 wants:restart busy@west-c1-r1-n02@0")]
    [InlineData("web.0/ud0 n1 goesdown:4 wants:update", "web.0/ud0 n1 goesdown:4 wants:update busy@west-c1-r1-n02@0")]
    [InlineData("web.0/ud0 n1 goesdown:0 wants:poweroff", "web.0/ud0 n1 stopped goesdown:0")]
    [InlineData("web.0/ud0 n1 goesdown:5 wants:poweroff", "web.0/ud0 n1 goesdown:5 wants:powerOff drains:5 draining@web@0")]
    [InlineData("web.0/ud0 n1 goesdown:0 wants:move", "web.0/ud0 n2 boot+1 image+1")]
    // A wait that goes on began when it began.
    [InlineData("web.0/ud0 n1 wants:restart blocked:promise@web.1@-9 | web.1/ud1 n2 booting", "web.0/ud0 n1 wants:restart promise@web.1@-9\nweb.1/ud1 n2")]
    public void What_is_wanted_is_granted_or_says_what_it_waits_for(string before, string after)
    {
        var parish = new Parish(before);
        parish.Settle();
        Assert.Equal(after, parish.Print());
    }

    [Fact, Trait("spec", "M1")]
    public void That_the_promise_gave_way_is_said_and_only_then()
    {
        var said = new Parish("web.0/ud0 n1 wants:restart asked:-15 force:0 | web.1/ud1 n2 booting").Settle().News;
        Assert.Equal(("promiseForced", "web.0"), (Assert.Single(said).Kind, said[0].Subject));
        Assert.Empty(new Parish("web.0/ud0 n1 wants:restart asked:-15 force:0 | web.1/ud1 n2").Settle().News);
    }

    [Fact, Trait("spec", "L3")]
    public void What_is_granted_is_a_decision_that_safe_mode_forbids()
    {
        Assert.True(new Parish("web.0/ud0 n1 wants:restart").Settle().Decides);
        Assert.False(new Parish("web.0/ud0 n1 wants:restart | web.1/ud1 n2 booting").Settle().Decides);

        var parish = new Parish("web.0/ud0 n1 wants:restart | web.1/ud1 n2 wants:poweroff");
        Assert.False(parish.Settle(safeMode: true).Decides);
        Assert.Equal("web.0/ud0 n1 wants:restart safeMode@west-c1@0\nweb.1/ud1 n2 wants:powerOff safeMode@west-c1@0", parish.Print());
    }

    [Fact]
    public void A_wait_that_has_not_changed_is_not_written_again()
    {
        var parish = new Parish("web.0/ud0 n1 wants:restart | web.1/ud1 n2 booting");
        Assert.Equal([new InstanceId("web.0")], parish.Settle().Instances);
        Assert.Empty(parish.Settle().Instances);
    }

    [Fact, Trait("spec", "N2")]
    public void The_load_balancer_is_told_before_it_is_done()
    {
        var turn = new Parish("web.0/ud0 n1 wants:restart | web.1/ud1 n2").Settle();
        var network = Assert.Single(turn.Effects().OfType<FabricEffect.ProgramNetwork>());
        Assert.Equal(("web", 5), (network.Owner, network.Generation));
        Assert.Empty(turn.Effects().OfType<FabricEffect.PushGoal>());
    }

    [Theory, Trait("spec", "N2")]
    // What was drained by the generation that is confirmed, or by one before it, and of that owner.
    [InlineData("web.0/ud0 n1 wants:restart drains:4", "web.0/ud0 n1 boot+1")]
    [InlineData("web.0/ud0 n1 wants:restart drains:3", "web.0/ud0 n1 boot+1")]
    [InlineData("web.0/ud0 n1 wants:restart drains:5", "web.0/ud0 n1 wants:restart drains:5")]
    [InlineData("api.0/ud0 n1 wants:restart drains:4 | web.0/ud0 n1", "api.0/ud0 n1 wants:restart drains:4\nweb.0/ud0 n1")]
    // Each kind does its own.
    [InlineData("web.0/ud0 n1 wants:restart drains:4 | web.1/ud0 n2 wants:reimage drains:4", "web.0/ud0 n1 boot+1\nweb.1/ud0 n2 boot+1 image+1")]
    [InlineData("web.0/ud0 n1 wants:restartrole drains:4", "web.0/ud0 n1 role+1")]
    [InlineData("web.0/ud0 n1 wants:poweroff drains:4", "web.0/ud0 n1 stopped")]
    [InlineData("web.0/ud0 n1 wants:deallocate drains:4", "web.0/ud0 n1 absent")]
    [InlineData("web.0/ud0 n1 wants:update drains:4", "web.0/ud0 n1 boot+1 image+1 config:7")]
    [InlineData("web.0/ud0 n1 wants:configure drains:4", "web.0/ud0 n1 config:7")]
    [InlineData("web.0/ud0 n1 wants:move drains:4", "web.0/ud0 n2 boot+1 image+1")]
    [InlineData("web.0/ud0 n1 wants:performmaintenance drains:4", "web.0/ud0 n2 boot+1 image+1")]
    public void What_is_drained_is_done(string before, string after)
    {
        var parish = new Parish(before).Updating("web", UpdateKind.Code).FullBut("n1", "n2");
        parish.Settle(new FabricEvent.NetworkProgrammed(Parish.Now, "web", 4));
        Assert.Equal(after, parish.Print());
    }

    [Fact, Trait("spec", "P5")]
    public void The_node_is_told_of_what_is_done()
    {
        foreach (var kind in new[] { "restart", "reimage", "restartrole", "poweroff", "deallocate", "update", "configure" })
        {
            var parish = new Parish($"web.0/ud0 n1 wants:{kind} drains:4").Updating("web", UpdateKind.Code);
            var turn = parish.Settle(new FabricEvent.NetworkProgrammed(Parish.Now, "web", 4));
            Assert.Equal(parish.Nodes[0], Assert.Single(turn.Effects().OfType<FabricEffect.PushGoal>()).Goal.Node);
        }
    }

    [Fact, Trait("spec", "U2")]
    public void A_role_that_is_only_told_of_a_configuration_is_not_drained()
    {
        var parish = new Parish("web.0/ud0 n1 wants:configure by:update").Updating("web", UpdateKind.Configuration);
        parish.Settle();
        Assert.Equal("web.0/ud0 n1 config:7", parish.Print());
    }

    [Fact, Trait("spec", "L2")]
    public void Whoever_is_reimaged_by_its_owner_is_forgiven()
    {
        var parish = new Parish("web.0/ud0 n1 ill wants:reimage");
        parish.Settle();
        var h = parish["web.0"].Health!;
        Assert.Equal((false, 0, 0, false, 3), (h.Condemned, h.ConnectFailures, h.RoleCrashes, h.Unresponsive, h.VmRestarts));
        Assert.Empty(h.NodesTaken);
        // Down by our doing, it holds others from its new start on (M1).
        Assert.Null(h.RestartedAt);

        var restarted = new Parish("web.0/ud0 n1 ill wants:restart");
        restarted.Settle();
        Assert.True(restarted["web.0"].Health!.Condemned);
        Assert.Equal(Parish.Now, restarted["web.0"].Health!.RestartedAt);
    }

    [Theory, Trait("spec", "L2")]
    // Infrastructure work stops with healing; what tenants do to their own goes on.
    [InlineData("wants:move by:platform", null, "wants:move brake@west-c1@0")]
    [InlineData("wants:move by:healing", null, "wants:move brake@west-c1@0")]
    [InlineData("wants:move by:user", null, "wants:move drains:5 draining@web@0")]
    [InlineData("wants:restart by:user", null, "wants:restart drains:5 draining@web@0")]
    [InlineData("wants:update by:update", UpdateKind.Code, "wants:update drains:5 draining@web@0")]
    [InlineData("wants:update by:update", UpdateKind.GuestOs, "wants:update brake@west-c1@0")]
    [InlineData("wants:restart by:user", UpdateKind.GuestOs, "wants:restart drains:5 draining@web@0")]
    [InlineData("wants:restart by:platform", UpdateKind.GuestOs, "wants:restart drains:5 draining@web@0")]
    public void The_brake_stops_what_the_platform_wants(string wanted, UpdateKind? update, string after)
    {
        var parish = new Parish($"web.0/ud0 n1 {wanted}");
        if (update is { } kind)
        {
            parish.Updating("web", kind);
        }

        parish.State.Health = ClusterHealth.Fine with { BrakedSince = Parish.Now };
        parish.Settle(settings: StartsElsewhere);
        Assert.Equal($"web.0/ud0 n1 {after}", parish.Print());
    }

    [Theory, Trait("spec", "H3")]
    [InlineData("wants:move by:user")]
    [InlineData("wants:move by:platform")]
    [InlineData("wants:performmaintenance by:user")]
    public void A_move_waits_for_room_and_is_tried_again(string wanted)
    {
        var parish = new Parish($"web.0/ud0 n1 {wanted}").FullBut("n1");
        parish.Settle(settings: StartsElsewhere);
        Assert.Equal("noRoom@west-c1@0", Parish.Print(parish["web.0"].Planned!.Blocker));
        Assert.Equal((Parish.Now + Duration.FromMinutes(1), Retry), parish.State.Agenda.TakeUntil(Parish.Now + Duration.FromMinutes(1)));
        Assert.NotEmpty(parish["web.0"].Planned!.Blocker!.Detail);
    }

    [Fact, Trait("spec", "H3")]
    public void Where_the_room_was_taken_while_it_was_drained_it_serves_again_and_waits()
    {
        var parish = new Parish("web.0/ud0 n1 wants:move drains:4").FullBut("n1");
        var turn = parish.Settle(new FabricEvent.NetworkProgrammed(Parish.Now, "web", 4));
        Assert.Equal("web.0/ud0 n1 wants:move noRoom@west-c1@0", parish.Print());
        Assert.True(parish["web.0"].TakesTraffic);
        Assert.Equal(5, Assert.Single(turn.Effects().OfType<FabricEffect.ProgramNetwork>()).Generation);
        Assert.Equal((Parish.Now + Duration.FromMinutes(1), Retry), parish.State.Agenda.TakeUntil(Parish.Now + Duration.FromMinutes(1)));
    }

    [Fact]
    public void What_is_not_on_a_node_is_not_granted_anything()
    {
        var parish = new Parish("web.0/ud0 n1 wants:restart");
        parish.State.Put(parish["web.0"] with { Node = null });
        parish.Settle();
        Assert.Equal("web.0/ud0 - wants:restart", parish.Print());
    }

    [Fact, Trait("spec", "M7")]
    public void What_the_platform_moves_is_moved_as_it_runs_where_that_can_be()
    {
        var live = Parish.Figures with { Maintenance = new() { LiveMigration = new() { Enabled = true } } };
        var parish = new Parish("web.0/ud0 n1 wants:move by:platform | web.1/ud1 n2 wants:move by:user");
        parish.Settle(settings: live);
        Assert.NotNull(parish["web.0"].Migration);
        Assert.Equal("web.0/ud0 n1\nweb.1/ud1 n2 wants:move drains:5 draining@web@0", parish.Print());
    }

    [Fact, Trait("spec", "W1")]
    public void Whoever_performs_maintenance_goes_where_it_has_been_done()
    {
        var update = new HostUpdate { Name = "u", Component = MaintainedComponent.HostAgent, Version = "2" };
        Parish Town(string text)
        {
            var parish = new Parish(text).FullBut("n1", "n2", "n3");
            var updated = parish.State.Nodes[parish.Nodes[2]] with { Versions = update.Versions };
            parish.State.Put(updated);
            parish.State.Rollout = new ClusterRollout
            {
                Part = new("r", update, 1, "pilot", 1, Duration.Zero, 1, 1, Parish.Now, Parish.Now + Duration.FromDays(9), null, []),
                BeganAt = Parish.Now,
                HealthyBefore = 1,
                HeldBecause = "held",
            };
            return parish;
        }

        var performs = Town("web.0/ud0 n1 wants:performmaintenance drains:4");
        performs.Settle(new FabricEvent.NetworkProgrammed(Parish.Now, "web", 4));
        Assert.Equal("web.0/ud0 n3 boot+1 image+1", performs.Print());

        var moves = Town("web.0/ud0 n1 wants:move drains:4");
        moves.Settle(new FabricEvent.NetworkProgrammed(Parish.Now, "web", 4));
        Assert.Equal("web.0/ud0 n2 boot+1 image+1", moves.Print());
    }

    [Fact, Trait("spec", "W3")]
    public void Whoever_is_told_has_its_time_and_then_it_begins()
    {
        var told = StartsElsewhere with { Notices = new() };
        var parish = new Parish("web.0/ud0 n1");
        var operation = new Operation
        {
            Id = new("repair"),
            Kind = "repairNode",
            Resource = "/fabric/nodes/n1",
            CreatedAt = Parish.Now,
            Steps = [new("moveInstances", OperationStatus.NotStarted)],
        };
        parish.Settle(new FabricEvent.Requested(Parish.Now, 1, new FabricRequest.TakeNodeOut(parish.Nodes[0], NodeAction.Repair, operation)), settings: told);
        Assert.Equal("web.0/ud0 n1 wants:move scheduledEvent@web.0@0 until:10", parish.Print());
        parish.Settle(settings: told, minutes: 9);
        Assert.Equal("web.0/ud0 n1 wants:move scheduledEvent@web.0@0 until:10", parish.Print());

        var turn = parish.Settle(settings: told, minutes: 10);
        Assert.Equal("web.0/ud0 n1 wants:move drains:5 draining@web@10", parish.Print());
        Assert.Equal([NoticeStatus.Started], turn.Notices.Select(n => n.Notice.Status));
    }

    [Fact, Trait("spec", "R6")]
    public void The_operation_that_waits_for_it_is_told_that_it_is_done()
    {
        var id = new OperationId("reboot");
        var parish = new Parish("web.0/ud0 n1 unresponsive wants:restart");
        parish.State.Put(new Operation
        {
            Id = id,
            Kind = OperationKinds.RebootInstance,
            Resource = "/web.0",
            CreatedAt = Parish.Now,
            Steps = [new(StepNames.PrepareNodes, OperationStatus.NotStarted)],
        });
        parish.State.Put(parish["web.0"] with { Operation = id, Planned = parish["web.0"].Planned! with { Operation = id } });
        parish.Settle();
        Assert.Equal(OperationStatus.Running, parish.State.Operations[id].Steps[0].Status);
    }

    // Moves by a start elsewhere: what is moved live is told in MigrationTests and in the engine's.
    private static FabricSettings StartsElsewhere => Parish.Figures with
    {
        Maintenance = Parish.Figures.Maintenance with
        {
            LiveMigration = Parish.Figures.Maintenance.LiveMigration with { Evacuates = false },
        },
    };
}
