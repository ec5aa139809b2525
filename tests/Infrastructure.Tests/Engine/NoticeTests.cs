// W3: guests are told before something is done to their machines, and nothing is done before they have let it begin, or their
// time is over.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "W3")]
public sealed class NoticeTests
{
    private static readonly HostUpdate Os = new()
    {
        Name = "os",
        Component = MaintainedComponent.HostOs,
        Version = "119.1",
        Image = "host-os-2014.09",
        MemoryPreserving = MemoryPreserving.Heavy,
        NeedsHostReboot = true,
    };

    private static readonly HostUpdate Hypervisor = new()
    {
        Name = "hypervisor",
        Component = MaintainedComponent.Hypervisor,
        Version = "119.1",
        HypervisorReplaceable = true,
        NeedsHostReboot = true,
    };

    private static readonly HostUpdate Patch = new() { Name = "patch", Component = MaintainedComponent.HostOs, Version = "118.9", HotPatchable = true };

    [Fact]
    public void A_node_stages_at_once_and_its_guests_feel_nothing_before_their_time()
    {
        using var story = Announced(count: 4);
        var web = story.Instances[0];
        var began = story.Town.Clock.Now;
        story.Maintain(web, Os);
        story.After(Duration.FromMinutes(14));

        var told = Assert.Single(story.LiveNotices());
        Assert.Equal((NoticeType.Freeze, NoticeStatus.Scheduled, NoticeSource.Platform), (told.Type, told.Status, told.Source));
        Assert.InRange(told.NotBefore - began, Duration.FromMinutes(15), Duration.FromMinutes(15.1));
        Assert.Equal(Duration.FromSeconds(30), told.Predicted);
        Assert.Equal(2, story.BoardOf(web).Incarnation);
        var waits = story.NodeOf(web).Maintenance!;
        Assert.Equal((MaintenanceStage.Waiting, "scheduledEvent", told.NotBefore), (waits.Stage, waits.Blocker!.Code, waits.Blocker.ForcedAt));
        Assert.True(story.Of(web) is { IsHealthy: true, Planned: null });

        story.Until(() => story.LiveNotices() is [{ Status: NoticeStatus.Started }]);
        Assert.Equal((3, told.Id), (story.BoardOf(web).Incarnation, story.LiveNotices()[0].Id));
        story.After(Duration.FromMinutes(30));
        Assert.Empty(story.LiveNotices());
        Assert.Equal(4, story.BoardOf(web).Incarnation);

        var past = Assert.Single(story.PastNotices());
        Assert.Equal((told.Id, NoticeStatus.Ended, null as Acknowledgement), (past.Id, past.Status, past.Acknowledged));
        Assert.True(past.StartedAt >= told.NotBefore, story.What());
        Assert.Equal(story.Of(web).LastMaintenance[0].Measured, past.Measured);
        Assert.DoesNotContain(story.Log, e => e.Kind == "maintenancePhase" && e.Data == "pausingGuests" && began + Duration.FromSeconds(e.Seconds) < told.NotBefore);
        story.Town.CheckBooks();
    }

    [Fact]
    public void What_is_not_felt_is_not_announced_and_a_hot_restart_is()
    {
        using var story = Announced(count: 4);
        story.Maintain(story.Instances[0], Patch);
        story.Maintain(story.Instances[1], Hypervisor);
        story.After(Duration.FromMinutes(14));

        var (patched, waits) = (story.NodeOf(story.Instances[0]), story.NodeOf(story.Instances[1]));
        Assert.True(Patch.Versions.IsIn(patched.Versions), story.What());
        Assert.Equal([(NoticeType.Freeze, story.Instances[1].Id)], story.LiveNotices().Select(n => (n.Type, n.Resources[0].Instance)));
        Assert.Equal(MaintenanceStage.Waiting, waits.Maintenance!.Stage);
        Assert.True(waits.Maintenance.ClosesNode, "Who came now would not be told in time.");

        story.After(Duration.FromMinutes(30));
        Assert.True(Hypervisor.Versions.IsIn(story.NodeOf(story.Instances[1]).Versions), story.What());
        Assert.InRange(story.PastNotices()[0].Measured!.Value.TotalMilliseconds, 100, 1000);
        Assert.DoesNotContain("instancePhaseChanged", story.Kinds);
    }

    [Fact]
    public void One_acknowledgement_lets_it_begin_for_all_that_it_names()
    {
        using var story = Announced(count: 12, updateDomains: 2);
        var web = story.Instances.GroupBy(i => i.Node).First(g => g.Count() > 1).First();
        var began = story.Town.Clock.Now;
        story.Maintain(web, Os);
        story.After(Duration.FromMinutes(4));
        var told = Assert.Single(story.LiveNotices());
        Assert.Equal(story.All.Count(i => i.Node == web.Node), told.Resources.Length);
        Assert.True(told.Resources.Length > 1);

        story.Acknowledge(web, told);
        story.After(Duration.FromMinutes(4));
        var past = Assert.Single(story.PastNotices());
        Assert.Equal(AcknowledgedBy.Guest, past.Acknowledged!.By);
        Assert.True(past.EndedAt < began + Duration.FromMinutes(9), story.What());
        Assert.All(past.Resources, r => Assert.NotNull(r.Measured));
        // Seen, begun, gone: that somebody let it begin is not to be seen in the document.
        Assert.Equal(4, story.BoardOf(web).Incarnation);
    }

    [Fact]
    public void A_shared_node_waits_for_the_last_of_its_owners()
    {
        using var story = Announced(count: 4);
        for (var n = 0; n < 30; n++)
        {
            story.Town.Create($"box{n}");
        }

        story.After(Duration.FromMinutes(30));
        var shared = story.Town.All<FabricInstance>().GroupBy(i => i.Node)
            .First(g => g.Select(NoticeBoard.ScopeOf).Distinct().Count() > 1).ToList();
        var (cluster, node) = (shared[0].Cluster, shared[0].Node!.Value);
        var owners = shared.GroupBy(NoticeBoard.ScopeOf).Select(g => g.First()).ToList();
        var began = story.Town.Clock.Now;
        Post(new FabricRequest.MaintainNode(node, Os));
        story.After(Duration.FromMinutes(5));
        Assert.Equal(owners.Count, story.LiveNotices().Count);
        Assert.All(story.LiveNotices(), n => Assert.Single(n.Resources.Select(r => shared.First(i => i.Id == r.Instance)).Select(NoticeBoard.ScopeOf).Distinct()));

        Post(new FabricRequest.AcknowledgeNotice(NoticeBoard.ScopeOf(owners[0]), story.BoardOf(owners[0]).Live[0].Id, AcknowledgedBy.Owner));
        story.After(Duration.FromMinutes(5));
        Assert.All(story.LiveNotices(), n => Assert.Equal(NoticeStatus.Scheduled, n.Status));
        Assert.Equal("scheduledEvent", story.Town.One<FabricNode>(n => n.Id == node).Maintenance!.Blocker!.Code);

        foreach (var other in owners.Skip(1))
        {
            Post(new FabricRequest.AcknowledgeNotice(NoticeBoard.ScopeOf(other), story.BoardOf(other).Live[0].Id, AcknowledgedBy.Guest));
        }

        story.After(Duration.FromMinutes(4));
        Assert.Equal(owners.Count, story.PastNotices().Count);
        Assert.All(story.PastNotices(), n => Assert.True(n.StartedAt < began + Duration.FromMinutes(12)));

        void Post(FabricRequest request) => story.Town.Commit(u => story.Town.Desk.Post(u, cluster, request, story.Town.Clock.Now));
    }

    [Fact]
    public void What_is_held_is_withdrawn_and_announced_anew_when_it_goes_on()
    {
        using var story = Announced(count: 4);
        story.RollOut(Os);
        story.After(Duration.FromMinutes(5));
        var told = story.LiveNotices();
        Assert.NotEmpty(told);
        story.Post(new FabricRequest.HoldRollout("r", "not today"));
        story.After(Duration.FromMinutes(1));
        Assert.Empty(story.LiveNotices());
        Assert.All(story.PastNotices(), n => Assert.Equal((NoticeStatus.Withdrawn, "not today"), (n.Status, n.Why)));

        story.Post(new FabricRequest.ResumeRollout("r", null));
        var again = story.Town.Clock.Now;
        story.After(Duration.FromMinutes(5));
        Assert.All(story.LiveNotices(), n => Assert.True(n.NotBefore >= again + Duration.FromMinutes(15) && told.All(t => t.Id != n.Id)));
        story.After(Duration.FromHours(6));
        Assert.Equal(story.RolloutNodes().Count, story.Updated(Os));
        Assert.Empty(story.LiveNotices());
        // Each of them once for what was done to it.
        Assert.Equal(4, story.PastNotices().Where(n => n.Status == NoticeStatus.Ended).SelectMany(n => n.Resources).Count());
    }

    [Fact, Trait("spec", "M1")]
    public void Nodes_on_notice_keep_nobody_from_his_turn()
    {
        using var story = Announced(count: 4);
        var (first, second) = (story.Instances[0], story.Instances.First(i => i.UpdateDomain != story.Instances[0].UpdateDomain));
        story.Maintain(first, Os);
        story.After(Duration.FromMinutes(4));
        story.Maintain(second, Os);
        story.After(Duration.FromMinutes(1));
        story.Acknowledge(second, story.LiveNotices().First(n => n.Names(second.Id)));
        story.After(Duration.FromMinutes(5));
        Assert.True(Os.Versions.IsIn(story.NodeOf(second).Versions), story.What());
        Assert.Equal(NoticeStatus.Scheduled, story.LiveNotices().Single(n => n.Names(first.Id)).Status);
    }

    [Fact, Trait("spec", "F2")]
    public void A_controller_that_begins_anew_keeps_to_what_was_announced()
    {
        using var story = Announced(count: 4);
        var web = story.Instances[0];
        story.Maintain(web, Os);
        story.After(Duration.FromMinutes(7));
        var told = Assert.Single(story.LiveNotices());
        story.Restart();
        story.After(Duration.FromMinutes(7));
        Assert.Equal(StoreJson.Write(told), StoreJson.Write(Assert.Single(story.LiveNotices())));
        story.Restart();
        story.After(Duration.FromMinutes(20));
        var past = Assert.Single(story.PastNotices());
        Assert.Equal((told.Id, NoticeStatus.Ended), (past.Id, past.Status));
        Assert.InRange(past.StartedAt!.Value - told.NotBefore, Duration.Zero, Duration.FromMinutes(1));
    }

    [Fact, Trait("spec", "F2")]
    public void A_deletion_that_waits_for_its_guest_outlives_the_controller()
    {
        using var story = Announced(count: 1);
        var asked = story.Town.Machine(new OperationId("op-box"), "box");
        var spec = asked.Machine.Spec with { TerminationNotice = Duration.FromMinutes(10) };
        story.Town.Commit(u => story.Town.Desk.Open(u, asked with { Machine = asked.Machine with { Spec = spec } }, story.Town.Clock.Now));
        story.After(Duration.FromMinutes(30));
        var box = story.Town.One<FabricInstance>(i => i.Name == "box");
        story.Town.Ask(box.Cluster, OperationKinds.DeleteVirtualMachine, StepNames.Delete, o => new FabricRequest.DeleteVirtualMachine(box.Owner, o));
        story.After(Duration.FromMinutes(4));
        var told = Assert.Single(story.LiveNotices());
        Assert.Equal((NoticeType.Terminate, NoticeStatus.Scheduled, box.Id), (told.Type, told.Status, told.Resources[0].Instance));

        story.Restart();
        story.After(Duration.FromMinutes(5));
        Assert.True(story.Town.One<FabricInstance>(i => i.Name == "box").IsHealthy, story.What());
        story.After(Duration.FromMinutes(3));
        Assert.DoesNotContain(story.Town.All<FabricInstance>(), i => i.Name == "box");
        Assert.Equal(NoticeStatus.Ended, Assert.Single(story.PastNotices()).Status);
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_freeze_that_comes_to_a_reboot_says_so()
    {
        using var story = Announced(count: 4);
        var web = story.Instances[0];
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Node, web.Node!.Value.Value, parameters: new FaultParameters(Phase: "bootingHost"));
        story.Maintain(web, Os);
        story.Until(() => story.LiveNotices() is [{ Type: NoticeType.Reboot }]);
        Assert.Equal(NoticeStatus.Started, story.LiveNotices()[0].Status);
        story.After(Duration.FromHours(2));
        Assert.True(Assert.Single(story.PastNotices()).Measured > Duration.FromMinutes(5));
    }

    [Fact]
    public void An_owner_restarts_at_once_where_no_guest_reads_and_after_its_notice_where_one_does()
    {
        using var story = Announced(count: 4);
        var web = story.Instances[0];
        Restart(story, web);
        story.After(Duration.FromMinutes(4));
        Assert.True(story.Of(web).BootGeneration > web.BootGeneration);
        Assert.Empty(story.Town.All<NoticeBoardRow>());

        var reader = story.Instances[1];
        story.Post(new FabricRequest.NoticesRead(reader.Id));
        Restart(story, reader);
        story.After(Duration.FromMinutes(14));
        var told = Assert.Single(story.LiveNotices());
        Assert.Equal((NoticeType.Reboot, NoticeSource.User, null as Duration?), (told.Type, told.Source, told.Predicted));
        Assert.Equal((reader.BootGeneration, "scheduledEvent"), (story.Of(reader).BootGeneration, story.Of(reader).Planned!.Blocker!.Code));
        story.After(Duration.FromMinutes(8));
        Assert.Equal(reader.BootGeneration + 1, story.Of(reader).BootGeneration);
        Assert.True(Assert.Single(story.PastNotices()) is { Status: NoticeStatus.Ended } past && past.Measured > Duration.FromSeconds(30), story.What());

        // Whoever has not read for a day is not waited for.
        story.After(Duration.FromHours(24));
        Restart(story, story.Of(reader));
        story.After(Duration.FromMinutes(4));
        Assert.Equal(reader.BootGeneration + 2, story.Of(reader).BootGeneration);
    }

    [Fact, Trait("spec", "M7")]
    public void A_node_that_is_emptied_is_left_after_a_notice_or_an_acknowledgement()
    {
        using var story = Announced(count: 4);
        var web = story.Instances[0];
        var began = story.Town.Clock.Now;
        story.Town.Ask(story.Cluster, OperationKinds.DecommissionNode, StepNames.TakeNodeOut,
            o => new FabricRequest.TakeNodeOut(web.Node!.Value, NodeAction.Decommission, o));
        story.After(Duration.FromMinutes(9));
        var told = Assert.Single(story.LiveNotices());
        Assert.Equal((NoticeType.Redeploy, NoticeStatus.Scheduled, Duration.FromMinutes(10)), (told.Type, told.Status, told.NotBefore - told.PublishedAt));
        Assert.Equal(web.Node, story.Of(web).Node);
        story.After(Duration.FromMinutes(15));
        Assert.NotEqual(web.Node, story.Of(web).Node);
        var past = Assert.Single(story.PastNotices());
        Assert.True(past is { Status: NoticeStatus.Ended } && past.StartedAt >= began + Duration.FromMinutes(10) && past.Measured > Duration.FromMinutes(1), story.What());
    }

    [Fact, Trait("spec", "H1")]
    public void A_host_that_breaks_gives_no_notice_and_says_that_it_has_begun()
    {
        using var story = Announced(count: 4);
        var web = story.Instances[0];
        story.Strike(FaultKind.HardwareFault, FaultScope.Node, web.Node!.Value.Value);
        story.Until(() => story.LiveNotices().Count > 0);
        Assert.True(story.LiveNotices() is [{ Type: NoticeType.Reboot, Status: NoticeStatus.Started, StartedAt: not null }]);
        story.After(Duration.FromMinutes(30));
        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.Empty(story.LiveNotices());
        Assert.Equal(NoticeStatus.Ended, Assert.Single(story.PastNotices()).Status);
    }

    [Fact]
    public void A_board_goes_with_the_last_who_reads_it()
    {
        using var story = Announced(count: 4);
        story.Town.Create("box");
        story.After(Duration.FromMinutes(30));
        var box = story.Town.One<FabricInstance>(i => i.Name == "box");
        story.Town.Commit(u => story.Town.Desk.Post(u, box.Cluster, new FabricRequest.NoticesRead(box.Id), story.Town.Clock.Now));
        story.After(Duration.FromMinutes(1));
        Assert.Single(story.Town.All<NoticeBoardRow>());
        story.Town.Ask(box.Cluster, OperationKinds.DeleteVirtualMachine, StepNames.Delete, o => new FabricRequest.DeleteVirtualMachine(box.Owner, o));
        story.After(Duration.FromMinutes(5));
        Assert.Empty(story.Town.All<NoticeBoardRow>());
    }

    [Fact]
    public void Who_has_left_in_the_turn_in_which_a_node_is_asked_is_not_waited_for()
    {
        using var story = Story.Running(count: 4, new FabricSettings(), grain: Duration.FromMinutes(1));
        var node = story.NodeOf(story.Instances[0]).Id;
        story.Maintain(story.Instances[0], Os);
        story.After(Duration.FromMinutes(5));
        Assert.Equal("scheduledEvent", story.Town.One<FabricNode>(n => n.Id == node).Maintenance!.Blocker!.Code);

        story.Town.Ask(story.Cluster, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(story.Deployment.Id, o));
        for (var minute = 0; minute < 5; minute++)
        {
            story.After(Duration.FromMinutes(1));
            Assert.True(
                story.Town.One<FabricNode>(n => n.Id == node).Maintenance is not { Blocker: { } waits } || story.All.Any(i => i.Id.Value == waits.Resource),
                story.Told());
        }

        Assert.Empty(story.All);
    }

    [Fact, Trait("spec", "W3"), Trait("spec", "R6")]
    public void A_second_deletion_left_the_notice_of_the_first_and_the_cluster_fell_over_it()
    {
        using var story = Announced(count: 2);
        var machine = Told(story, "box");
        var first = Delete(story, machine);
        story.After(Duration.FromMinutes(2));
        var second = Delete(story, machine);
        story.After(Duration.FromMinutes(1));
        Assert.Equal(OperationStatus.Canceled, story.Town.OperationOf(first).Status);
        Assert.Single(story.Log, e => e.Kind == "scheduledEventWithdrawn" && e.Data.StartsWith("Terminate of box", StringComparison.Ordinal));
        story.After(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(second).Status);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "W3"), Trait("spec", "R6")]
    public void What_an_owner_asked_for_while_a_deletion_waited_for_the_guest_never_ended()
    {
        using var story = Announced(count: 2);
        var machine = Told(story, "box");
        var deletion = Delete(story, machine);
        story.After(Duration.FromMinutes(2));
        Assert.Equal(OperationStatus.Running, story.Town.OperationOf(deletion).Status);

        var stop = story.Town.Ask(
            story.Cluster, OperationKinds.DeallocateVirtualMachine, StepNames.PowerDown, o => new FabricRequest.PowerInstance(machine.Instance, PowerAction.Deallocate, o));
        story.After(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(deletion).Status);
        Assert.True(story.Town.OperationOf(stop).Ended);
        story.Town.CheckBooks();
    }

    // A machine whose guest wants to know ten minutes before it is deleted.
    private static VirtualMachine Told(Story story, string name)
    {
        var place = story.Town.Machine(story.Town.NextOperation(), name);
        var machine = place.Machine with { Spec = place.Machine.Spec with { TerminationNotice = Duration.FromMinutes(10) } };
        story.Town.Commit(unit => story.Town.Desk.Open(unit, place with { Machine = machine, Scope = place.Scope with { Only = [story.Cluster] } }, story.Town.Clock.Now));
        story.After(Duration.FromMinutes(10));
        return machine;
    }

    private static OperationId Delete(Story story, VirtualMachine machine) => story.Town.Ask(
        story.Cluster, OperationKinds.DeleteVirtualMachine, StepNames.Delete, o => new FabricRequest.DeleteVirtualMachine(machine.Key, o));

    private static Story Announced(int count, int updateDomains = 5) => Story.Running(count, new FabricSettings(), updateDomains);

    private static void Restart(Story story, FabricInstance i) => story.Town.Ask(story.Cluster, OperationKinds.RebootInstance,
        StepNames.PowerCycle, o => new FabricRequest.PowerInstance(i.Id, PowerAction.Restart, o));
}
