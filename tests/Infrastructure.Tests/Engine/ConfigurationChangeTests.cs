using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "R6")]
public sealed class ConfigurationChangeTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(60)]
    [InlineData(140)]
    public void A_restart_in_the_middle_of_a_change_loses_nothing(int seconds)
    {
        var town = FabricTown.Open();
        try
        {
            var (deployment, _) = town.Deploy("shop", count: 3);
            town.Advance(Duration.FromMinutes(20));
            var id = Change(town, deployment, count: 6, generation: 2);
            town.Advance(Duration.FromSeconds(seconds));

            town = town.Reopen();
            town.Advance(Duration.FromMinutes(30));

            Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
            Assert.Equal(6, town.All<FabricInstance>().Count(i => i is { IsReady: true, ReportedConfig: 2 }));
            Assert.All(town.All<ClusterLoadRow>(), c => Assert.Equal(0, c.CoresInFlight));
        }
        finally
        {
            town.Dispose();
        }
    }

    [Fact]
    public void A_change_that_waits_for_nobody_ends_and_so_does_the_reboot_of_what_it_removes()
    {
        using var town = FabricTown.Open();
        var (deployment, _) = town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));
        var cluster = town.One<Deployment>(d => d.Id == deployment.Id).Cluster!.Value;
        var reboots = town.All<FabricInstance>().Select(i => town.Ask(
            cluster, OperationKinds.RebootInstance, StepNames.PowerCycle,
            o => new FabricRequest.PowerInstance(i.Id, PowerAction.Restart, o))).ToList();
        town.Advance(Duration.FromSeconds(10));

        var id = Change(town, deployment, count: 1, generation: 2);
        town.Advance(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        Assert.Equal(
            [OperationStatus.Succeeded, OperationStatus.Canceled],
            reboots.Select(r => town.OperationOf(r).Status).Order());
        Assert.Equal(ProvisioningState.Succeeded, town.One<Deployment>(d => d.Id == deployment.Id).State);
        Assert.Single(town.All<FabricInstance>());
    }

    private static Domain.OperationId Change(FabricTown town, Deployment deployment, int count, int generation)
    {
        var cluster = town.One<Deployment>(d => d.Id == deployment.Id).Cluster!.Value;
        var model = deployment.Model with { Roles = [deployment.Model.Roles[0] with { Count = count }] };
        return town.Ask(cluster, OperationKinds.ChangeConfiguration, StepNames.ChangeConfiguration,
            o => new FabricRequest.ChangeConfiguration(deployment.Id, model, generation, "e2", o, QuotaTaken.None, 0));
    }
}
