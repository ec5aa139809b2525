// W3 for what brings new software onto nodes and guests outside rollouts: bundles that boot a node (F5), a new guest OS (U3).
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "W3")]
public sealed class ServicingNoticeTests
{
    private static readonly Duration Notice = new NoticeSettings().Reboot;

    [Fact, Trait("spec", "F5")]
    public void A_bundle_that_boots_nodes_tells_their_guests_first_and_keeps_the_promise()
    {
        using var story = Announced();
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromMinutes(14));

        var told = story.LiveNotices();
        Assert.Equal(4, told.Sum(n => n.Resources.Length));
        Assert.All(told, n => Assert.Equal((NoticeType.Reboot, NoticeStatus.Scheduled, NoticeSource.Platform), (n.Type, n.Status, n.Source)));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, Planned: null, GuestAgent: "118.1" }));
        Assert.Contains(story.Nodes(), n => n.Versions!.HostOs == "119.1");

        for (var minute = 0; minute < 240 && story.StatusOf(push) != OperationStatus.Succeeded; minute++)
        {
            story.After(Duration.FromMinutes(1));
            Assert.InRange(story.All.Where(Promise.IsDown).Select(i => i.UpdateDomain).Distinct().Count(), 0, 1);
        }

        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
        story.After(Duration.FromMinutes(10));
        Assert.Empty(story.LiveNotices());
        Assert.All(story.PastNotices(), n => Assert.True(
            n.Status == NoticeStatus.Ended && n.StartedAt >= n.PublishedAt + Notice && n.Measured > Duration.Zero, $"{n}"));
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_guest_that_lets_it_begin_is_not_waited_for()
    {
        using var story = Announced();
        story.Push("119.1", nodes: 50);
        story.After(Duration.FromMinutes(2));
        var web = story.Instances[0];
        var mine = story.LiveNotices().Single(n => n.Names(web.Id));

        story.Acknowledge(web, mine);
        story.After(Duration.FromMinutes(1));

        Assert.Equal(NoticeStatus.Started, story.LiveNotices().Single(n => n.Names(web.Id)).Status);
        Assert.True(Promise.IsDown(story.Of(web)));
        Assert.All(story.All.Where(i => i.Id != web.Id), i => Assert.False(Promise.IsDown(i)));
    }

    [Fact, Trait("spec", "L4")]
    public void An_operators_order_waits_for_nobody()
    {
        using var story = Announced();
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromMinutes(1));
        Assert.DoesNotContain(story.All, Promise.IsDown);

        story.Override(push);
        story.After(Duration.FromMinutes(1));

        Assert.Contains(story.All, Promise.IsDown);
    }

    [Fact]
    public void What_was_announced_is_taken_back_with_the_push()
    {
        using var story = Announced();
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromMinutes(5));

        story.Post(new FabricRequest.CancelBundle(push));
        story.After(Duration.FromMinutes(30));

        Assert.Empty(story.LiveNotices());
        Assert.All(story.PastNotices(), n => Assert.Equal(NoticeStatus.Withdrawn, n.Status));
        Assert.All(story.Nodes(), n => Assert.Null(n.Install));
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, GuestAgent: "118.1" }));
    }

    [Fact]
    public void A_node_that_fails_meanwhile_is_let_go_and_done_when_it_is_back()
    {
        using var story = Announced();
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromMinutes(5));
        var node = story.NodeOf(story.Instances[0]);

        story.Strike(FaultKind.PowerLoss, FaultScope.Node, node.Id.Value, Duration.FromMinutes(20));
        story.After(Duration.FromMinutes(12));
        Assert.Null(story.Nodes().Single(n => n.Id == node.Id).Install);
        Assert.Contains(story.PastNotices(), n => n.Status == NoticeStatus.Withdrawn);

        story.After(Duration.FromHours(3));
        Assert.NotEqual(OperationStatus.Running, story.StatusOf(push));
        Assert.Empty(story.LiveNotices());
        story.Town.CheckBooks();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(16)]
    public void A_restart_in_the_middle_ends_as_if_there_had_been_none(int minutes)
    {
        using var story = Announced();
        var push = story.Push("119.1", nodes: 50);
        story.After(Duration.FromMinutes(minutes));

        story.Restart();
        story.After(Duration.FromHours(3));

        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(push));
        Assert.Empty(story.LiveNotices());
        Assert.All(story.All, i => Assert.True(i is { IsHealthy: true, GuestAgent: "119.1" }));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "U3")]
    public void A_new_guest_OS_comes_domain_by_domain_after_its_notice()
    {
        using var story = Announced(updateDomains: 2);
        story.Town.Commit(unit =>
        {
            var d = unit.Find<Deployment>(story.Deployment.Id)!;
            unit.Upsert(d with { Model = d.Model with { GuestOsAutomatic = true } });
        });
        story.Restart();
        story.Post(new FabricRequest.GuestOsPublished("guest-2", ["guest"]));
        story.After(Duration.FromMinutes(14));

        Assert.All(story.LiveNotices(), n => Assert.Equal((NoticeType.Reboot, NoticeSource.Platform), (n.Type, n.Source)));
        Assert.Equal(2, story.LiveNotices().Count);
        Assert.All(story.All, i => Assert.Equal(("guest", true), (i.GuestOs, i.IsHealthy)));

        story.After(Duration.FromHours(2));
        Assert.All(story.All, i => Assert.Equal(("guest-2", true), (i.GuestOs, i.IsHealthy)));
        Assert.Equal(4, story.PastNotices().Count(n => n.Status == NoticeStatus.Ended && n.StartedAt >= n.PublishedAt + Notice));
    }

    private static Story Announced(int updateDomains = 4) => Story.Running(count: 4, new FabricSettings(), updateDomains);
}
