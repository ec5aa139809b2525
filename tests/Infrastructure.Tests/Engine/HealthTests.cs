// H1, H2, N2, L1 through the production engine and simulated hosts: each row of the table of detection and response, with
// its time. The log is the events' own, in seconds since the fault began.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Health;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Testing;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class HealthTests
{
    [Fact, Trait("spec", "H1")]
    public void A_role_that_crashes_is_started_again_without_a_reboot()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.RoleCrash, FaultScope.Instance, web.Id.Value);
        story.After(Duration.FromMinutes(3));

        var now = story.Of(web);
        Assert.Equal((InstancePhase.Ready, web.BootGeneration, 1, web.Node), (now.Phase, now.BootGeneration, now.RoleGeneration, now.Node));
        Assert.InRange(story.SecondsTo("roleTerminated"), 0, 15);
    }

    [Theory, Trait("spec", "H1"), Trait("spec", "H2")]
    [InlineData(FaultKind.VmCrash)]
    [InlineData(FaultKind.GuestAgentCrash)]
    public void A_silent_guest_agent_restarts_the_VM_and_its_role_after_ten_minutes(FaultKind kind)
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(kind, FaultScope.Instance, web.Id.Value);
        story.After(Duration.FromMinutes(15));

        var now = story.Of(web);
        Assert.Equal((InstancePhase.Ready, web.BootGeneration + 1, web.Node), (now.Phase, now.BootGeneration, now.Node));
        Assert.InRange(story.SecondsTo("guestAgentSilent"), 600 - 5, 600);
    }

    [Fact, Trait("spec", "H2"), Trait("spec", "N2")]
    public void A_role_that_hangs_is_unresponsive_and_out_of_rotation_after_30_seconds()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.RoleHang, FaultScope.Instance, web.Id.Value, Duration.FromMinutes(2));
        story.After(Duration.FromMinutes(1));

        Assert.InRange(story.SecondsTo("roleUnresponsive"), 30 - 15, 30);
        Assert.InRange(story.SecondsTo("outOfRotation"), 30 - 15, 30);
        Assert.False(story.Of(web).TakesTraffic);
        story.After(Duration.FromMinutes(3));
        Assert.True(story.Of(web).IsHealthy);
        Assert.Null(story.Of(web).Health);
    }

    [Theory, Trait("spec", "H1"), Trait("spec", "H2")]
    [InlineData(FaultKind.HostAgentCrash)]
    [InlineData(FaultKind.HostCrash)]
    public void A_silent_host_is_recovered_after_two_minutes_and_its_roles_come_back_in_place(FaultKind kind)
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(kind, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromMinutes(20));

        Assert.InRange(story.SecondsTo("nodeSilent"), 120 - 5, 120);
        Assert.Equal(NodeState.Ready, story.NodeOf(web).State);
        Assert.Null(story.NodeOf(web).Health);
        Assert.Equal((true, web.Node), (story.Of(web).IsHealthy, story.Of(web).Node));
        Assert.DoesNotContain("instanceMoved", story.Kinds);
    }

    [Fact, Trait("spec", "H1"), Trait("spec", "H3")]
    public void A_host_that_can_not_be_recovered_is_given_up_and_its_roles_are_moved_with_domain_and_spread()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromMinutes(30));

        var now = story.Of(web);
        Assert.True(now.IsHealthy);
        Assert.NotEqual(web.Node, now.Node);
        Assert.Equal(web.UpdateDomain, now.UpdateDomain);
        Assert.Equal(("nodeLost", true, web.Node.Value), (now.Health!.LastMove!.Why, now.Health.LastMove.TemporaryDiskLost, now.Health.LastMove.From));
        Assert.Equal(NodeState.OutForRepair, story.NodeOf(web).State);
        Assert.NotEqual(1, story.All.Select(i => story.Town.Catalogue.Topology.Find(i.Node!.Value)!.FaultDomain).Distinct().Count());
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "H3")]
    public void When_the_power_comes_back_the_copy_is_gone_and_the_node_is_provisioned_anew()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value, Duration.FromMinutes(40));
        story.After(Duration.FromMinutes(120));

        Assert.Equal(NodeState.Ready, story.NodeOf(web).State);
        Assert.Null(story.NodeOf(web).Health);
        Assert.Single(story.Town.Hosts.CopiesOf(web.Id));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "H3")]
    public void A_partition_never_has_two_copies_that_write_and_when_it_heals_there_is_one()
    {
        using var story = Story.Running();
        var web = story.Instances[0];
        story.Strike(FaultKind.Partition, FaultScope.Node, web.Node!.Value.Value, Duration.FromMinutes(60));

        var two = false;
        for (var minute = 0; minute < 90; minute++)
        {
            story.After(Duration.FromMinutes(1));
            two |= story.Town.Hosts.CopiesOf(web.Id).Count == 2;
            Assert.InRange(story.Town.Hosts.WritersOf(web.Id), 0, 1);
        }

        Assert.True(two);
        Assert.Single(story.Town.Hosts.CopiesOf(web.Id));
        Assert.True(story.Of(web).IsHealthy);
        Assert.NotEqual(web.Node, story.Of(web).Node);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "H1"), Trait("spec", "M1")]
    public void A_hardware_fault_moves_the_roles_as_the_promise_allows_and_marks_the_node_out_for_repair()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.HardwareFault, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromSeconds(10));
        Assert.Equal(NodeState.OutForRepair, story.NodeOf(web).State);
        story.After(Duration.FromMinutes(20));

        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.True(story.Of(web).IsHealthy);
        Assert.DoesNotContain(story.Town.All<FabricInstance>(), i => i.Node == web.Node);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "L1")]
    public void A_guest_agent_that_never_connects_is_tried_three_times_in_75_minutes_and_then_its_node_is_investigated()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.GuestAgentNeverConnects, FaultScope.Instance, web.Id.Value);
        story.Strike(FaultKind.VmCrash, FaultScope.Instance, web.Id.Value);
        story.After(Duration.FromMinutes(10 + 75 + 10));

        Assert.Equal(NodeState.HumanInvestigate, story.NodeOf(web).State);
        var tries = story.Log.Where(e => e.Kind == "guestAgentNeverConnected").Select(e => e.Seconds).ToList();
        Assert.Equal(3, tries.Count);
        Assert.All(tries.Zip(tries.Skip(1)), p => Assert.InRange(p.Second - p.First, 1500, 1500 + 120));
        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.Equal([web.Node!.Value], story.Of(web).Health!.NodesTaken);
    }

    [Fact, Trait("spec", "L2")]
    public void An_instance_that_has_taken_two_nodes_down_is_placed_no_more()
    {
        using var story = Story.Running();
        var web = story.Instances[0];

        story.Strike(FaultKind.GuestAgentNeverConnects, FaultScope.Instance, web.Id.Value);
        story.Strike(FaultKind.VmCrash, FaultScope.Instance, web.Id.Value);
        story.After(Duration.FromHours(6));

        Assert.Equal(2, story.Town.All<FabricNode>().Count(n => n.State == NodeState.HumanInvestigate));
        Assert.True(story.Of(web).Health!.Condemned);
        Assert.All(story.All.Where(i => i.Id != web.Id), i => Assert.True(i.IsHealthy));
    }

    [Fact, Trait("spec", "L2"), Trait("spec", "H3")]
    public void While_the_brake_holds_no_other_node_is_suspected_and_what_has_waited_is_moved_to_other_nodes()
    {
        using var story = Story.Running(count: 8);
        story.Strike(FaultKind.GuestAgentNeverConnects, FaultScope.Deployment, story.Deployment.Id.Value);
        story.Strike(FaultKind.VmCrash, FaultScope.Deployment, story.Deployment.Id.Value);
        story.After(Duration.FromHours(4));

        var investigated = story.Town.All<FabricNode>().Where(n => n.State == NodeState.HumanInvestigate).ToList();
        Assert.Equal(new BrakeSettings().ThresholdFor(24), investigated.Count);
        Assert.All(story.All, i => Assert.Equal(BlockerCodes.Brake, i.Health!.Healing!.Blocker!.Code));

        story.Heal();
        foreach (var node in investigated)
        {
            story.Town.Ask(story.Cluster, OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning, o => new FabricRequest.ReturnNode(node.Id, o));
        }

        // One that is being tried is given its 25 minutes first.
        story.After(Duration.FromMinutes(60));
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "L2")]
    public void Ten_percent_of_the_nodes_over_three_racks_are_not_believed_and_nothing_is_healed()
    {
        using var story = Story.Running();
        foreach (var rack in new[] { "r1", "r2", "r3" })
        {
            story.Strike(FaultKind.Partition, FaultScope.Node, $"{story.Cluster}-{rack}-n03", Duration.FromMinutes(30));
        }

        story.After(Duration.FromMinutes(29));
        Assert.Contains("heartbeatCliff", story.Kinds);
        Assert.DoesNotContain("nodeSilent", story.Kinds);
        Assert.All(story.All, i => Assert.Equal(story.Instances.Single(o => o.Id == i.Id).Node, i.Node));
        story.After(Duration.FromMinutes(15));

        Assert.Contains("cliffOver", story.Kinds);
        Assert.All(story.Town.All<FabricNode>(), n => Assert.Null(n.Health));
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
    }

    [Fact, Trait("spec", "L2"), Trait("spec", "H3")]
    public void One_silent_rack_is_a_rack_failure_and_is_healed()
    {
        using var story = Story.Running(count: 8);

        story.Strike(FaultKind.PowerLoss, FaultScope.Rack, story.RackOf(story.Instances[0]));
        story.After(Duration.FromMinutes(40));

        Assert.DoesNotContain("heartbeatCliff", story.Kinds);
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
        Assert.All(story.All, i => Assert.NotEqual(story.RackOf(story.Instances[0]), story.RackOf(i)));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "R6"), Trait("spec", "H1")]
    public void A_deletion_ends_although_a_node_is_lost()
    {
        using var story = Story.Running();
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, story.Instances[0].Node!.Value.Value);
        story.After(Duration.FromSeconds(30));

        var id = story.Town.Ask(story.Cluster, OperationKinds.DeleteDeployment, StepNames.Delete,
            o => new FabricRequest.DeleteDeployment(story.Deployment.Id, o));
        story.After(Duration.FromMinutes(40));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.Empty(story.Town.All<FabricInstance>());
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "L3"), Trait("spec", "H1")]
    public void A_node_that_fell_silent_in_safe_mode_is_recovered_when_it_has_ended()
    {
        using var story = Story.Running();
        var web = story.Instances[0];
        var everywhere = System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
        story.Town.Catalogue.SafeMode = everywhere.Add("all", "a test");
        story.Strike(FaultKind.HostCrash, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromMinutes(30));
        Assert.Equal(BlockerCodes.SafeMode, story.NodeOf(web).Health?.Blocker?.Code);
        Assert.DoesNotContain("nodeSilent", story.Kinds);

        story.Town.Catalogue.SafeMode = everywhere;
        story.Town.Wakeups.Wake(story.Cluster);
        story.After(Duration.FromMinutes(30));
        Assert.Contains("nodeSilent", story.Kinds);
        Assert.Null(story.NodeOf(web).Health);
        Assert.True(story.Of(web).IsHealthy);
    }

    [Fact, Trait("spec", "R6"), Trait("spec", "M7")]
    public void Taking_a_node_out_ends_when_the_last_instance_on_it_is_deleted_instead_of_moved()
    {
        using var story = Story.Running();
        var node = story.Instances[0].Node!.Value;

        var repair = story.Town.Ask(story.Cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut,
            o => new FabricRequest.TakeNodeOut(node, NodeAction.Repair, o));
        story.Town.Ask(story.Cluster, OperationKinds.DeleteDeployment, StepNames.Delete,
            o => new FabricRequest.DeleteDeployment(story.Deployment.Id, o));
        story.After(Duration.FromMinutes(15));

        Assert.DoesNotContain("instanceMoved", story.Kinds);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(repair).Status);
        Assert.Equal(NodeState.OutForRepair, story.NodeOf(story.Instances[0]).State);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "R6"), Trait("spec", "H1")]
    public void Taking_a_node_out_ends_when_the_node_is_lost_meanwhile()
    {
        using var story = Story.Running();
        var node = story.Instances[0].Node!.Value;
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, node.Value);
        story.After(Duration.FromSeconds(20));

        var repair = story.Town.Ask(story.Cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut,
            o => new FabricRequest.TakeNodeOut(node, NodeAction.Repair, o));
        story.After(Duration.FromMinutes(15));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(repair).Status);
        Assert.NotEqual(node, story.Of(story.Instances[0]).Node);
        story.Town.CheckBooks();
    }

    [Theory, Trait("spec", "F2"), Trait("spec", "H1")]
    [InlineData(30)]
    [InlineData(130)]
    [InlineData(400)]
    [InlineData(900)]
    public void A_restart_in_the_middle_of_a_recovery_ends_as_if_there_had_been_none(int seconds)
    {
        var story = Story.Running();
        var web = story.Instances[0];
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromSeconds(seconds));

        story.Restart();
        using (story)
        {
            story.After(Duration.FromMinutes(40));

            Assert.True(story.Of(web).IsHealthy);
            Assert.NotEqual(web.Node, story.Of(web).Node);
            Assert.Equal(NodeState.OutForRepair, story.NodeOf(web).State);
            story.Town.CheckBooks();
        }
    }
}
