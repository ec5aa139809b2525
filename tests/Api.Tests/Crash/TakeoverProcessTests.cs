// Two programs as people run them, on one data folder, under load (F2, R6): the primary is killed; the next one is paused
// and goes on after a third has taken over; that one is asked to end. What runs never notices, every operation ends
// exactly once, and a promise that anybody was given is kept by whoever is the primary then.
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Crash;

public sealed class TakeoverProcessTests
{
    // Long enough for a busy machine: a primary that is given no time to renew is taken over from.
    private const string Lease = "00:00:04";
    private const double Rate = 3600;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact, Trait("spec", "F2")]
    public async Task Killed_paused_and_stopped_primaries_are_followed_and_none_comes_back_to_write()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no way to pause a process there.");
        var folder = Directory.CreateTempSubdirectory("rdfe-takeover-").FullName;
        var subscription = new SeededIds(20120301).NextGuid();
        var tenants = Enumerable.Range(0, 3).Select(i => new RestlessTenant(subscription, i, new SeededIds(200 + i))).ToList();

        using var a = await ServerProcess.StartContender(folder, Rate, Lease);
        Assert.True(await a.Serves(Patience), a.Said());
        using var b = await ServerProcess.StartContender(folder, Rate, Lease);
        Assert.True(await b.StandsBy(Patience), b.Said());
        using var toA = a.Client();
        using var toB = b.Client();
        await toA.PutAsync($"/subscriptions/{subscription}", RdfeApp.Json(new { displayName = "Restless" })).Expect(201);
        await toA.PutAsync($"/subscriptions/{subscription}/availabilitySets/front", RdfeApp.Json(new { region = "north" })).Expect(201);
        var created = await toA.PutAsync($"/subscriptions/{subscription}/virtualMachines/witness",
            RdfeApp.Json(new { region = "south", size = "Small", image = "ubuntu-22.04" })).Expect(202);
        var witness = await Witness(toA, subscription, (string)created["operation"]!);

        // Killed: the standby knows its process to be dead, and follows.
        await UnderLoad(tenants, toA, a.Kill);
        Assert.True(await b.Serves(Patience), b.Said());
        Assert.Equal(2, await Epoch(toB));
        Assert.Equal(witness, await Witness(toB, subscription));
        await Kept(tenants, toB);

        // Paused: a third follows when the lease is over, and the second goes on after that.
        using var c = await ServerProcess.StartContender(folder, Rate, Lease);
        using var toC = c.Client();
        var third = 0L;
        await UnderLoad(tenants, toB, b.Pause, async () =>
        {
            // Paused in the middle of a commit it keeps the database's lock, and nobody can follow until it has gone on.
            while (!await c.Serves(TimeSpan.FromSeconds(8)))
            {
                b.Continue();
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
                b.Pause();
            }

            // One more for each time that it was kept from renewing its lease, on a machine that is busy.
            third = await Epoch(toC);
            Assert.InRange(third, 3, 10);
            b.Continue();
            using var late = await toB.PutAsync($"/subscriptions/{subscription}/virtualMachines/late",
                RdfeApp.Json(new { region = "south", size = "Small", image = "ubuntu-22.04" }));
            Assert.Equal(503, (int)late.StatusCode);
        });
        await toC.GetAsync($"/subscriptions/{subscription}/virtualMachines/late").Expect(404);
        Assert.True(await b.StandsBy(Patience), b.Said());
        Assert.Equal(witness, await Witness(toC, subscription));
        await Kept(tenants, toC);

        // Asked to end: the second, which has been the primary before, follows at once, with nothing of its old memory.
        await UnderLoad(tenants, toC, c.Stop);
        Assert.True(await b.Serves(Patience), b.Said());
        Assert.InRange(await Epoch(toB), third + 1, third + 10);
        Assert.Equal(witness, await Witness(toB, subscription));
        await AllEnd(tenants, toB, b);
        Assert.Equal("", a.Complaints() + b.Complaints() + c.Complaints());
        b.Kill();
        Audit(folder);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task UnderLoad(
        List<RestlessTenant> tenants, HttpClient client, Action strike, Func<Task>? meanwhile = null)
    {
        using var stop = new CancellationTokenSource();
        var before = tenants.Sum(t => t.Accepted);
        var work = tenants.Select(t => t.Work(client, stop.Token)).ToList();
        for (var patience = 0; tenants.Sum(t => t.Accepted) < before + 10; patience++)
        {
            Assert.True(patience < 3000, "The server accepts nothing: no load.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        strike();
        if (meanwhile is not null)
        {
            await meanwhile();
        }

        await stop.CancelAsync();
        await Task.WhenAll(work);
    }

    private static async Task Kept(List<RestlessTenant> tenants, HttpClient client)
    {
        foreach (var tenant in tenants)
        {
            await tenant.StillOpen(client);
        }
    }

    private static async Task AllEnd(List<RestlessTenant> tenants, HttpClient client, ServerProcess server)
    {
        for (var patience = 0; patience < 600; patience++)
        {
            var open = 0;
            foreach (var tenant in tenants)
            {
                open += await tenant.StillOpen(client);
            }

            if (open == 0)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail($"Operations never ended.\n{server.Said()}");
    }

    private static async Task<long> Epoch(HttpClient client) =>
        (long)(await client.GetAsync("/fabric/controller").Expect(200))["epoch"]!;

    // Where it runs and since when: a machine that nobody touched must not notice who its controller is.
    private static async Task<string> Witness(HttpClient client, Guid subscription, string? created = null)
    {
        for (var patience = 0; created is not null && (string?)(await client.GetAsync(created).Expect(200))["status"] != "succeeded"; patience++)
        {
            Assert.True(patience < 200, $"{created} did not end.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        var view = (await client.GetAsync($"/subscriptions/{subscription}/virtualMachines/witness").Expect(200))["instanceView"]!;
        return $"{view["status"]} on {view["node"]} at {view["dip"]} since {view["since"]}";
    }

    private static void Audit(string folder)
    {
        using var db = new RdfeDbContext(StoreStartup.OptionsFor(Path.Combine(folder, "rdfe.db")));
        var topologies = Path.Combine(Repository.Root, "topologies");
        Books.Check(db, FabricStartup.Load(db, Path.Combine(topologies, "small.json"), topologies).Topology);
    }
}
