// F5, L4: bundles on their way over a cluster: under the promise, as long as enough is healthy, forward or back.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Operations;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "L4")]
public sealed class BundleTests
{
    [Fact, Trait("spec", "F5")]
    public void Agents_are_replaced_as_nodes_and_guests_run_so_many_nodes_at_once_as_was_said()
    {
        using var story = Story.Running(count: 6);
        Assert.All(story.Nodes(), n => Assert.Equal("118.1", n.Versions!.HostAgent));
        Assert.All(story.All, i => Assert.Equal("118.1", i.GuestAgent));

        var push = story.Push("118.2", nodes: 2);
        story.After(Duration.FromHours(2));

        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
        Assert.All(story.Nodes(), n => Assert.Equal(("118.2", "118.1", "118.2"), (n.Versions!.HostAgent, n.Versions.NetworkAgent, n.Versions.GuestAgent)));
        Assert.All(story.All, i => Assert.Equal("118.2", i.GuestAgent));
        Assert.DoesNotContain("instancePhaseChanged", story.Kinds);
        var (most, now) = (0, 0);
        foreach (var (_, kind, _, _) in story.Log.Where(e => e.Kind is "installBegun" or "versionsInstalled"))
        {
            now += kind == "installBegun" ? 1 : -1;
            most = Math.Max(most, now);
        }

        Assert.Equal((2, 0), (most, now));
        Assert.Null(story.Bundles().Push);
        Assert.Equal("118.2", story.Bundles().Installed.HostAgent);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M1"), Trait("spec", "F5")]
    public void A_new_host_OS_reboots_every_node_and_never_two_update_domains_at_once()
    {
        using var story = Story.Running(count: 8);

        var push = story.Push("119.1", nodes: 50);
        for (var minute = 0; minute < 240 && story.StatusOf(push) != OperationStatus.Succeeded; minute++)
        {
            story.After(Duration.FromMinutes(1));
            Assert.InRange(story.All.Where(Promise.IsDown).Select(i => i.UpdateDomain).Distinct().Count(), 0, 1);
        }

        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
        Assert.All(story.Nodes(), n => Assert.Equal(("119.1", null), (n.Versions!.HostOs, n.Install)));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null, GuestAgent: "119.1" }));
        Assert.All(story.All, i => Assert.Equal(story.Instances.Single(o => o.Id == i.Id).Node, i.Node));
        Assert.DoesNotContain("nodeSilent", story.Kinds);
        Assert.DoesNotContain("heartbeatCliff", story.Kinds);
        story.Town.CheckBooks();
    }

    [Fact]
    public void It_stops_where_too_few_instances_are_healthy_and_goes_on_by_an_explicit_order()
    {
        using var story = Story.Running(count: 8);
        var push = story.Push("118.2");
        story.After(Duration.FromMinutes(4));
        Break(story, 2);
        story.After(Duration.FromMinutes(30));

        Assert.Equal(BlockerCodes.NotEnoughHealthy, story.Bundles().Push!.Blocker!.Code);
        var done = story.Nodes().Count(n => n.Versions!.HostAgent == "118.2");
        Assert.InRange(done, 1, story.Nodes().Count - 1);
        story.After(Duration.FromMinutes(20));
        Assert.Equal(done, story.Nodes().Count(n => n.Versions!.HostAgent == "118.2"));

        story.Override(push);
        story.After(Duration.FromHours(1.5));

        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
        Assert.All(story.Nodes(), n => Assert.Equal("118.2", n.Versions!.HostAgent));
        Assert.Contains(story.Log, e => e.Kind == "bundleOverridden" && e.Data.Contains("ops", StringComparison.Ordinal));
    }

    [Fact]
    public void It_goes_on_by_itself_when_instances_are_healthy_again()
    {
        using var story = Story.Running(count: 8);
        var push = story.Push("118.2");
        story.After(Duration.FromMinutes(4));
        Break(story, 2);
        story.After(Duration.FromMinutes(15));
        Assert.NotNull(story.Bundles().Push!.Blocker);
        story.Heal();
        story.After(Duration.FromHours(3));

        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
    }

    [Fact]
    public void A_stuck_push_is_taken_back_by_another_one_that_is_measured_by_what_was_before_both()
    {
        using var story = Story.Running(count: 8);
        var forward = story.Push("118.2");
        story.After(Duration.FromMinutes(4));
        Break(story, 2);
        story.After(Duration.FromMinutes(10));

        var back = story.Push("118.1", only: [Component.HostAgent, Component.GuestAgent]);
        story.After(Duration.FromMinutes(5));
        Assert.Equal(OperationStatus.Canceled, story.StatusOf(forward));
        Assert.Equal("superseded", story.Town.OperationOf(forward).Error!.Code);
        Assert.Equal((8, BlockerCodes.NotEnoughHealthy), (story.Bundles().HealthyBefore, story.Bundles().Push!.Blocker!.Code));

        story.Heal();
        story.After(Duration.FromHours(3));
        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(back));
        Assert.All(story.Nodes(), n => Assert.Equal(("118.1", "118.1"), (n.Versions!.HostAgent, n.Versions.GuestAgent)));
        Assert.All(story.All, i => Assert.Equal("118.1", i.GuestAgent));
        Assert.Equal(0, story.Bundles().HealthyBefore);
    }

    [Fact]
    public void A_push_that_is_canceled_ends_and_what_it_had_drained_serves_again()
    {
        using var story = Story.Running(count: 4);
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromSeconds(1));
        Assert.Contains(story.All, i => i.NodeDrain is not null);
        story.Post(new FabricRequest.CancelBundle(push));
        story.After(Duration.FromMinutes(30));

        Assert.Equal(OperationStatus.Canceled, story.StatusOf(push));
        Assert.All(story.Nodes(), n => Assert.Null(n.Install));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
        Assert.Contains(story.Nodes(), n => n.Versions!.HostOs == "118.1");
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "F5")]
    public void A_node_on_which_versions_would_not_go_together_is_left_as_it_is()
    {
        using var story = Story.Running();
        var push = story.Push("119.1", nodes: 50, only: [Component.NetworkAgent]);
        story.After(Duration.FromMinutes(30));

        var operation = story.Town.OperationOf(push);
        Assert.Equal((OperationStatus.Failed, "installFailed"), (operation.Status, operation.Error!.Code));
        Assert.Contains("hostAgent 118.1", operation.Error.Message, StringComparison.Ordinal);
        Assert.All(story.Nodes(), n => Assert.Equal("118.1", n.Versions!.NetworkAgent));
        Assert.DoesNotContain("installBegun", story.Kinds);
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
    }

    [Fact, Trait("spec", "F5")]
    public void A_node_that_a_plug_in_has_cut_off_is_not_believed_to_have_what_it_had()
    {
        using var story = Story.Running();
        var cut = story.Push("119.1", nodes: 50, because: "it worked on my node", only: [Component.NetworkAgent]);
        story.After(Duration.FromHours(2));
        Assert.Equal(OperationStatus.Failed, story.StatusOf(cut));
        Assert.All(story.Nodes(), n => Assert.Equal((null, "118.1"), (n.Versions!.NetworkAgent, n.Versions.HostAgent)));

        var back = story.Push("118.1", nodes: 50, because: "the way back", only: [Component.NetworkAgent]);
        story.After(Duration.FromMinutes(30));
        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(back));
        Assert.All(story.Nodes(), n => Assert.Equal(("118.1", null), (n.Versions!.NetworkAgent, n.Health)));
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
    }

    [Fact, Trait("spec", "L2")]
    public void It_does_not_run_while_a_brake_holds()
    {
        using var story = Story.Running();
        foreach (var rack in new[] { "r1", "r2", "r3" })
        {
            story.Strike(FaultKind.Partition, FaultScope.Node, $"{story.Cluster}-{rack}-n03", Duration.FromMinutes(30));
        }

        story.After(Duration.FromMinutes(5));
        var push = story.Push("118.2", nodes: 50);
        story.After(Duration.FromMinutes(20));
        Assert.DoesNotContain("installBegun", story.Kinds);
        Assert.Equal(BlockerCodes.HeartbeatCliff, story.Bundles().Push!.Blocker!.Code);

        story.After(Duration.FromHours(1));
        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
    }

    [Fact, Trait("spec", "H1")]
    public void A_node_that_does_not_come_back_is_tried_again_and_then_it_is_a_silent_node_like_any_other()
    {
        using var story = Story.Running(count: 4);
        var web = story.Instances[0];
        var push = story.Push("119.1", nodes: 1);
        for (var minute = 0; minute < 300 && story.NodeOf(web).Install is not { ExpectsSilence: true }; minute++)
        {
            story.After(Duration.FromMinutes(1));
        }

        Assert.NotNull(story.NodeOf(web).Install);
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromMinutes(50));
        Assert.DoesNotContain("nodeSilent", story.Kinds);
        story.After(Duration.FromHours(6));

        Assert.Equal(OperationStatus.Failed, story.StatusOf(push));
        Assert.Contains("installTriedAgain", story.Kinds);
        Assert.Contains(story.Log, e => e.Kind == "nodeSilent" && e.Subject == web.Node.Value.Value);
        Assert.True(story.Of(web).IsHealthy);
        Assert.NotEqual(web.Node, story.Of(web).Node);
        Assert.All(story.Nodes().Where(n => n.Id != web.Node), n => Assert.Equal("119.1", n.Versions!.HostOs));
        story.Town.CheckBooks();
    }

    [Theory, Trait("spec", "F2")]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(260)]
    [InlineData(900)]
    public void A_restart_in_the_middle_ends_as_if_there_had_been_none(int seconds)
    {
        var story = Story.Running(count: 6);
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromSeconds(seconds));

        story.Restart();
        using (story)
        {
            story.After(Duration.FromHours(4));

            Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
            Assert.All(story.Nodes(), n => Assert.Equal(("119.1", null, 1), (n.Versions!.HostOs, n.Install, n.InstallGeneration)));
            Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null }));
            story.Town.CheckBooks();
        }
    }

    // Their guests end and do not come back: two of eight are more than a tenth.
    private static void Break(Story story, int instances)
    {
        foreach (var i in story.Instances.Take(instances))
        {
            story.Strike(FaultKind.GuestAgentNeverConnects, FaultScope.Instance, i.Id.Value);
            story.Strike(FaultKind.VmCrash, FaultScope.Instance, i.Id.Value);
        }
    }
}
