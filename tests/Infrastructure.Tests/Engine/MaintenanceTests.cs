// M1, M3, M4: one node is maintained by each technology, and what it did to its guests is seen.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "M4")]
public sealed class MaintenanceTests
{
    private static readonly HostUpdate Agent = new() { Name = "agent", Component = MaintainedComponent.HostAgent, Version = "118.9" };

    private static readonly HostUpdate Patch = new() { Name = "patch", Component = MaintainedComponent.HostOs, Version = "118.9", HotPatchable = true };

    private static readonly HostUpdate Hypervisor = new()
    {
        Name = "hypervisor",
        Component = MaintainedComponent.Hypervisor,
        Version = "119.1",
        HypervisorReplaceable = true,
        NeedsHostReboot = true,
    };

    private static readonly HostUpdate Driver = new()
    {
        Name = "driver",
        Component = MaintainedComponent.VirtualDiskDriver,
        Version = "118.9",
        MemoryPreserving = MemoryPreserving.Light,
    };

    private static readonly HostUpdate Os = new()
    {
        Name = "os",
        Component = MaintainedComponent.HostOs,
        Version = "119.1",
        Image = "host-os-2014.09",
        MemoryPreserving = MemoryPreserving.Heavy,
        NeedsHostReboot = true,
    };

    private static readonly HostUpdate Firmware = new() { Name = "firmware", Component = MaintainedComponent.Firmware, Version = "8.0", NeedsHostReboot = true };

    public static TheoryData<string, Technology, double, double, string> InMemory => new()
    {
        // update, technology, measured ms at least and at most, phases
        { "patch", Technology.HotPatch, 4, 20, "staging applying" },
        { "agent", Technology.AgentRestart, 0, 0, "staging replacing" },
        { "hypervisor", Technology.HypervisorHotRestart, 150, 1000, "staging servicePartition mirroring blackout handover reclaimingMemory" },
        { "driver", Technology.MemoryPreservingLight, 3_000, 25_000, "staging staged pausingGuests replacingUnderGuests resumingGuests synchronisingClocks" },
        { "os", Technology.MemoryPreservingHeavy, 12_000, 95_000, "staging staged pausingGuests bootingHost synchronisingClocks" },
    };

    [Theory, MemberData(nameof(InMemory))]
    public void What_keeps_guests_in_memory_restarts_none_and_worries_nobody(string name, Technology technology, double least, double most, string phases)
    {
        using var story = Story.Running(count: 4);
        var update = Named(name);
        var web = story.Instances[0];
        story.Maintain(web, update);
        story.After(Duration.FromHours(1));

        var node = story.NodeOf(web);
        Assert.True(node.Maintenance is null && node.LastMaintenance is { Failure: null } last && last.Technology == technology, story.Told());
        Assert.True(update.Versions.IsIn(node.Versions));
        Assert.Equal(phases, string.Join(' ', story.Log.Where(e => e.Kind == "maintenancePhase").Select(e => e.Data)));

        var after = story.Of(web);
        Assert.Equal((web.ReportedBoot, web.PhaseSince, true), (after.ReportedBoot, after.PhaseSince, after.IsHealthy));
        foreach (var worry in new[] { "instancePhaseChanged", "nodeSilent", "roleUnresponsive", "outOfRotation", "guestAgentSilent", "maintenanceTriedAgain" })
        {
            Assert.DoesNotContain(worry, story.Kinds);
        }

        if (most > 0)
        {
            var past = Assert.Single(after.LastMaintenance);
            Assert.Equal((update.Name, technology), (past.Update, past.Technology));
            Assert.InRange(past.Measured.TotalMilliseconds, least, most);
            Assert.InRange(past.Measured / past.Predicted!.Value, 0.3, 3.2);
        }

        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M3")]
    public void A_reboot_takes_guests_down_and_they_are_waited_for()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Firmware);
        story.After(Duration.FromHours(2));

        var (node, after) = (story.NodeOf(web), story.Of(web));
        Assert.True(node.Maintenance is null && node.LastMaintenance is { Failure: null, Technology: Technology.Reboot, RebootedAt: not null }, story.Told());
        Assert.Equal("8.0", node.Versions!.Firmware);
        Assert.Equal("staging staged shuttingDown bootingHost startingGuests",
            string.Join(' ', story.Log.Where(e => e.Kind == "maintenancePhase").Select(e => e.Data)));
        Assert.True(after.IsHealthy && after.PhaseSince > web.PhaseSince);
        Assert.InRange(after.LastMaintenance[0].Measured.TotalMinutes, 8, 50);
        Assert.DoesNotContain("nodeSilent", story.Kinds);
        Assert.DoesNotContain("outOfRotation", story.Kinds);

        // Once a month is enough, unless it is a matter of security.
        story.Maintain(web, Firmware with { Name = "again", Version = "8.1" });
        story.After(Duration.FromMinutes(30));
        Assert.Contains(story.Log, e => e.Kind == "maintenanceRefused" && e.Data.Contains("rebootedLately", StringComparison.Ordinal));
        story.Maintain(web, Firmware with { Name = "urgent", Version = "8.1", SecurityCritical = true });
        story.After(Duration.FromHours(2));
        Assert.Equal("8.1", story.NodeOf(web).Versions!.Firmware);
        Assert.Equal(["urgent", "firmware"], story.Of(web).LastMaintenance.Select(m => m.Update));
        story.Town.CheckBooks();
    }

    [Theory, Trait("spec", "M1")]
    [InlineData("os")]
    [InlineData("firmware")]
    public void All_nodes_at_once_never_have_two_update_domains_down(string name)
    {
        using var story = Story.Running(count: 6);
        var update = Named(name);
        foreach (var node in story.Nodes())
        {
            story.Post(new FabricRequest.MaintainNode(node.Id, update));
        }

        for (var step = 0; step < 1000 && !story.Nodes().All(n => update.Versions.IsIn(n.Versions)); step++)
        {
            story.After(Duration.FromSeconds(30));
            Assert.InRange(story.All.Where(Promise.IsDown).Select(i => i.UpdateDomain).Distinct().Count(), 0, 1);
        }

        story.After(Duration.FromMinutes(30));
        Assert.All(story.Nodes(), n => Assert.True(n.Maintenance is null && update.Versions.IsIn(n.Versions), story.Told()));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
        Assert.DoesNotContain("nodeSilent", story.Kinds);
        Assert.DoesNotContain("heartbeatCliff", story.Kinds);
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_host_that_does_not_come_back_over_its_guests_memory_boots_and_they_start_anew()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Node, web.Node!.Value.Value, parameters: new FaultParameters(Phase: "bootingHost"));
        story.Maintain(web, Os);
        story.After(Duration.FromHours(2));

        var (node, after) = (story.NodeOf(web), story.Of(web));
        Assert.True(node.LastMaintenance is { Failure: null, Technology: Technology.Reboot }, story.Told());
        Assert.Equal(("119.1", "host-os-2014.09"), (node.Versions!.HostOs, node.HostOs));
        Assert.Contains("maintenanceCameToReboot", story.Kinds);
        Assert.Equal(Technology.Reboot, after.LastMaintenance[0].Technology);
        Assert.True(after.LastMaintenance[0].Measured > after.LastMaintenance[0].Predicted * 5 && after.IsHealthy);
    }

    [Fact]
    public void What_fails_before_guests_are_touched_is_tried_again_and_then_left_as_it_was()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Node, web.Node!.Value.Value, parameters: new FaultParameters(Phase: "staging"));
        story.Maintain(web, Firmware);
        story.After(Duration.FromHours(2));

        var node = story.NodeOf(web);
        Assert.True(node is { Maintenance: null, MaintenanceGeneration: 2, LastMaintenance.Failure: "staging failed" }, story.Told());
        Assert.Equal("7.1", node.Versions!.Firmware);
        Assert.DoesNotContain("instancePhaseChanged", story.Kinds);
        Assert.True(story.Of(web) is { IsHealthy: true, Planned: null });
    }

    [Fact, Trait("spec", "H1")]
    public void A_node_that_loses_its_power_in_the_middle_is_given_up_and_is_a_silent_node_like_any_other()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Firmware);
        story.Until(() => story.NodeOf(web).Maintenance is { Stage: MaintenanceStage.Working });
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromHours(5));

        Assert.Contains(story.Log, e => e.Kind == "nodeSilent" && e.Subject == web.Node.Value.Value);
        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.True(story.Of(web).IsHealthy, story.Told());
        Assert.Null(story.NodeOf(web).Maintenance);
        story.Town.CheckBooks();
    }

    [Theory, Trait("spec", "M1")]
    [InlineData(null)]
    [InlineData(NodeAction.Repair)]
    [InlineData(NodeAction.Decommission)]
    public void A_node_that_is_taken_out_when_it_was_told_to_boot_keeps_others_from_going_down_with_it(NodeAction? order)
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Firmware);
        story.Until(() => story.NodeOf(web).Maintenance is { Stage: MaintenanceStage.Working } && story.Of(web).IsHealthy);
        if (order is { } action)
        {
            story.Town.Ask(story.Cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut, o => new FabricRequest.TakeNodeOut(web.Node!.Value, action, o));
        }
        else
        {
            story.Strike(FaultKind.HardwareFault, FaultScope.Node, web.Node!.Value.Value);
        }

        for (var second = 0; second < 100; second++)
        {
            story.After(Duration.FromSeconds(1));
            Assert.True(Promise.IsDown(story.Of(web)), $"After {second} s nobody counts it:\n{story.Told()}");
        }

        story.After(Duration.FromHours(3));
        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }, story.Told()));
        Assert.Null(story.NodeOf(web).Maintenance);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M1")]
    public void Who_comes_up_just_before_its_node_goes_down_keeps_others_from_going_down_with_it()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Firmware);
        story.After(Duration.FromSeconds(90));
        story.Town.Ask(story.Cluster, OperationKinds.RebootInstance, StepNames.PowerCycle, o => new FabricRequest.PowerInstance(web.Id, PowerAction.Restart, o));
        story.Until(() => story.NodeOf(web).Maintenance is { Stage: MaintenanceStage.Working });
        Assert.False(story.Of(web).IsReady);

        var comesUp = false;
        while (!story.Log.Any(e => e is { Kind: "maintenancePhase", Data: "bootingHost" }))
        {
            story.After(Duration.FromSeconds(1));
            comesUp |= story.Of(web).IsReady;
            Assert.True(Promise.IsDown(story.Of(web)), story.Told());
        }

        Assert.True(comesUp, story.Told());
        story.After(Duration.FromHours(2));
        Assert.True(story.Of(web) is { IsHealthy: true, Planned: null, Operation: null }, story.Told());
        Assert.Null(story.NodeOf(web).LastMaintenance!.Failure);
    }

    [Fact, Trait("spec", "M1")]
    public void A_machine_that_is_deallocated_as_its_node_goes_down_serves_again_when_it_is_started()
    {
        using var story = Story.Running(count: 1);
        story.Town.Create("box");
        story.After(Duration.FromMinutes(20));
        Power(PowerAction.PowerOff, OperationKinds.PowerOffVirtualMachine, StepNames.PowerDown);
        story.After(Duration.FromMinutes(20));
        FabricInstance Box() => story.Town.One<FabricInstance>(i => i.Kind == InstanceKind.VirtualMachine);
        story.Town.Commit(u => story.Town.Desk.Post(u, Box().Cluster, new FabricRequest.MaintainNode(Box().Node!.Value, Firmware), story.Town.Clock.Now));
        story.Until(() => Box().NodeDrain is not null);
        Power(PowerAction.Deallocate, OperationKinds.DeallocateVirtualMachine, StepNames.PowerDown);
        story.Until(() => Box().Node is null);
        Assert.DoesNotContain(story.Log, e => e is { Kind: "maintenancePhase", Data: "startingGuests" });
        story.After(Duration.FromHours(2));

        Power(PowerAction.Start, OperationKinds.StartVirtualMachine, StepNames.CreateVirtualMachine);
        story.After(Duration.FromMinutes(30));
        Assert.True(Box() is { IsHealthy: true, TakesTraffic: true, NodeDrain: null }, story.Told());
        story.Town.CheckBooks();

        void Power(PowerAction action, string kind, IEnumerable<string> steps) =>
            story.Town.Ask(Box().Cluster, kind, steps, o => new FabricRequest.PowerInstance(Box().Id, action, o));
    }

    [Theory, Trait("spec", "F2")]
    [InlineData("os", 2)]
    [InlineData("os", 150)]
    [InlineData("os", 215)]
    [InlineData("os", 240)]
    [InlineData("firmware", 200)]
    [InlineData("firmware", 600)]
    [InlineData("firmware", 1250)]
    [InlineData("hypervisor", 90)]
    public void A_restart_in_the_middle_ends_as_if_there_had_been_none(string name, int seconds)
    {
        var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Named(name));
        story.After(Duration.FromSeconds(seconds));

        story.Restart();
        using (story)
        {
            story.After(Duration.FromHours(3));

            var (node, after) = (story.NodeOf(web), story.Of(web));
            Assert.True(node is { Maintenance: null, MaintenanceGeneration: 1, LastMaintenance.Failure: null }, story.Told());
            Assert.True(Named(name).Versions.IsIn(node.Versions));
            Assert.Single(after.LastMaintenance);
            Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
            story.Town.CheckBooks();
        }
    }

    [Fact, Trait("spec", "M7")]
    public void Hardware_that_goes_is_emptied_and_taken_out_for_good()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, new HostUpdate { Name = "old", Component = MaintainedComponent.Hardware });
        story.After(Duration.FromHours(1));

        var node = story.NodeOf(web);
        Assert.True(node is { State: NodeState.Decommissioned, Maintenance: null, LastMaintenance: { Failure: null, Technology: Technology.Redeploy } }, story.Told());
        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_ceiling_that_the_least_of_all_rungs_would_break_is_told_and_broken_only_by_an_order()
    {
        using var story = Story.Running(count: 4);
        var town = story.Town;
        var id = town.NextOperation();
        var request = town.Machine(id, "db");
        request = request with
        {
            Machine = request.Machine with { Spec = request.Machine.Spec with { Maintenance = new MaintenanceCeilings(AllowReboot: false) } },
        };
        town.Commit(unit => town.Desk.Open(unit, request, town.Clock.Now));
        story.After(Duration.FromMinutes(20));
        var machine = town.One<FabricInstance>(i => i.Id == request.Machine.Instance);
        Assert.Equal(new MaintenanceCeilings(AllowReboot: false), machine.Ceilings);
        Post(null);
        story.After(Duration.FromMinutes(10));
        Assert.Contains(town.All<Infrastructure.Persistence.Fabric.EventRow>(), e => e.Kind == "maintenanceEscalated" && e.Data.Contains("db is not to be rebooted", StringComparison.Ordinal));
        Assert.Null(town.One<FabricNode>(n => n.Id == machine.Node!.Value).Maintenance);

        Post(new PushOverride("ops", "it burns", town.Clock.Now));
        story.After(Duration.FromHours(1.5));
        Assert.Contains(town.All<Infrastructure.Persistence.Fabric.EventRow>(), e => e.Kind == "ceilingBroken" && e.Data.Contains("it burns", StringComparison.Ordinal));
        var after = town.One<FabricInstance>(i => i.Id == machine.Id);
        Assert.Equal((Technology.Reboot, true), (after.LastMaintenance[0].Technology, after.IsHealthy));

        void Post(PushOverride? order) => town.Commit(unit =>
            town.Desk.Post(unit, machine.Cluster, new FabricRequest.MaintainNode(machine.Node!.Value, Firmware, order), town.Clock.Now));
    }

    [Fact, Trait("spec", "F5")]
    public void What_would_not_go_together_is_not_begun()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Agent with { Version = "119.9", SameGeneration = [Component.HostAgent, Component.NetworkAgent] });
        story.After(Duration.FromMinutes(10));
        Assert.Contains(story.Log, e => e.Kind == "maintenanceRefused" && e.Data.Contains("incompatibleVersions", StringComparison.Ordinal));
        Assert.Equal("118.1", story.NodeOf(web).Versions!.HostAgent);
    }

    private static HostUpdate Named(string name) => new[] { Agent, Patch, Hypervisor, Driver, Os, Firmware }.Single(u => u.Name == name);
}

internal static class MaintenanceOfStories
{
    public static void Maintain(this Story story, FabricInstance on, HostUpdate update) =>
        story.Post(new FabricRequest.MaintainNode(story.Of(on).Node!.Value, update));

    public static void Until(this Story story, Func<bool> so)
    {
        for (var step = 0; step < 500 && !so(); step++)
        {
            story.After(Duration.FromSeconds(10));
        }

        Assert.True(so(), story.Told());
    }

    public static string Told(this Story story) =>
        string.Join('\n', story.Log.Select(e => $"{e.Seconds,8:0.0} {e.Kind} {e.Subject} {e.Data}"));
}
