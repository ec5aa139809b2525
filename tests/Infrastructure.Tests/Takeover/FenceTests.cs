// What a primary can still do when another has taken over and it does not know it yet (F2): nothing.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Takeover;

public sealed class FenceTests
{
    private static readonly Instant Noon = Instant.FromUtc(2012, 2, 28, 12, 0);
    private static readonly ClusterId Cluster = new("north-c1");

    [Fact, Trait("spec", "F2")]
    public async Task Whatever_waits_to_be_committed_when_another_has_taken_over_is_refused_and_not_there()
    {
        using var store = new StoreFixture();
        // The old primary is paused in a unit; more wait behind it. All that it knows of the other comes afterwards.
        using var paused = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        var first = store.Committer.CommitAsync(_ => { inside.Set(); paused.Wait(); });
        inside.Wait(TestContext.Current.CancellationToken);
        var waiting = Enumerable.Range(0, 20).Select(i => store.Committer.CommitAsync(
            unit => unit.Insert(new MetaRow { Key = $"late-{i}", Value = "" }))).ToList();
        paused.Set();
        await first;
        using var other = Reigns.Begin(store.Options);
        await store.Committer.CommitAsync(_ => { }).ContinueWith(_ => { }, TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<StoreFault>(() => store.Committer.CommitAsync(
            unit => unit.Insert(new MetaRow { Key = "too-late", Value = "" })));

        Assert.Equal(StoreFaultKind.NotPrimary, refused.Kind);
        Assert.True(store.Fence.IsLost);
        using var db = store.Read();
        Assert.Null(await db.Set<MetaRow>().FindAsync(["too-late"], TestContext.Current.CancellationToken));
        // Each of those that waited was told the truth, whichever way the race went.
        for (var i = 0; i < waiting.Count; i++)
        {
            var key = $"late-{i}";
            var there = await db.Set<MetaRow>().AnyAsync(m => m.Key == key, TestContext.Current.CancellationToken);
            var told = await waiting[i].ContinueWith(t => t.Exception?.InnerException, TestContext.Current.CancellationToken);
            Assert.Equal(there, told is null);
            Assert.True(told is null or StoreFault { Kind: StoreFaultKind.NotPrimary });
        }
    }

    [Fact, Trait("spec", "F2")]
    public async Task A_batch_of_a_fenced_primary_is_refused_whole_and_runs_none_of_its_units()
    {
        using var store = new StoreFixture();
        using var other = Reigns.Begin(store.Options);
        var ran = 0;
        var units = Enumerable.Range(0, 10).Select(_ => store.Committer.CommitAsync(_ => { ran++; })).ToList();
        foreach (var unit in units)
        {
            Assert.Equal(StoreFaultKind.NotPrimary, (await Assert.ThrowsAsync<StoreFault>(() => unit)).Kind);
        }

        Assert.Equal(0, ran);
    }

    [Fact, Trait("spec", "F2")]
    public async Task Nobody_takes_over_between_the_look_at_the_epoch_and_the_commit()
    {
        using var store = new StoreFixture();
        Exception? refused = null;
        await store.Committer.CommitAsync(unit =>
        {
            unit.Insert(new MetaRow { Key = "mine", Value = "" });
            refused = Record.Exception(() => Reigns.Begin(store.Options));
        });

        Assert.Equal(StoreFaultKind.Locked, StoreFault.Behind(refused!)!.Kind);
        Assert.Equal(store.Fence.Epoch, new Leases(store.Options).Read()!.Epoch);
        using var db = store.Read();
        Assert.NotNull(await db.Set<MetaRow>().FindAsync(["mine"], TestContext.Current.CancellationToken));
    }

    [Fact, Trait("spec", "F2")]
    public void Hosts_take_no_command_of_a_controller_of_an_older_epoch_and_tell_it_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-hosts-").FullName;
        var path = Path.Combine(folder, "hosts.db");
        using (var oldFence = new Fence(1))
        using (var newFence = new Fence(2))
        using (var oldStore = new HostStore(path, oldFence))
        {
            var old = new SimulatedHosts(oldStore, new(), new());
            old.Send(Cluster, new FabricEffect.BuildRoleImage(Cluster, "aa", 100), Noon);
            old.Send(Cluster, Goal("n1", 1), Noon);
            old.Flush();
            using var newStore = new HostStore(path, newFence);
            var present = new SimulatedHosts(newStore, new(), new());

            old.Send(Cluster, Goal("n1", 7), Noon);
            Assert.Equal(StoreFaultKind.NotPrimary, Assert.Throws<StoreFault>(old.Flush).Kind);
            Assert.Throws<StoreFault>(() => old.TakeUntil(Noon + Duration.FromHours(1)));
            Assert.Throws<StoreFault>(() => old.Send(Cluster, Goal("n1", 8), Noon));
            Assert.Equal(1, Assert.Single(present.Attach(Cluster, Noon).OfType<FabricEvent.HostAgentConnected>()).Generation);
            present.Send(Cluster, Goal("n1", 2), Noon);
            present.Flush();
            Assert.NotEmpty(present.TakeUntil(Noon + Duration.FromHours(1)));
        }

        Assert.Equal(2, HostStore.EpochOf(path));
        using var late = new Fence(1);
        Assert.Throws<StoreFault>(() => new HostStore(path, late));
        Assert.True(late.IsLost);
        // Who has the highest epoch may close the file and open it again, as it does when the fabric is replaced.
        using var same = new Fence(2);
        new HostStore(path, same).Dispose();
        Assert.False(same.IsLost);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact, Trait("spec", "F2")]
    public void Events_that_are_due_at_an_old_controller_stay_untold_even_with_nothing_to_flush()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-hosts-").FullName;
        var path = Path.Combine(folder, "hosts.db");
        using (var oldFence = new Fence(1))
        using (var newFence = new Fence(2))
        using (var oldStore = new HostStore(path, oldFence))
        {
            var old = new SimulatedHosts(oldStore, new(), new());
            old.Send(Cluster, new FabricEffect.BuildRoleImage(Cluster, "aa", 100), Noon);
            using var newStore = new HostStore(path, newFence);
            Assert.Equal(StoreFaultKind.NotPrimary,
                Assert.Throws<StoreFault>(() => old.TakeUntil(Noon + Duration.FromHours(1))).Kind);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private static FabricEffect.PushGoal Goal(string node, long generation) =>
        new(new NodeGoal(new NodeId(node), generation, null, null, []));
}
