using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class EngineFaultTests
{
    private static readonly ClusterId Poisoned = new("north-c1");

    [Fact]
    public void A_cluster_whose_decisions_throw_is_stopped_and_the_others_go_on()
    {
        using var town = FabricTown.Open(mayFail: true);
        Poison(town);
        var (_, id) = town.Deploy("shop", count: 2, region: "south");

        town.Advance(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        Assert.Contains("stopped", town.Catalogue.Closed[Poisoned], StringComparison.Ordinal);
        Assert.Single(town.All<InboxRow>());
    }

    [Fact]
    public void New_services_go_round_a_stopped_cluster()
    {
        using var town = FabricTown.Open(mayFail: true);
        Poison(town);
        town.Advance(Duration.FromMinutes(1));

        var (deployment, id) = town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        Assert.NotEqual(Poisoned, town.One<Deployment>(d => d.Id == deployment.Id).Cluster);
    }

    [Fact, Trait("spec", "R6")]
    public void The_first_request_after_a_restart_is_heard_though_another_had_waited_for_that_restart()
    {
        var commits = int.MaxValue;
        var broken = FabricTown.Open(mayFail: true, watch: (_, moment) =>
        {
            if (moment == CommitMoment.Before && Interlocked.Decrement(ref commits) < 0)
            {
                throw new Microsoft.Data.Sqlite.SqliteException("disk I/O error", 10);
            }
        });
        broken.Advance(Duration.Zero);
        // The request is taken, and no turn after it.
        commits = 1;
        var (_, waited) = broken.Deploy("shop", count: 2);
        Volatile.Write(ref commits, int.MaxValue);
        using var town = broken.Reopen();
        town.Advance(Duration.FromMinutes(1));

        var (_, first) = town.Deploy("bank", count: 2);
        town.Advance(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(waited).Status);
        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(first).Status);
    }

    [Fact]
    public async Task A_question_sees_what_is_committed_and_its_fault_is_the_askers()
    {
        using var town = FabricTown.Open(mayFail: true);
        town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));
        var cluster = town.All<FabricInstance>()[0].Cluster;

        Assert.Equal(2, (await town.Engine.Ask(cluster, s => s.Instances.Count)).Value);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => town.Engine.Ask<int>(cluster, _ => throw new InvalidOperationException()));
        Assert.Equal("clusterStopped", (await town.Engine.Ask(new ClusterId("nowhere"), _ => 1)).Refusal!.Code);
        Assert.Equal(2, (await town.Engine.Ask(cluster, s => s.Instances.Count)).Value);
    }

    [Fact, Trait("spec", "F1")]
    public async Task A_turn_decided_on_hardware_that_has_changed_since_is_decided_again()
    {
        using var town = FabricTown.Open(mayFail: true);
        town.Advance(Duration.FromMinutes(1));
        await town.Committer.CommitAsync(unit =>
        {
            foreach (var cluster in town.Catalogue.Topology.Clusters)
            {
                ClusterStore.ChangeHardware(unit, cluster.Id, "another");
            }
        });

        var (_, id) = town.Deploy("shop", count: 2);
        town.Advance(Duration.FromMinutes(20));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        Assert.Empty(town.Catalogue.Closed);
    }

    [Fact, Trait("spec", "R6"), Trait("spec", "H3")]
    public async Task While_the_file_of_the_hosts_cannot_be_written_no_turn_is_durable_and_then_it_goes_on()
    {
        using var town = FabricTown.Open(mayFail: true);
        town.Advance(Duration.FromMinutes(1));
        using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(town.Folder, "hosts.db")};Pooling=False");
        other.Open();
        var holds = other.BeginTransaction();
        var (_, id) = town.Deploy("shop", count: 2);
        var advance = Task.Run(() => town.Advance(Duration.FromMinutes(20)), TestContext.Current.CancellationToken);
        // The file is waited for in real time, and given up.
        Assert.True(SpinWait.SpinUntil(() => town.Log.Errors.Count > 0, TimeSpan.FromMinutes(1)), "Nothing failed.");
        Assert.All(town.All<FabricInstance>(), i => Assert.Equal(InstancePhase.Placed, i.Phase));
        Assert.False(advance.IsCompleted);
        holds.Rollback();
        await advance;

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
        town.CheckBooks();
    }

    private static void Poison(FabricTown town)
    {
        town.Committer.CommitAsync(unit => unit.Insert(new InboxRow
        {
            Id = unit.NextSequence<InboxRow>(r => r.Id),
            Cluster = Poisoned,
            RequestJson = "{}",
            At = town.Clock.Now,
        })).GetAwaiter().GetResult();
        town.Wakeups.Wake(Poisoned);
    }
}
