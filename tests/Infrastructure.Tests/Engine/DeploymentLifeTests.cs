using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class DeploymentLifeTests
{
    [Fact, Trait("spec", "D2")]
    public void A_deployment_goes_through_its_steps_and_runs()
    {
        using var town = FabricTown.Open();
        var (deployment, id) = town.Deploy("shop", count: 3);

        town.Advance(Duration.FromMinutes(20));

        var operation = town.OperationOf(id);
        Assert.Equal(OperationStatus.Succeeded, operation.Status);
        Assert.All(operation.Steps, s => Assert.Equal(OperationStatus.Succeeded, s.Status));
        Assert.Equal(100, operation.PercentComplete);
        var instances = town.All<FabricInstance>();
        Assert.Equal(3, instances.Count);
        Assert.All(instances, i => Assert.Equal(InstancePhase.Ready, i.Phase));
        Assert.Equal([0, 1, 2], instances.Select(i => i.UpdateDomain).Order());
        Assert.Equal(3, instances.Select(i => i.Node).Distinct().Count());
        var now = town.One<Deployment>(d => d.Id == deployment.Id);
        Assert.Equal(ProvisioningState.Succeeded, now.State);
        Assert.NotNull(now.Vip);
        Assert.Equal(now.NetworkGeneration, now.ProgrammedNetwork);
        town.CheckBooks();
    }

    [Fact, Trait("spec", "R6")]
    public void Deleting_gives_everything_back()
    {
        using var town = FabricTown.Open();
        var (deployment, _) = town.Deploy("shop", count: 3);
        town.Advance(Duration.FromMinutes(20));
        var cluster = town.One<Deployment>(d => d.Id == deployment.Id).Cluster!.Value;

        var id = town.Ask(cluster, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(deployment.Id, o));
        town.Advance(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        Assert.Empty(town.All<FabricInstance>());
        Assert.Empty(town.All<Deployment>());
        Assert.Empty(town.All<PinRow>());
        Assert.All(town.All<ClusterLoadRow>(), c => Assert.Equal((0, 0, 0), (c.CoresUsed, c.CoresInFlight, c.VipsUsed)));
    }

    [Fact, Trait("spec", "F4")]
    public void Role_images_that_nothing_is_made_of_any_more_stayed_in_the_repository_for_ever()
    {
        using var town = FabricTown.Open();
        var (one, _) = town.Deploy("shop", count: 1, package: "v1");
        town.Advance(Duration.FromMinutes(20));
        var cluster = town.One<Deployment>(d => d.Id == one.Id).Cluster!.Value;
        var (two, _) = town.Deploy("feed", count: 1, package: "v1");
        town.Advance(Duration.FromMinutes(20));
        Assert.Contains("v1", Images());

        town.Ask(cluster, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(one.Id, o));
        town.Advance(Duration.FromMinutes(20));
        // The other one is made of it as well.
        var its = town.One<Deployment>(d => d.Id == two.Id).Cluster!.Value;
        Assert.Equal([(its, "v1")], town.All<RoleImageRow>().Select(r => (r.Cluster, r.Sha256)));

        town.Ask(its, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(two.Id, o));
        town.Advance(Duration.FromMinutes(20));
        Assert.Empty(Images());

        var (again, id) = town.Deploy("shop", count: 1, package: "v1");
        town.Advance(Duration.FromMinutes(20));
        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        Assert.Equal(ProvisioningState.Succeeded, town.One<Deployment>(d => d.Id == again.Id).State);

        List<string> Images() => [.. town.All<RoleImageRow>().Select(r => r.Sha256)];
    }

    [Theory, Trait("spec", "R6")]
    [InlineData(0)]
    [InlineData(15)]
    [InlineData(45)]
    [InlineData(100)]
    [InlineData(170)]
    public void A_restart_in_the_middle_loses_nothing(int seconds)
    {
        var town = FabricTown.Open();
        try
        {
            var (_, id) = town.Deploy("shop", count: 3);
            var vm = town.Create("box", set: "front");
            town.Advance(Duration.FromSeconds(seconds));

            town = town.Reopen();
            town.Advance(Duration.FromMinutes(30));

            Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
            Assert.Equal(OperationStatus.Succeeded, town.OperationOf(vm).Status);
            Assert.Equal(4, town.All<FabricInstance>().Count(i => i.IsReady));
            town.CheckBooks();
        }
        finally
        {
            town.Dispose();
        }
    }

    [Fact, Trait("spec", "P4")]
    public void What_does_not_fit_anywhere_fails_with_the_constraint_of_each_cluster_and_leaves_nothing()
    {
        using var town = FabricTown.Open();
        var (_, id) = town.Deploy("huge", count: 200, size: "ExtraLarge");

        town.Advance(Duration.FromMinutes(5));

        var operation = town.OperationOf(id);
        Assert.Equal(OperationStatus.Failed, operation.Status);
        Assert.Equal("allocationFailed", operation.Error!.Code);
        Assert.Contains("north-c1", operation.Error.Message, StringComparison.Ordinal);
        Assert.Contains("north-c2", operation.Error.Message, StringComparison.Ordinal);
        Assert.Empty(town.All<FabricInstance>());
        Assert.All(town.All<ClusterLoadRow>(), c => Assert.Equal((0, 0, 0), (c.CoresUsed, c.CoresInFlight, c.VipsUsed)));
        Assert.Empty(town.All<PinRow>());
        town.CheckBooks();
    }

    [Fact, Trait("spec", "P3")]
    public void Scaling_out_and_in_keeps_update_domains_even()
    {
        using var town = FabricTown.Open();
        var (deployment, _) = town.Deploy("shop", count: 3);
        town.Advance(Duration.FromMinutes(20));
        var cluster = town.One<Deployment>(d => d.Id == deployment.Id).Cluster!.Value;

        foreach (var (count, generation) in new[] { (7, 2), (4, 3) })
        {
            var model = deployment.Model with { Roles = [deployment.Model.Roles[0] with { Count = count }] };
            var id = town.Ask(cluster, OperationKinds.ChangeConfiguration, StepNames.ChangeConfiguration,
                o => new FabricRequest.ChangeConfiguration(deployment.Id, model, generation, "e2", o, QuotaTaken.None, 0));
            town.Advance(Duration.FromMinutes(20));

            Assert.Equal((OperationStatus.Succeeded, null), (town.OperationOf(id).Status, town.OperationOf(id).Error?.Message));
            var perDomain = town.All<FabricInstance>().GroupBy(i => i.UpdateDomain).Select(g => g.Count()).ToList();
            Assert.Equal(count, perDomain.Sum());
            Assert.True(perDomain.Max() - (perDomain.Count < 5 ? 0 : perDomain.Min()) <= 1);
            Assert.All(town.All<FabricInstance>(), i => Assert.Equal(generation, i.ReportedConfig));
            town.CheckBooks();
        }
    }

    [Fact, Trait("spec", "D3")]
    public void A_machine_is_stopped_started_deallocated_and_started_again()
    {
        using var town = FabricTown.Open();
        town.Create("box");
        town.Advance(Duration.FromMinutes(20));
        var machine = town.One<VirtualMachine>(m => m.Name == "box");
        foreach (var (action, kind, steps, phase) in new[]
        {
            (PowerAction.Restart, OperationKinds.RestartVirtualMachine, StepNames.PowerCycle, InstancePhase.Ready),
            (PowerAction.PowerOff, OperationKinds.PowerOffVirtualMachine, StepNames.PowerDown, InstancePhase.Stopped),
            (PowerAction.Start, OperationKinds.StartVirtualMachine, StepNames.PowerCycle, InstancePhase.Ready),
            (PowerAction.Deallocate, OperationKinds.DeallocateVirtualMachine, StepNames.PowerDown, InstancePhase.Deallocated),
            (PowerAction.Start, OperationKinds.StartVirtualMachine, StepNames.PowerCycle, InstancePhase.Ready),
        })
        {
            var id = town.Ask(machine.Cluster!.Value, kind, steps, o => new FabricRequest.PowerInstance(machine.Instance, action, o));
            town.Advance(Duration.FromMinutes(20));

            Assert.Equal((action, OperationStatus.Succeeded), (action, town.OperationOf(id).Status));
            var instance = town.One<FabricInstance>(i => i.Id == machine.Instance);
            Assert.Equal(phase, instance.Phase);
            Assert.Equal(phase == InstancePhase.Deallocated, instance.Node is null);
            town.CheckBooks();
        }
    }

    [Fact, Trait("spec", "D5")]
    public void An_availability_set_spreads_over_update_and_fault_domains()
    {
        using var town = FabricTown.Open();
        for (var i = 0; i < 4; i++)
        {
            town.Create($"box{i}", set: "front");
        }

        town.Advance(Duration.FromMinutes(20));

        var instances = town.All<FabricInstance>();
        Assert.Equal([0, 1, 2, 3], instances.Select(i => i.UpdateDomain).Order());
        Assert.Single(instances.Select(i => i.Cluster).Distinct());
        Assert.All(instances.GroupBy(i => town.Catalogue.Topology.Find(i.Node!.Value)!.FaultDomain), g => Assert.True(g.Count() <= 2));
    }
}
