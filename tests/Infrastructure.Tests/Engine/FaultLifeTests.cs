using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "H1")]
public sealed class FaultLifeTests
{
    [Theory]
    [InlineData(FaultKind.RoleCrash)]
    [InlineData(FaultKind.VmCrash)]
    [InlineData(FaultKind.GuestAgentCrash)]
    public void An_instance_that_is_struck_is_ready_again_on_its_node(FaultKind kind)
    {
        using var town = FabricTown.Open();
        town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));
        var before = town.All<FabricInstance>().OrderBy(i => i.Name).First();

        town.Hosts.SetFaults([new Fault("f", 1, kind, new FaultTarget(FaultScope.Instance, before.Id.Value), town.Clock.Now, null, new())]);
        town.Advance(Duration.FromSeconds(2));
        Assert.NotEqual(GuestHurt.None, town.Hosts.CopiesOf(before.Id).Single().Hurt);
        town.Advance(Duration.FromHours(1));

        var after = town.One<FabricInstance>(i => i.Id == before.Id);
        Assert.True(after.IsReady);
        Assert.Equal(before.Node, after.Node);
        Assert.Equal(GuestHurt.None, town.Hosts.CopiesOf(before.Id).Single().Hurt);
        town.CheckBooks();
    }

    [Theory, Trait("spec", "H3")]
    [InlineData(FaultKind.HostAgentCrash)]
    [InlineData(FaultKind.HostCrash)]
    [InlineData(FaultKind.PowerLoss)]
    [InlineData(FaultKind.Partition)]
    public void What_ran_on_a_node_that_fails_runs_again_and_never_twice(FaultKind kind)
    {
        using var town = FabricTown.Open();
        town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));
        var node = town.All<FabricInstance>().OrderBy(i => i.Name).First().Node!.Value;
        var ids = town.All<FabricInstance>().Select(i => i.Id).ToList();

        town.Hosts.SetFaults([new Fault("f", 1, kind, new FaultTarget(FaultScope.Node, node.Value), town.Clock.Now, null, new())]);
        for (var minute = 0; minute < 120; minute++)
        {
            town.Advance(Duration.FromMinutes(1));
            Assert.All(ids, id => Assert.InRange(town.Hosts.WritersOf(id), 0, 1));
        }

        Assert.All(town.All<FabricInstance>(), i => Assert.True(i.IsReady, $"{i.Name} is {i.Phase} on {i.Node}"));
        town.Hosts.SetFaults([]);
        town.Advance(Duration.FromHours(2));
        Assert.All(town.All<FabricInstance>(), i => Assert.True(i.IsReady, $"{i.Name} is {i.Phase} on {i.Node}"));
        Assert.All(ids, id => Assert.Single(town.Hosts.CopiesOf(id)));
        town.CheckBooks();
    }
}
