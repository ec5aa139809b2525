// R6: kill -9 at any instant, under load, and start again: nothing accepted is lost, every operation ends exactly once,
// what ran keeps running, and the books balance. Five kills in a test run; RDFE_KILLS=100 for the long form.
using System.Globalization;
using System.Text.Json.Nodes;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Crash;

public sealed class KillTests
{
    private static readonly int Kills = int.Parse(
        Environment.GetEnvironmentVariable("RDFE_KILLS") ?? "5", CultureInfo.InvariantCulture);

    [Fact, Trait("spec", "R6")]
    public async Task Killed_under_load_again_and_again_it_loses_nothing_it_promised()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-kill-").FullName;
        var draws = new SeededIds(20120229);
        var subscription = draws.NextGuid();
        var tenants = Enumerable.Range(0, 6).Select(i => new RestlessTenant(subscription, i, new SeededIds(100 + i))).ToList();
        string witness;
        using (var server = await ServerProcess.Start(folder, rate: 600))
        using (var client = server.Client())
        {
            await client.PutAsync($"/subscriptions/{subscription}", RdfeApp.Json(new { displayName = "Restless" })).Expect(201);
            await client.PutAsync($"/subscriptions/{subscription}/availabilitySets/front", RdfeApp.Json(new { region = "north" })).Expect(201);
            var created = await client.PutAsync($"/subscriptions/{subscription}/virtualMachines/witness",
                RdfeApp.Json(new { region = "south", size = "Small", image = "ubuntu-22.04" })).Expect(202);
            await Until(client, (string)created["operation"]!);
            witness = await Witness(client, subscription);
            server.Kill();
        }

        for (var kill = 1; kill <= Kills; kill++)
        {
            using var server = await ServerProcess.Start(folder, rate: 600);
            using var client = server.Client();
            Assert.Equal(witness, await Witness(client, subscription));
            foreach (var tenant in tenants)
            {
                await tenant.StillOpen(client);
            }

            using var stop = new CancellationTokenSource();
            var work = tenants.Select(t => t.Work(client, stop.Token)).ToList();
            await UnderLoad(tenants);
            await Task.Delay(TimeSpan.FromMilliseconds(Roll(draws, 1000)), TimeProvider.System);
            server.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(work);
            Assert.Equal("", server.Complaints());
        }

        using (var server = await ServerProcess.Start(folder, rate: 3600))
        using (var client = server.Client())
        {
            var open = 0;
            for (var patience = 0; patience < 300; patience++)
            {
                open = 0;
                foreach (var tenant in tenants)
                {
                    open += await tenant.StillOpen(client);
                }

                if (open == 0)
                {
                    break;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
            }

            Assert.True(open == 0, $"{open} of {tenants.Sum(t => t.Accepted)} operations never ended.\n{server.Said()}");
            Assert.Equal(witness, await Witness(client, subscription));
            Assert.Equal("", server.Complaints());
            server.Kill();
        }

        Audit(folder);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    // However slow the machine is, each life accepts something before it is taken.
    private static async Task UnderLoad(List<RestlessTenant> tenants)
    {
        var before = tenants.Sum(t => t.Accepted);
        for (var patience = 0; tenants.Sum(t => t.Accepted) < before + 10; patience++)
        {
            Assert.True(patience < 600, "The server accepts nothing: no load.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static void Audit(string folder)
    {
        using var db = new RdfeDbContext(StoreStartup.OptionsFor(Path.Combine(folder, "rdfe.db")));
        var topologies = Path.Combine(Repository.Root, "topologies");
        Books.Check(db, FabricStartup.Load(db, Path.Combine(topologies, "small.json"), topologies).Topology);
    }

    // Where it runs and since when: a machine that nobody touched must not notice that the controller died.
    private static async Task<string> Witness(HttpClient client, Guid subscription)
    {
        var machine = await client.GetAsync($"/subscriptions/{subscription}/virtualMachines/witness").Expect(200);
        var view = machine["instanceView"]!;
        return $"{view["status"]} on {view["node"]} at {view["dip"]} since {view["since"]}";
    }

    private static async Task Until(HttpClient client, string operation)
    {
        for (var patience = 0; patience < 300; patience++)
        {
            var status = (string?)(await client.GetAsync(operation).Expect(200))["status"];
            if (status == "succeeded")
            {
                return;
            }

            Assert.NotEqual("failed", status);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail($"{operation} did not end.");
    }

    private static int Roll(SeededIds draws, int below)
    {
        Span<byte> bytes = stackalloc byte[4];
        draws.Fill(bytes);
        return (int)(BitConverter.ToUInt32(bytes) % (uint)below);
    }
}
