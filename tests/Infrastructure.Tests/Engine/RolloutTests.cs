// M1, M2, M5, W1, W5 through the production engine: host updates go over a cluster's nodes, and what tenants see of it.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class RolloutTests
{
    private static readonly HostUpdate Hypervisor = new()
    {
        Name = "hypervisor",
        Component = MaintainedComponent.Hypervisor,
        Version = "118.5",
        HypervisorReplaceable = true,
        NeedsHostReboot = true,
    };

    private static readonly HostUpdate Firmware = new()
    {
        Name = "firmware",
        Component = MaintainedComponent.Firmware,
        Version = "8.0",
        NeedsHostReboot = true,
        LiveMigratable = false,
    };

    [Fact, Trait("spec", "M5"), Trait("spec", "M4")]
    public void An_update_that_nobody_feels_goes_over_all_nodes_and_restarts_nobody()
    {
        using var story = Story.Running(count: 6);

        var operation = story.RollOut(Hypervisor);
        story.After(Duration.FromHours(2));

        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(operation).Status);
        Assert.Equal(story.RolloutNodes().Count, story.Updated(Hypervisor));
        Assert.All(story.All.Zip(story.Instances), p => Assert.Equal((p.Second.BootGeneration, p.Second.PhaseSince, true), (p.First.BootGeneration, p.First.PhaseSince, p.First.IsHealthy)));
        Assert.Empty(story.Town.All<ClusterRolloutRow>());
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M1"), Trait("spec", "M2")]
    public void A_reboot_of_every_node_never_has_two_update_domains_down()
    {
        using var story = Story.Running(count: 9, updateDomains: 3);
        story.RollOut(Firmware);

        var most = 0;
        for (var minute = 0; minute < 600 && !story.Rollout().Ended; minute++)
        {
            story.After(Duration.FromMinutes(1));
            Assert.InRange(story.All.Where(i => !i.IsHealthy).Select(i => i.UpdateDomain).Distinct().Count(), 0, 1);
            most = Math.Max(most, story.RolloutNodes().Count(n => n.Maintenance is not null));
        }

        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        Assert.Equal(story.RolloutNodes().Count, story.Updated(Firmware));
        // A stream: nodes that don't exclude each other go at the same time.
        Assert.True(most > 3, $"at most {most} nodes at a time");
        Assert.All(story.All, i => Assert.True(i.IsHealthy && i.LastMaintenance is [{ Update: "firmware", Technology: Technology.Reboot }]));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M2")]
    public void What_nobody_had_planned_has_the_rest_planned_anew()
    {
        using var story = Story.Running(count: 9, FabricTown.Unannounced with { Rollouts = new() { HealthyShare = 0.5 } }, updateDomains: 3);
        story.RollOut(Firmware, s => s with { MaxConcurrentNodes = 2, MaxFailures = 3 });
        story.After(Duration.FromMinutes(1));
        var planned = story.InCluster().Order;
        var lost = story.All.First(i => planned.IndexOf(i.Node!.Value) > 4).Node!.Value;

        Assert.Null(story.InCluster().Surprise);
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, lost.Value);
        story.After(Duration.FromMinutes(14));
        Assert.StartsWith("instances have come to ", story.InCluster().Surprise!.What, StringComparison.Ordinal);
        Assert.Equal(planned, story.InCluster().Order);
        story.After(Duration.FromMinutes(15));

        var now = story.InCluster();
        Assert.Contains(story.Log, e => e.Kind == "rolloutReplanned" && e.Data.StartsWith("r: instances have come to ", StringComparison.Ordinal));
        Assert.NotEqual(planned, now.Order);
        Assert.Equal(planned.Select(n => n.Value).Order(), now.Order.Select(n => n.Value).Order());
        story.After(Duration.FromDays(1));
        Assert.Equal(story.RolloutNodes().Count - 1, story.Updated(Firmware));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M5")]
    public void Stages_go_one_after_the_other_and_never_in_both_regions_of_a_pair()
    {
        using var story = Story.Running();
        var bake = Duration.FromHours(1);
        story.RollOut(Hypervisor, s => s with
        {
            Clusters = [],
            Stages = [new("canary", 1, 0.05, bake), new("pilot", 1, 1, bake), new("broad", null, 1, bake)],
        });

        var seen = new List<string>();
        for (var step = 0; step < 200 && !story.Rollout().Ended; step++)
        {
            story.After(Duration.FromMinutes(5));
            var busy = story.Rollout().Clusters.Where(c => c.Stage is ClusterStage.Working or ClusterStage.Baking).Select(c => c.Cluster.Value).ToList();
            Assert.False(busy.Exists(c => c.StartsWith("north", StringComparison.Ordinal)) && busy.Exists(c => c.StartsWith("south", StringComparison.Ordinal)));
            if (busy.Count > 0 && (seen.Count == 0 || seen[^1] != string.Join(' ', busy)))
            {
                seen.Add(string.Join(' ', busy));
            }
        }

        Assert.Equal(["north-c1", "north-c2", "south-c1 south-c2"], seen);
        Assert.Equal(RolloutStatus.Succeeded, story.Rollout().Status);
        Assert.All(story.Town.Catalogue.Topology.Clusters, c => Assert.Equal(story.RolloutNodes(c.Id).Count, story.Updated(Hypervisor, c.Id)));
    }

    [Fact, Trait("spec", "M5")]
    public void A_canary_is_watched_and_harm_stops_the_rollout_before_it_goes_further()
    {
        using var story = Story.Running(count: 6);
        story.RollOut(Firmware, s => s with { Stages = [new("canary", 1, 0.04, Duration.FromHours(2)), Rollouts.All] });
        story.After(Duration.FromHours(1));
        Assert.Equal(1, story.Updated(Firmware));

        story.Strike(FaultKind.RoleHang, FaultScope.Deployment, story.Deployment.Key);
        story.After(Duration.FromHours(3));

        Assert.Equal(RolloutStatus.Paused, story.Rollout().Status);
        Assert.Contains("instances are healthy", story.Rollout().PausedBecause, StringComparison.Ordinal);
        Assert.Equal(1, story.Updated(Firmware));

        // It is looked into, had nothing to do with the update, and goes on by order.
        story.Heal();
        story.After(Duration.FromMinutes(30));
        story.Order((r, now) => Conducting.Resume(r, null, now));
        story.After(Duration.FromHours(12));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
    }

    [Fact, Trait("spec", "M5")]
    public void Nodes_that_fail_stop_it_and_what_it_has_changed_is_changed_back()
    {
        using var story = Story.Running();
        var before = story.RolloutNodes().ToDictionary(n => n.Id, n => n.Versions);
        var fault = story.RolloutNodes().OrderBy(n => n.Id.Value, StringComparer.Ordinal).Last().Id;
        story.Strike(FaultKind.MaintenanceFails, FaultScope.Node, fault.Value);
        story.RollOut(Hypervisor, s => s with { MaxConcurrentNodes = 4 });
        story.After(Duration.FromHours(3));

        Assert.True(story.Rollout().Status == RolloutStatus.Paused, story.What());
        Assert.Contains(fault.Value, story.Rollout().PausedBecause, StringComparison.Ordinal);
        Assert.True(story.Updated(Hypervisor) > 0);

        story.Heal();
        story.Order(Conducting.RollBack);
        story.After(Duration.FromHours(3));
        Assert.True(story.Rollout().Status == RolloutStatus.RolledBack, story.What());
        Assert.All(story.RolloutNodes(), n => Assert.Equal(before[n.Id]!.Hypervisor, n.Versions!.Hypervisor));
        Assert.Empty(story.Town.All<ClusterRolloutRow>());
    }

    [Fact, Trait("spec", "M5")]
    public void A_pause_lets_what_was_begun_finish_and_begins_nothing()
    {
        using var story = Story.Running();
        story.RollOut(Hypervisor, s => s with { MaxConcurrentNodes = 2 });
        story.After(Duration.FromMinutes(5));
        story.Order((r, _) => Conducting.Pause(r, "by operator"));
        story.After(Duration.FromMinutes(30));

        var paused = story.Updated(Hypervisor);
        Assert.InRange(paused, 1, story.RolloutNodes().Count - 1);
        Assert.All(story.RolloutNodes(), n => Assert.Null(n.Maintenance));
        story.After(Duration.FromHours(5));
        Assert.Equal(paused, story.Updated(Hypervisor));

        story.Order((r, now) => Conducting.Resume(r, null, now));
        story.After(Duration.FromHours(2));
        Assert.Equal(RolloutStatus.Succeeded, story.Rollout().Status);
    }

    [Fact, Trait("spec", "M5")]
    public void A_canceled_rollout_leaves_nodes_as_they_are_and_the_cluster_free_for_another()
    {
        using var story = Story.Running();
        var operation = story.RollOut(Hypervisor, s => s with { MaxConcurrentNodes = 2 });
        story.After(Duration.FromMinutes(5));
        story.Order(Conducting.Cancel);
        story.After(Duration.FromHours(2));

        Assert.Equal(OperationStatus.Canceled, story.Town.OperationOf(operation).Status);
        Assert.InRange(story.Updated(Hypervisor), 1, story.RolloutNodes().Count - 1);
        Assert.Empty(story.Town.All<ClusterRolloutRow>());
    }

    [Fact, Trait("spec", "W5")]
    public void A_service_with_a_window_is_rebooted_in_it_and_nowhere_else()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        Nights(story);
        story.RollOut(Firmware);
        story.After(Duration.FromHours(4));
        Assert.All(story.All, i => Assert.Empty(i.LastMaintenance));
        Assert.Equal(BlockerCodes.Window, story.InCluster().Blocker?.Code);

        story.After(Duration.FromHours(40));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        var berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        Assert.All(story.All, i => Assert.InRange(i.LastMaintenance[0].At.InZone(berlin).Hour, 1, 5));
        Assert.Empty(story.Town.All<MaintenanceLedgerRow>());
    }

    [Fact, Trait("spec", "M1")]
    public void A_restart_asked_for_while_its_node_boots_took_the_mark_away_that_others_of_its_role_count_on()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        story.RollOut(Firmware);
        bool IsDownWithNode(FabricInstance i) => i.NodeDrain is not null;
        for (var second = 0; second < 3600 && !story.All.Any(IsDownWithNode); second++)
        {
            story.After(Duration.FromSeconds(1));
        }

        var down = story.All.First(IsDownWithNode);
        var id = story.Town.Ask(
            story.Cluster, OperationKinds.RebootInstance, StepNames.PowerCycle, o => new FabricRequest.PowerInstance(down.Id, PowerAction.Restart, o));
        story.After(Duration.FromSeconds(1));

        Assert.True(IsDownWithNode(story.Of(down)));
        Assert.Equal("operationInProgress", story.Town.OperationOf(id).Error!.Code);
    }

    [Fact, Trait("spec", "W5"), Trait("spec", "W3")]
    public void Who_is_told_of_a_reboot_and_then_closes_the_window_is_rebooted_in_the_next_one()
    {
        using var story = Story.Running(count: 4, new FabricSettings(), updateDomains: 2);
        story.RollOut(Firmware);
        story.After(Duration.FromMinutes(5));
        Assert.Contains(story.Log, e => e.Kind == "scheduledEventPublished" && e.Data.StartsWith("Reboot of ", StringComparison.Ordinal));
        Nights(story);
        story.After(Duration.FromHours(4));
        Assert.Contains(story.Log, e => e.Kind == "maintenanceClimbsAgain" && e.Data.Contains("the window of Web_IN_", StringComparison.Ordinal));
        Assert.All(story.All, i => Assert.Empty(i.LastMaintenance));
        Assert.Equal(BlockerCodes.Window, story.InCluster().Blocker?.Code);

        story.After(Duration.FromHours(40));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        var berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        Assert.All(story.All, i => Assert.InRange(Assert.Single(i.LastMaintenance).At.InZone(berlin).Hour, 1, 5));
        Assert.Empty(story.Town.All<MaintenanceLedgerRow>());
    }

    [Fact, Trait("spec", "W5")]
    public void What_is_begun_inside_a_window_and_not_done_when_it_closes_is_in_the_ledger()
    {
        using var story = Story.Running(count: 2, updateDomains: 2);
        story.RollOut(Firmware);
        for (var minute = 0; minute < 60 && !story.RolloutNodes().Exists(n => n.Maintenance is { Stage: MaintenanceStage.Working } && story.All.Any(i => i.Node == n.Id)); minute++)
        {
            story.After(Duration.FromMinutes(1));
        }

        // Its owner shortens the window meanwhile: open since before it began, and for a minute more.
        var start = (story.Town.Clock.Now - Duration.FromHours(2) + Duration.FromMinutes(1)).InUtc().LocalDateTime;
        story.Post(new FabricRequest.WindowsChanged(
            story.Deployment.SubscriptionId, "short",
            new WindowText(start.ToString("uuuu-MM-ddTHH:mm:ss", null), Duration.FromHours(2), "Etc/UTC", "1Day"), [$"services/{story.Deployment.Service}"]));
        story.After(Duration.FromHours(1));

        var entry = Assert.Single(story.Town.All<MaintenanceLedgerRow>());
        Assert.Equal((WindowLedgerReason.Overrun, "short"), (entry.Reason, entry.Configuration));
        Assert.Single(story.Of(story.All.First(i => i.Id == entry.Instance)).LastMaintenance);
    }

    [Fact, Trait("spec", "W1"), Trait("spec", "W5")]
    public void A_window_opens_for_its_nodes_although_an_owner_of_another_one_still_has_a_month_to_choose()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        Machine(story, "box");
        Nights(story);
        story.RollOut(Firmware, s => s with { SelfService = Duration.FromDays(30) });
        story.After(Duration.FromDays(3));

        var box = story.Town.All<FabricInstance>().Single(i => i.Kind == InstanceKind.VirtualMachine);
        Assert.All(story.All.Where(i => i.Node != box.Node), i => Assert.Single(i.LastMaintenance));
        Assert.Contains(story.All, i => i.Node != box.Node);
        Assert.Equal(1, story.InCluster().Waiting);
    }

    [Fact, Trait("spec", "W2"), Trait("spec", "W5")]
    public void A_window_that_never_opens_is_overridden_when_its_time_is_over_and_the_ledger_says_so()
    {
        using var story = Story.Running(count: 2);
        story.Post(new FabricRequest.WindowsChanged(
            story.Deployment.SubscriptionId, "never",
            new WindowText("2030-01-01T01:00:00", Duration.FromHours(4), "Etc/UTC", "1Day"), [$"services/{story.Deployment.Service}"]));
        story.RollOut(Firmware, s => s with { Scheduled = Duration.FromDays(35) });
        story.After(Duration.FromDays(34));
        Assert.All(story.All, i => Assert.Empty(i.LastMaintenance));

        story.After(Duration.FromDays(2));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        Assert.All(story.All, i => Assert.Single(i.LastMaintenance));
        Assert.Equal(story.All.Select(i => i.Id).OrderBy(i => i.Value, StringComparer.Ordinal),
            story.Town.All<MaintenanceLedgerRow>().Select(r => r.Instance).OrderBy(i => i.Value, StringComparer.Ordinal));
    }

    [Fact, Trait("spec", "M1"), Trait("spec", "H1")]
    public void A_node_that_falls_silent_before_its_turn_is_not_told_to_boot_but_recovered_and_done_later()
    {
        using var story = Story.Running(count: 4, updateDomains: 4);
        story.RollOut(Firmware);
        // The next in turn is given its image while the one before it still works, and then waits for the promise.
        story.Until(() => story.All.Any(i => story.NodeOf(i).Maintenance is { Stage: MaintenanceStage.Waiting }));
        var waits = story.All.First(i => story.NodeOf(i).Maintenance is { Stage: MaintenanceStage.Waiting });
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, waits.Node!.Value.Value, Duration.FromHours(2));
        story.After(Duration.FromMinutes(3));

        Assert.Null(story.NodeOf(waits).Maintenance);
        story.After(Duration.FromHours(8));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        Assert.Equal(story.RolloutNodes().Count, story.Updated(Firmware));
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
    }

    [Fact, Trait("spec", "M1"), Trait("spec", "H1")]
    public void A_node_that_loses_its_power_as_it_boots_is_found_silent_when_that_is_given_up_and_its_guests_are_healed()
    {
        using var story = Story.Running(count: 4, updateDomains: 4);
        story.RollOut(Firmware, s => s with { MaxFailures = 5 });
        story.Until(() => story.All.Any(i => story.NodeOf(i).Maintenance is { Stage: MaintenanceStage.Working }));
        var struck = story.All.First(i => story.NodeOf(i).Maintenance is { Stage: MaintenanceStage.Working });
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, struck.Node!.Value.Value);
        story.After(Duration.FromHours(12));

        Assert.Contains(story.Log, e => e.Kind == "nodeSilent" && e.Subject == struck.Node.Value.Value);
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
        // One of four was missing for a while: that is harm, and nobody was begun with after it.
        Assert.Contains("3 instances are healthy", story.Rollout().PausedBecause, StringComparison.Ordinal);
        Assert.All(story.RolloutNodes(), n => Assert.Null(n.Maintenance));
    }

    [Fact, Trait("spec", "M1")]
    public void Nodes_that_the_promise_keeps_apart_are_begun_with_one_after_the_other_the_next_one_ahead_of_its_turn()
    {
        using var story = Story.Running(count: 4, updateDomains: 4);
        story.RollOut(Firmware);
        var most = 0;
        for (var minute = 0; minute < 400 && story.Rollout().EndedAt is null; minute++)
        {
            story.After(Duration.FromMinutes(1));
            var underWay = story.All.Where(i => story.NodeOf(i).Maintenance is not null).ToList();
            most = Math.Max(most, underWay.Count);
            Assert.InRange(underWay.Count(i => story.NodeOf(i).Maintenance is { Stage: MaintenanceStage.Draining or MaintenanceStage.Working }), 0, 1);
        }

        Assert.Equal(RolloutStatus.Succeeded, story.Rollout().Status);
        Assert.Equal(2, most);
    }

    [Theory, Trait("spec", "F2"), Trait("spec", "M5")]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(45)]
    public void A_controller_that_dies_in_the_middle_goes_on_where_it_was(int minutes)
    {
        var story = Story.Running(count: 4, updateDomains: 2);
        story.RollOut(Firmware);
        story.After(Duration.FromMinutes(minutes));
        story.Restart();
        using (story)
        {
            story.After(Duration.FromHours(24));
            Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
            Assert.Equal(story.RolloutNodes().Count, story.Updated(Firmware));
            Assert.All(story.All, i => Assert.True(i.IsHealthy && i.LastMaintenance.Length == 1));
            story.Town.CheckBooks();
        }
    }

    [Fact, Trait("spec", "W1")]
    public void An_owner_who_performs_maintenance_moves_to_a_node_that_is_done_and_is_not_asked_again()
    {
        using var story = Story.Running(count: 2);
        var machine = Machine(story, "box");
        story.RollOut(Firmware, s => s with { SelfService = Duration.FromDays(30) });
        story.After(Duration.FromDays(1));

        // Everybody else is done; whose machines are there is waited for.
        var waiting = Assert.Single(story.RolloutNodes(), n => !Firmware.Versions.IsIn(n.Versions));
        Assert.Equal(machine().Node, waiting.Id);
        Assert.Equal(BlockerCodes.SelfService, story.InCluster().Blocker?.Code);

        var before = machine();
        var operation = Perform(story, before.Id);
        story.After(Duration.FromHours(1));
        Assert.True(story.Town.OperationOf(operation).Status == OperationStatus.Succeeded, story.What());
        Assert.NotEqual(before.Node, machine().Node);
        Assert.True(machine().IsHealthy);
        var past = Assert.Single(machine().LastMaintenance);
        Assert.Equal(("firmware", Technology.Redeploy, MaintainedBy.Tenant), (past.Update, past.Technology, past.By));
        Assert.InRange(past.Measured, Duration.FromSeconds(30), Duration.FromMinutes(10));

        // Its old node is free to go, thirty days early.
        story.After(Duration.FromHours(1));
        Assert.Equal(RolloutStatus.Succeeded, story.Rollout().Status);
        Assert.Single(machine().LastMaintenance);
        var again = Perform(story, before.Id);
        story.After(Duration.FromMinutes(1));
        Assert.Equal("noMaintenancePending", story.Town.OperationOf(again).Error?.Code);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "W1")]
    public void An_owner_who_does_nothing_is_rebooted_when_the_phase_is_over_or_when_they_put_it_off_until()
    {
        using var story = Story.Running(count: 2);
        var (one, other) = (Machine(story, "one"), Machine(story, "other"));
        story.RollOut(Firmware, s => s with { SelfService = Duration.FromDays(30) });
        story.After(Duration.FromDays(29));
        Assert.Empty(one().LastMaintenance);

        story.Post(new FabricRequest.DeferMaintenance("r", other().Id, story.Town.Clock.Now + Duration.FromDays(10)));
        story.After(Duration.FromDays(2));
        Assert.Equal((other().Node == one().Node ? 0 : 1), one().LastMaintenance.Length);
        Assert.Empty(other().LastMaintenance);
        Assert.Equal(BlockerCodes.Deferred, story.InCluster().Blocker?.Code);

        story.After(Duration.FromDays(9));
        Assert.All([one(), other()], i => Assert.Equal(MaintainedBy.Platform, Assert.Single(i.LastMaintenance).By));
        Assert.Equal(RolloutStatus.Succeeded, story.Rollout().Status);
    }

    [Fact, Trait("spec", "W1"), Trait("spec", "M5")]
    public void An_owner_who_takes_a_month_holds_up_no_other_cluster()
    {
        using var story = Story.Running(count: 2);
        var box = Machine(story, "box");
        story.RollOut(Firmware, s => s with
        {
            Clusters = [new("north-c1"), new("north-c2")],
            SelfService = Duration.FromDays(30),
            Stages = [new("pilot", 1, 1, Duration.FromHours(1)), Rollouts.All],
        });
        story.After(Duration.FromDays(2));

        var other = story.Rollout().Clusters.Single(c => c.Cluster != story.Cluster);
        Assert.Equal((ClusterStage.Done, 0), (other.Stage, other.Waiting));
        Assert.Equal((ClusterStage.Done, 1), (story.InCluster().Stage, story.InCluster().Waiting));
        Assert.Equal(BlockerCodes.SelfService, story.InCluster().Blocker?.Code);
        Assert.Equal(RolloutStatus.Running, story.Rollout().Status);
        Assert.Empty(box().LastMaintenance);

        story.After(Duration.FromDays(29));
        Assert.True(story.Rollout().Status == RolloutStatus.Succeeded, story.What());
        Assert.Single(box().LastMaintenance);
    }

    // A virtual machine in the story's cluster.
    private static Func<FabricInstance> Machine(Story story, string name)
    {
        var place = story.Town.Machine(story.Town.NextOperation(), name);
        story.Town.Commit(unit => story.Town.Desk.Open(unit, place with { Scope = place.Scope with { Only = [story.Cluster] } }, story.Town.Clock.Now));
        story.After(Duration.FromMinutes(10));
        var id = story.Town.One<Domain.VirtualMachines.VirtualMachine>(m => m.NameKey == name).Instance;
        return () => story.Town.One<FabricInstance>(i => i.Id == id);
    }

    private static OperationId Perform(Story story, InstanceId id) => story.Town.Ask(
        story.Cluster, OperationKinds.PerformMaintenance, StepNames.RedeployVirtualMachine,
        o => new FabricRequest.PowerInstance(id, PowerAction.PerformMaintenance, o));

    // Between one and five in the morning in Berlin. The story begins on 28 February 2012, a Tuesday, at noon UTC.
    private static void Nights(Story story) => story.Post(new FabricRequest.WindowsChanged(
        story.Deployment.SubscriptionId, "nights",
        new WindowText("2012-01-01T01:00:00", Duration.FromHours(4), "Europe/Berlin", "1Day"), [$"services/{story.Deployment.Service}"]));
}
