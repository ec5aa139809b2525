// W4 through the production engine: what tenants are told of failures and of maintenance, and that it is told once.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "W4")]
public sealed class ServiceHealthTests
{
    private static readonly HostUpdate Hypervisor = new()
    {
        Name = "hypervisor",
        Component = MaintainedComponent.Hypervisor,
        Version = "118.5",
        HypervisorReplaceable = true,
        NeedsHostReboot = true,
        Impact = "a pause below a second",
    };

    [Fact]
    public void A_rack_without_power_is_one_incident_with_the_time_that_each_instance_was_down()
    {
        using var story = Story.Running(count: 9);
        var rack = story.Instances.GroupBy(story.RackOf).MaxBy(g => g.Count())!;
        story.Strike(FaultKind.PowerLoss, FaultScope.Rack, rack.Key);
        story.After(Duration.FromMinutes(4));

        var open = Assert.Single(Notices(story));
        Assert.Equal((NoticeKind.Incident, NoticeState.Active), (open.Kind, open.State));
        Assert.Equal(rack.Select(i => i.Name).Order(), open.Affected.Select(a => a.Path.Split('/')[^1]).Order());
        Assert.All(open.Affected, a => Assert.Equal(AffectedState.Down, a.State));
        Assert.Contains(open.Updates, u => u.Sentence.Contains("power", StringComparison.Ordinal));

        // Not all have room elsewhere; the others wait for the power to come back.
        story.After(Duration.FromMinutes(16));
        story.Heal();
        story.After(Duration.FromHours(1));
        var closed = Assert.Single(Notices(story));
        Assert.True(closed.State == NoticeState.Closed, string.Join('\n', closed.Affected.Select(a => $"{a}")) + story.What());
        Assert.Equal(open.Id, closed.Id);
        Assert.All(closed.Affected, a => Assert.InRange(a.Down, Duration.FromMinutes(3), Duration.FromMinutes(40)));
        Assert.StartsWith($"{rack.Count()} of {rack.Count()} instances were down, for ", closed.Outcome, StringComparison.Ordinal);
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
        // Measured as the instances themselves say: from the last that was heard to the moment of being ready elsewhere.
        var last = story.Instances.Where(i => story.RackOf(i) == rack.Key).Max(i => story.Of(i).PhaseSince);
        Assert.InRange((closed.EndedAt!.Value - last).TotalSeconds, 0, 60);
        SaysNothingOf(story, closed);
    }

    [Fact]
    public void A_controller_that_dies_in_the_middle_tells_the_same_story_and_ends_it_once()
    {
        using var story = Story.Running(count: 6);
        var victim = story.Instances[0];
        story.Strike(FaultKind.HostCrash, FaultScope.Node, victim.Node!.Value.Value);
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, victim.Node!.Value.Value);
        story.After(Duration.FromMinutes(3));
        var open = Assert.Single(Notices(story));
        story.Restart();
        story.After(Duration.FromMinutes(8));
        story.Restart();
        story.After(Duration.FromHours(1));
        story.Restart();
        story.After(Duration.FromHours(1));

        var closed = Assert.Single(Notices(story));
        Assert.Equal((open.Id, NoticeState.Closed, open.BeganAt), (closed.Id, closed.State, closed.BeganAt));
        Assert.Equal(open.Updates, closed.Updates.Take(open.Updates.Length));
        Assert.Single(story.Log, e => e.Kind == "serviceNoticeOpened");
        Assert.Single(story.Log, e => e.Kind == "serviceNoticeClosed");
        Assert.Single(closed.Updates, u => u.Sentence == closed.Outcome);
    }

    [Fact]
    public void What_was_not_heard_and_went_on_running_was_not_down()
    {
        using var story = Story.Running(count: 3);
        var victim = story.Instances[0];
        story.Strike(FaultKind.Partition, FaultScope.Node, victim.Node!.Value.Value, lasts: Duration.FromSeconds(130));
        story.After(Duration.FromMinutes(30));

        var closed = Assert.Single(Notices(story));
        var affected = Assert.Single(closed.Affected);
        Assert.Equal((NoticeState.Closed, AffectedState.Recovered, Duration.Zero), (closed.State, affected.State, affected.Down));
        Assert.InRange(affected.Unheard, Duration.FromSeconds(130), Duration.FromSeconds(136));
        Assert.Contains("went on running", closed.Outcome, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_whose_hardware_fails_is_told_although_nobody_is_down_yet()
    {
        using var story = Story.Running(count: 3);
        var victim = story.Instances[0];
        story.Strike(FaultKind.HardwareFault, FaultScope.Node, victim.Node!.Value.Value);
        story.After(Duration.FromMinutes(40));

        var closed = Assert.Single(Notices(story));
        Assert.Equal((NoticeState.Closed, "Hardware of a server is failing"), (closed.State, closed.Title));
        Assert.InRange(Assert.Single(closed.Affected).Down, Duration.FromSeconds(30), Duration.FromMinutes(20));
        SaysNothingOf(story, closed);
    }

    [Fact]
    public void A_crash_of_a_tenants_own_role_is_no_incident_of_the_platform()
    {
        using var story = Story.Running(count: 3);
        story.Strike(FaultKind.RoleCrash, FaultScope.Instance, story.Instances[0].Id.Value);
        story.Strike(FaultKind.VmCrash, FaultScope.Instance, story.Instances[1].Id.Value);
        story.After(Duration.FromHours(1));
        Assert.Empty(Notices(story));
    }

    [Fact, Trait("spec", "M5"), Trait("spec", "M6")]
    public void Whoever_is_in_the_scope_of_a_rollout_knows_before_its_wave_comes_and_reads_what_it_did()
    {
        using var story = Story.Running(count: 6);
        var others = story.Town.Deploy("far", 2, region: "south").Deployment;
        story.After(Duration.FromMinutes(30));
        var bake = Duration.FromHours(1);
        story.RollOut(Hypervisor, s => s with { Clusters = [], Stages = [new("canary", 1, 0.05, bake), new("broad", null, 1, bake)] });
        story.After(Duration.FromMinutes(1));

        // One subscription, one notice, also for what is in a region whose wave comes last.
        var planned = Assert.Single(Notices(story));
        Assert.Equal((NoticeKind.PlannedMaintenance, 8, "hypervisor"), (planned.Kind, planned.AffectedCount, planned.HostUpdate));
        Assert.Equal(8, planned.Affected.Count(a => a.State == AffectedState.Pending));
        Assert.Contains("a pause below a second", planned.Sentence, StringComparison.Ordinal);
        var far = story.Town.All<FabricInstance>().First(i => i.Owner == others.Key);
        Assert.Equal(story.Rollout().CreatedAt + bake + bake, PlannedNotices.NotBefore(story.Rollout(), far.Cluster));

        story.Order((r, _) => Conducting.Pause(r, "because of n07 of another tenant"));
        story.Restart();
        story.Order((r, now) => Conducting.Resume(r, null, now));
        story.After(Duration.FromHours(12));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());

        var closed = Assert.Single(Notices(story));
        Assert.Equal((planned.Id, NoticeState.Closed), (closed.Id, closed.State));
        Assert.All(closed.Affected, a => Assert.True(a is { State: AffectedState.Done, Technology: Technology.HypervisorHotRestart, Predicted: not null } && a.Down > Duration.Zero));
        Assert.StartsWith("8 of 8 instances were maintained; 8 by hypervisorHotRestart, paused for ", closed.Outcome, StringComparison.Ordinal);
        Assert.Contains("predicted: at most", closed.Outcome, StringComparison.Ordinal);
        Assert.Contains(closed.Updates, u => u.Sentence.StartsWith("It stands still for now", StringComparison.Ordinal));
        Assert.Contains(closed.Updates, u => u.Sentence == "It goes on.");
        SaysNothingOf(story, closed);
        Assert.DoesNotContain("because of", string.Join(' ', closed.Updates), StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "W1")]
    public void The_end_of_self_service_is_told_once_and_a_rollout_that_is_called_off_is_cancelled()
    {
        using var story = Story.Running(count: 2);
        story.RollOut(Hypervisor, s => s with { SelfService = Duration.FromDays(30), MaxConcurrentNodes = 1, Clusters = [], Stages = [new("canary", 1, 0.05, Duration.FromDays(40)), Rollouts.All] });
        story.After(Duration.FromDays(29));
        Assert.DoesNotContain(Notices(story).Single().Updates, u => u.Sentence.StartsWith("Owners' time", StringComparison.Ordinal));
        story.After(Duration.FromDays(2));
        story.Restart();
        story.After(Duration.FromDays(1));
        Assert.Single(Notices(story).Single().Updates, u => u.Sentence.StartsWith("Owners' time", StringComparison.Ordinal));

        story.Order(Conducting.Cancel);
        var over = Assert.Single(Notices(story));
        Assert.True(over.ClosedAt is not null && over.Outcome is not null);
        Assert.Equal(over.Affected.Any(a => a.State == AffectedState.Done) ? NoticeState.Closed : NoticeState.Cancelled, over.State);
    }

    [Fact, Trait("spec", "M1")]
    public void An_instance_that_is_unresponsive_is_in_the_ledger_once()
    {
        using var story = Story.Running(count: 2);
        story.Strike(FaultKind.RoleNeverReady, FaultScope.Instance, story.Instances[0].Id.Value);
        story.Strike(FaultKind.VmCrash, FaultScope.Instance, story.Instances[0].Id.Value);
        story.After(Duration.FromMinutes(20));
        Assert.Empty(story.Town.All<MaintenanceLedgerRow>());
        story.Restart();
        story.After(Duration.FromHours(3));

        var entry = Assert.Single(story.Town.All<MaintenanceLedgerRow>());
        Assert.Equal((WindowLedgerReason.Unresponsive, "services/shop", story.Instances[0].Name), (entry.Reason, entry.Resource, entry.Name));
        // It is started again when its guest agent has been silent for 10 min; 15 min later it holds nobody.
        Assert.InRange((entry.At - story.Of(story.Instances[0]).Health!.RestartedAt!.Value).TotalMinutes, 14.9, 15.1);
    }

    private static List<ServiceNotice> Notices(Story story) =>
        [.. story.Town.All<ServiceNoticeRow>().OrderBy(r => r.Id, StringComparer.Ordinal).Select(r => r.Notice)];

    // No node, no rack: what a tenant reads, without the cause, which is for operators.
    private static void SaysNothingOf(Story story, ServiceNotice notice)
    {
        var text = string.Join('\n', notice.Updates.Select(u => u.Sentence).Concat(notice.Affected.Select(a => a.Path))
            .Append(notice.Title).Append(notice.Sentence).Append(notice.Outcome).Append(notice.Id));
        foreach (var node in story.Town.Catalogue.Topology.Nodes)
        {
            Assert.DoesNotContain(node.Id.Value, text, StringComparison.Ordinal);
            Assert.DoesNotContain(node.Rack.Value, text, StringComparison.Ordinal);
        }
    }
}
