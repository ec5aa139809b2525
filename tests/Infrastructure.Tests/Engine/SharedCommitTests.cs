// R6: turns that share a commit leave what they would have left one by one.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class SharedCommitTests
{
    [Fact, Trait("spec", "R4"), Trait("spec", "R6")]
    public async Task A_swap_may_share_the_commit_of_a_turn_that_changed_what_it_swaps()
    {
        using var town = FabricTown.Open();
        var (production, _) = town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));
        var staging = Stage(town, "shop");
        town.Advance(Duration.FromMinutes(20));
        var cluster = town.One<Deployment>(d => d.Id == production.Id).Cluster!.Value;
        // Asked of the load balancer, which has not answered yet.
        Swap(town, cluster);
        town.Advance(Duration.Zero);

        await town.Engine.Between(_ =>
        {
            var actor = new ClusterActor(
                cluster, new ClusterStore(town.Catalogue, town.Desk, new EventSignal(), new IdSource()), town.Hosts, () => FabricTown.Unannounced, _ => false);
            using var db = town.Read();
            var load = actor.Load(db, town.Clock.Now);
            town.Commit(unit => actor.Commit(unit, load, town.Clock.Now));
            var answers = actor.State!.Deployments.Values.Select(d => new FabricEvent.NetworkProgrammed(town.Clock.Now, d.Key, d.NetworkGeneration));
            var answered = actor.Decide(null, [.. answers], town.Clock.Now)!;
            Assert.True(answered.IsQuiet);
            actor.Wait(answered);

            Swap(town, cluster);
            var back = actor.Decide(db, [], town.Clock.Now)!;
            Assert.Equal(2, back.Swapped.Count);
            town.Commit(unit => actor.Commit(unit, back, town.Clock.Now));
            return true;
        });

        Assert.Equal(Slot.Production, town.One<Deployment>(d => d.Id == production.Id).Slot);
        Assert.Equal(Slot.Staging, town.One<Deployment>(d => d.Id == staging).Slot);
        town.Advance(Duration.FromMinutes(20));
        Assert.All(
            town.All<OperationRow>().Where(o => o.Kind == OperationKinds.SwapDeployments),
            o => Assert.Equal(OperationStatus.Succeeded, o.Status));
        town.CheckBooks();
    }

    private static DeploymentId Stage(FabricTown town, string service)
    {
        var request = town.Service(town.NextOperation(), service, count: 2);
        request = request with { Deployment = request.Deployment with { Slot = Slot.Staging } };
        town.Commit(unit => town.Desk.Open(unit, request, town.Clock.Now));
        return request.Deployment.Id;
    }

    private static OperationId Swap(FabricTown town, ClusterId cluster) =>
        town.Ask(cluster, OperationKinds.SwapDeployments, StepNames.SwapDeployments, operation => new FabricRequest.SwapDeployments(FabricTown.Tenant, "shop", operation));
}
