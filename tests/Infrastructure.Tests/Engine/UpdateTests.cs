// U1, U2, U3, P3, M1 through the production engine: a watcher looks after every minute whether two update domains were
// down at once, and stories say what the walk does.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class UpdateTests
{
    [Fact, Trait("spec", "U1"), Trait("spec", "M1")]
    public void A_code_update_walks_domain_by_domain_and_never_has_two_down()
    {
        using var story = Story.Running(count: 6, updateDomains: 3);

        var id = Update(story, "v2");
        var order = Watch(story, id);

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.All(story.All, i => Assert.Equal(("v2", true, 2), (i.Image, i.IsHealthy, i.ImageGeneration)));
        Assert.Equal([0, 1, 2], order);
        var d = story.Town.One<Deployment>(d => d.Id == story.Deployment.Id);
        Assert.Equal(("v2", null, ProvisioningState.Succeeded), (d.PackageSha256, d.Update, d.State));
        // What it was made of is needed until it is over (F4), and no longer.
        Assert.Equal(["v2"], story.Town.All<RoleImageRow>().Select(r => r.Sha256));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "N2")]
    public void An_instance_leaves_the_load_balancer_before_it_is_stopped()
    {
        using var story = Story.Running(count: 3, updateDomains: 3);
        var seen = new List<(bool Draining, bool Stopped)>();
        Update(story, "v2");

        for (var second = 0; second < 300; second++)
        {
            story.After(Duration.FromSeconds(1));
            var i = story.Of(story.Instances[0]);
            seen.Add((i.Planned is { Stage: ActStage.Draining }, i.Phase == InstancePhase.Stopping));
        }

        Assert.True(seen.FindIndex(s => s.Draining) is >= 0 and var drained && drained < seen.FindIndex(s => s.Stopped));
    }

    [Fact, Trait("spec", "U1")]
    public void A_manual_update_waits_for_its_owner_before_each_domain()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        var id = Update(story, "v2", UpdateMode.Manual);
        story.After(Duration.FromMinutes(30));
        Assert.All(story.All, i => Assert.NotEqual("v2", i.Image));
        Assert.Equal(BlockerCodes.ManualWalk, DeploymentOf(story).Update!.Blocker!.Code);

        var first = Walk(story, 0);
        story.After(Duration.FromMinutes(15));
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(first).Status);
        Assert.Equal([0, 0], story.All.Where(i => i.Image == "v2").Select(i => i.UpdateDomain));

        var wrong = Walk(story, 0);
        var second = Walk(story, null);
        story.After(Duration.FromMinutes(15));
        Assert.Equal("otherUpdateDomain", story.Town.OperationOf(wrong).Error?.Code);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(second).Status);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
    }

    [Fact, Trait("spec", "U1"), Trait("spec", "R6")]
    public void What_is_asked_of_an_update_after_its_deployment_was_deleted_is_refused_and_ends()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        Update(story, "v2", UpdateMode.Manual);
        story.After(Duration.FromMinutes(5));

        var deletion = story.Town.Ask(story.Cluster, OperationKinds.DeleteDeployment, StepNames.Delete,
            o => new FabricRequest.DeleteDeployment(story.Deployment.Id, o));
        var walk = Walk(story, null);
        var back = story.Town.Ask(story.Cluster, OperationKinds.RollBackUpdate, StepNames.RollBackUpdate,
            o => new FabricRequest.RollBackUpdate(story.Deployment.Id, UpdateMode.Auto, o));
        story.After(Duration.FromMinutes(15));

        Assert.Equal("nothingToWalk", story.Town.OperationOf(walk).Error?.Code);
        Assert.Equal("nothingToRollBack", story.Town.OperationOf(back).Error?.Code);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(deletion).Status);
        Assert.Empty(story.All);
    }

    [Fact, Trait("spec", "U1")]
    public void A_bad_build_stops_at_the_first_domain_and_is_taken_back()
    {
        using var story = Story.Running(count: 6, updateDomains: 3);
        story.Strike(FaultKind.BadPackage, FaultScope.Package, "bad");
        var id = Update(story, "bad");
        story.After(Duration.FromMinutes(40));

        var update = DeploymentOf(story).Update!;
        Assert.Equal((UpdateStage.Unhealthy, 0, BlockerCodes.UpdateDomainUnhealthy), (update.Stage, update.Current, update.Blocker!.Code));
        Assert.All(story.All.Where(i => i.UpdateDomain != 0), i => Assert.Equal(("feed", true), (i.Image, i.IsHealthy)));
        Assert.Equal(OperationStatus.Running, story.Town.OperationOf(id).Status);

        var back = story.Town.Ask(story.Cluster, OperationKinds.RollBackUpdate, StepNames.RollBackUpdate,
            o => new FabricRequest.RollBackUpdate(story.Deployment.Id, UpdateMode.Auto, o));
        story.After(Duration.FromMinutes(30));

        Assert.Equal((OperationStatus.Canceled, "rolledBack"), (story.Town.OperationOf(id).Status, story.Town.OperationOf(id).Error?.Code));
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(back).Status);
        Assert.All(story.All, i => Assert.Equal(("feed", true), (i.Image, i.IsHealthy)));
        Assert.Equal(1, DeploymentOf(story).ConfigGeneration);
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "U1")]
    public void A_fix_is_rolled_forward_onto_an_update_that_is_stuck()
    {
        using var story = Story.Running(count: 6, updateDomains: 3);
        story.Strike(FaultKind.BadPackage, FaultScope.Package, "bad");
        var bad = Update(story, "bad");
        story.After(Duration.FromMinutes(40));

        var fix = Update(story, "v3");
        Watch(story, fix);

        Assert.Equal("superseded", story.Town.OperationOf(bad).Error?.Code);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(fix).Status);
        Assert.All(story.All, i => Assert.Equal(("v3", true), (i.Image, i.IsHealthy)));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "U1")]
    public void The_owner_may_order_the_walk_on_past_an_unhealthy_domain()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        var sick = story.Instances.First(i => i.UpdateDomain == 0);
        story.Strike(FaultKind.RoleNeverReady, FaultScope.Instance, sick.Id.Value);
        var id = Update(story, "v2");
        story.After(Duration.FromMinutes(40));
        Assert.Equal(UpdateStage.Unhealthy, DeploymentOf(story).Update!.Stage);

        Walk(story, 1);
        story.After(Duration.FromMinutes(30));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.All(story.All.Where(i => i.Id != sick.Id), i => Assert.Equal(("v2", true), (i.Image, i.IsHealthy)));
    }

    [Fact, Trait("spec", "U1")]
    public void An_instance_that_was_broken_before_does_not_fail_the_update()
    {
        using var story = Story.Running(count: 6, updateDomains: 3);
        var sick = story.Instances.First(i => i.UpdateDomain == 1);
        story.Strike(FaultKind.RoleNeverReady, FaultScope.Instance, sick.Id.Value);
        story.Strike(FaultKind.RoleCrash, FaultScope.Instance, sick.Id.Value);
        story.After(Duration.FromMinutes(20));
        Assert.False(story.Of(sick).IsHealthy);

        var id = Update(story, "v2");
        story.After(Duration.FromHours(2));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.All(story.All, i => Assert.Equal("v2", i.Image));
    }

    [Fact, Trait("spec", "U2")]
    public void A_role_takes_new_settings_without_a_restart()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);

        var id = Update(story, "feed", kind: UpdateKind.Configuration, config: 2);
        story.After(Duration.FromMinutes(10));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.All(story.All, i => Assert.Equal((2, 1, 1, 0, true),
            (i.ReportedConfig, i.BootGeneration, i.ImageGeneration, i.RoleGeneration, i.IsHealthy)));
    }

    [Fact, Trait("spec", "U2")]
    public void A_role_that_does_not_answer_is_restarted_gracefully()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        var mute = story.Instances[0];
        story.Strike(FaultKind.IgnoresConfiguration, FaultScope.Instance, mute.Id.Value);

        var id = Update(story, "feed", kind: UpdateKind.Configuration, config: 2);
        story.After(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.All(story.All, i => Assert.Equal((2, 1, i.Id == mute.Id ? 1 : 0), (i.ReportedConfig, i.BootGeneration, i.RoleGeneration)));
    }

    [Theory, Trait("spec", "P3")]
    [InlineData(9)]
    [InlineData(3)]
    public void Scaling_while_an_update_walks_keeps_domains_even(int count)
    {
        using var story = Story.Running(count: 6, updateDomains: 3);
        var id = Update(story, "v2");
        story.After(Duration.FromMinutes(3));

        var scale = Scale(story, count);
        story.After(Duration.FromMinutes(60));

        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(scale).Status);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
        Assert.Equal(count, story.All.Count);
        Assert.All(story.All, i => Assert.Equal(("v2", true), (i.Image, i.IsHealthy)));
        Assert.Equal([count / 3, count / 3, count / 3], story.All.GroupBy(i => i.UpdateDomain).OrderBy(g => g.Key).Select(g => g.Count()));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "M1")]
    public void A_reboot_waits_while_another_domain_is_down_and_says_so_and_is_forced_after_15_minutes()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        var (sick, other) = (story.Instances.First(i => i.UpdateDomain == 0), story.Instances.First(i => i.UpdateDomain == 1));
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, sick.Node!.Value.Value);
        // Nowhere to go: it stays down, and was never started again.
        story.Strike(FaultKind.GuestAgentNeverConnects, FaultScope.Instance, sick.Id.Value);
        story.After(Duration.FromMinutes(1));

        var id = story.Town.Ask(story.Cluster, OperationKinds.RebootInstance, StepNames.PowerCycle,
            o => new FabricRequest.PowerInstance(other.Id, PowerAction.Restart, o));
        story.After(Duration.FromMinutes(1));
        var blocker = story.Of(other).Planned!.Blocker!;
        Assert.Equal((BlockerCodes.Promise, sick.Id.Value), (blocker.Code, blocker.Resource));
        Assert.True(story.Of(other).IsHealthy);

        story.After(Duration.FromMinutes(20));
        Assert.Contains("promiseForced", story.Kinds);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
    }

    [Fact, Trait("spec", "M1")]
    public void Two_reboots_of_different_domains_asked_in_the_same_instant_go_one_after_the_other()
    {
        using var story = Story.Running(count: 2, updateDomains: 2);

        var both = story.Instances.Select(i => story.Town.Ask(story.Cluster, OperationKinds.RebootInstance, StepNames.PowerCycle,
            o => new FabricRequest.PowerInstance(i.Id, PowerAction.Restart, o))).ToList();
        var worst = 0;
        for (var step = 0; step < 120; step++)
        {
            story.After(Duration.FromSeconds(5));
            worst = Math.Max(worst, story.All.Count(i => !i.IsHealthy));
        }

        Assert.Equal(1, worst);
        Assert.All(both, id => Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status));
    }

    [Fact, Trait("spec", "U3")]
    public void A_newer_guest_os_goes_by_domain_to_services_that_follow_the_newest()
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        story.Town.Commit(unit =>
        {
            var d = unit.Find<Deployment>(story.Deployment.Id)!;
            unit.Upsert(d with { Model = d.Model with { GuestOsAutomatic = true } });
        });
        story.Restart();
        story.Town.Commit(unit => story.Town.Desk.Post(
            unit, story.Cluster, new FabricRequest.GuestOsPublished("guest-2", ["guest"]), story.Town.Clock.Now));

        story.After(Duration.FromMinutes(30));

        Assert.All(story.All, i => Assert.Equal(("guest-2", true), (i.GuestOs, i.IsHealthy)));
        Assert.Equal("guest-2", DeploymentOf(story).Model.GuestOs);
        Assert.Contains(story.Town.All<OperationRow>(), o => o.Kind == OperationKinds.UpdateGuestOs && o.ToOperation().Status == OperationStatus.Succeeded);
    }

    [Theory, Trait("spec", "F2"), Trait("spec", "U1")]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(400)]
    public void A_controller_that_dies_in_the_middle_of_an_update_goes_on_with_it(int seconds)
    {
        var story = Story.Running(count: 6, updateDomains: 3);
        var id = Update(story, "v2");
        story.After(Duration.FromSeconds(seconds));

        story.Restart();
        using (story)
        {
            Watch(story, id);
            Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(id).Status);
            Assert.All(story.All, i => Assert.Equal(("v2", true, 2), (i.Image, i.IsHealthy, i.ImageGeneration)));
            story.Town.CheckBooks();
        }
    }

    [Fact, Trait("spec", "U1"), Trait("spec", "R6")]
    public void Deleting_a_deployment_ends_its_update()
    {
        using var story = Story.Running(count: 6, updateDomains: 3);
        var id = Update(story, "v2");
        story.After(Duration.FromMinutes(3));

        var delete = story.Town.Ask(story.Cluster, OperationKinds.DeleteDeployment, StepNames.Delete,
            o => new FabricRequest.DeleteDeployment(story.Deployment.Id, o));
        story.After(Duration.FromMinutes(10));

        Assert.Equal(OperationStatus.Canceled, story.Town.OperationOf(id).Status);
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(delete).Status);
        story.Town.CheckBooks();
    }

    private static OperationId Update(
        Story story, string package, UpdateMode mode = UpdateMode.Auto, UpdateKind kind = UpdateKind.Code, int config = 1)
    {
        var d = DeploymentOf(story);
        var to = UpdateTarget.Of(d) with { PackageSha256 = package, ConfigGeneration = config };
        return story.Town.Ask(story.Cluster, OperationKinds.UpdateDeployment, StepNames.UpdateDeployment,
            o => new FabricRequest.UpdateDeployment(d.Id, kind, mode, to, o, QuotaTaken.None, 0));
    }

    private static OperationId Walk(Story story, int? domain) => story.Town.Ask(
        story.Cluster, OperationKinds.WalkUpdateDomain, StepNames.Walk,
        o => new FabricRequest.WalkUpdateDomain(story.Deployment.Id, domain, o));

    private static OperationId Scale(Story story, int count)
    {
        var d = DeploymentOf(story);
        var model = d.Model with { Roles = [.. d.Model.Roles.Select(r => r with { Count = count })] };
        var more = Math.Max(0, model.TotalNeeds.Cores - d.Model.TotalNeeds.Cores);
        story.Town.Commit(unit => Infrastructure.Engine.PlacementDesk.Hold(unit, story.Cluster, more, 0));
        return story.Town.Ask(story.Cluster, OperationKinds.ChangeConfiguration, StepNames.ChangeConfiguration,
            o => new FabricRequest.ChangeConfiguration(d.Id, model, d.ConfigGeneration + 1, "e2", o, new QuotaTaken(more, 0, 0), more));
    }

    private static Deployment DeploymentOf(Story story) => story.Town.One<Deployment>(d => d.Id == story.Deployment.Id);

    // The order in which domains were down, and the assertion that never two were.
    private static ImmutableArray<int> Watch(Story story, OperationId until)
    {
        var order = ImmutableArray<int>.Empty;
        for (var step = 0; step < 400 && !story.Town.OperationOf(until).Ended; step++)
        {
            story.After(Duration.FromSeconds(10));
            var down = story.All.Where(i => !i.IsHealthy).Select(i => i.UpdateDomain).Distinct().ToList();
            Assert.True(down.Count < 2, $"update domains {string.Join(", ", down)} are down together");
            if (down.Count == 1 && (order.IsEmpty || order[^1] != down[0]))
            {
                order = order.Add(down[0]);
            }
        }

        return order;
    }
}
