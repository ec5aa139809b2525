// A fabric that is replaced keeps its primary, whatever lease the copy was taken under (F2, L3), and its faults are those of
// the copy (H1). A crash in the middle is completed by the next start, which is the primary of it.
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

public sealed class EmulatorTakeoverTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rdfe-test-").FullName;
    private readonly TestClock clock = new();

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact, Trait("spec", "F2")]
    public async Task A_fabric_that_is_restored_or_reset_keeps_its_primary_and_commits_go_on()
    {
        using var app = Start();
        var http = app.Operator;
        await app.TenantAsync();
        await http.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
        await app.TenantAsync();
        var before = await http.GetAsync("/fabric/controller").Expect(200);

        await http.Post("/fabric/emulator/restore", new { name = "s" }).Expect(200);
        await IsPrimary(app, epoch: 1, tenants: 1);
        var after = await http.GetAsync("/fabric/controller").Expect(200);
        Assert.Equal((string?)before["since"], (string?)after["since"]);

        await http.Post("/fabric/emulator/reset").Expect(200);
        await IsPrimary(app, epoch: 1, tenants: 0);
    }

    [Fact, Trait("spec", "F2")]
    public async Task A_snapshot_of_an_earlier_reign_gives_neither_its_lease_nor_its_epoch_back()
    {
        using (var earlier = Start())
        {
            await earlier.TenantAsync();
            await earlier.Operator.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
        }

        using (var present = Start())
        {
            await IsPrimary(present, epoch: 2, tenants: 1);
            await present.Operator.Post("/fabric/emulator/restore", new { name = "s" }).Expect(200);
            await IsPrimary(present, epoch: 2, tenants: 1);
        }

        using var next = Start();
        await IsPrimary(next, epoch: 3, tenants: 1);
    }

    [Fact, Trait("spec", "H1")]
    public async Task Faults_are_those_of_the_snapshot_and_strike_as_they_did_then()
    {
        using var app = Start();
        var http = app.Operator;
        var nodes = (await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray()
            .Select(n => (string)n!["name"]!).Take(2).ToList();
        await http.Put("/fabric/faults/kept", Dark(nodes[0])).Expect(201);
        await http.Put("/fabric/faults/jump", JsonNode.Parse(
            """{ "kind": "clockJump", "target": { "fabric": true }, "parameters": { "by": "P1D" } }""")!).Expect(201);
        await app.Advance(Duration.FromSeconds(1));
        await http.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
        await http.DeleteAsync("/fabric/faults/kept").Expect(204);
        await http.DeleteAsync("/fabric/faults/jump").Expect(204);
        await http.Put("/fabric/faults/late", Dark(nodes[1])).Expect(201);
        await app.Advance(Duration.FromSeconds(1));
        Assert.Equal((false, true), (IsDark(app, nodes[0]), IsDark(app, nodes[1])));

        await http.Post("/fabric/emulator/restore", new { name = "s" }).Expect(200);

        Assert.Equal(["jump", "kept"], (await http.GetAsync("/fabric/faults").Expect(200))["value"]!.AsArray().Select(f => (string?)f!["name"]));
        Assert.Equal("active", (string?)(await http.GetAsync("/fabric/faults/kept").Expect(200))["state"]);
        var time = await http.GetAsync("/fabric/clock").Expect(200);
        Assert.Equal(Duration.FromDays(1), Time(time["wall"]) - Time(time["now"]));
        await app.Advance(Duration.FromSeconds(1));
        Assert.Equal((true, false), (IsDark(app, nodes[0]), IsDark(app, nodes[1])));
        await app.Advance(Duration.FromHours(1));
        Assert.NotEqual("ready", await State(http, nodes[0]));
        Assert.Equal("ready", await State(http, nodes[1]));

        // A fabric as new has none.
        await http.Post("/fabric/emulator/reset").Expect(200);
        await app.Advance(Duration.FromSeconds(1));
        Assert.Equal((false, false), (IsDark(app, nodes[0]), IsDark(app, nodes[1])));
        time = await http.GetAsync("/fabric/clock").Expect(200);
        Assert.Equal((string?)time["now"], (string?)time["wall"]);
    }

    [Theory, Trait("spec", "L3")]
    [InlineData("the main store is replaced")]
    [InlineData("the hosts' store is replaced")]
    [InlineData("the decision is carried out")]
    public async Task A_crash_while_it_is_replaced_is_completed_by_the_next_start_which_becomes_the_primary(string point)
    {
        using (var first = Start())
        {
            await first.TenantAsync();
            await first.Operator.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
        }

        using (var second = Start())
        {
            await second.TenantAsync();
            await IsPrimary(second, epoch: 2, tenants: 2);
        }

        // As a process dies that restores the snapshot, and the one after it while it completes that.
        var files = new WorldFiles(folder);
        var stage = files.NewStage();
        WorldFiles.CopyStores(new Snapshots(folder, packages: null!).FolderOf("s"), stage);
        files.Decide(stage);
        using (var third = Start(s => s.AddSingleton(new WorldFiles(folder)
        {
            Passing = p => _ = p == point ? throw new IOException("A crash.") : p,
        })))
        {
            Assert.ThrowsAny<Exception>(() => third.Operator);
        }

        Assert.Equal(point != "the decision is carried out", new WorldFiles(folder).IsPending);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        // Its lease is over, but for its epoch, which nobody is given again.
        clock.Advance(TimeSpan.FromMinutes(11));
        using var fourth = Start();
        await IsPrimary(fourth, epoch: 4, tenants: 1);
        Assert.False(new WorldFiles(folder).IsPending);
        Assert.Equal(4, HostStore.EpochOf(Path.Combine(folder, WorldFiles.HostsName)));
        fourth.CheckBooks();
    }

    private RdfeApp Start(Action<IServiceCollection>? also = null)
    {
        var app = RdfeApp.With(("Rdfe:DataFolder", folder), ("Rdfe:Takeover:LeaseDuration", "00:10:00"));
        app.Replace = s =>
        {
            s.AddSingleton<TimeProvider>(clock);
            also?.Invoke(s);
        };
        return app;
    }

    // It answers, commits, and commands its hosts, under this epoch.
    private static async Task IsPrimary(RdfeApp app, long epoch, int tenants)
    {
        var http = app.Operator;
        var controller = await http.GetAsync("/fabric/controller").Expect(200);
        Assert.Equal((epoch, Environment.ProcessId), ((long)controller["epoch"]!, (int)controller["processId"]!));
        Assert.Equal(tenants, (await http.GetAsync("/subscriptions").Expect(200))["value"]!.AsArray().Count);
        await app.Advance(Duration.FromMinutes(1));
        var primacy = app.Services.GetRequiredService<Primacy>();
        await primacy.RenewAsync(app.Services.GetRequiredService<Committer>());
        Assert.True(primacy.MayServe());
        Assert.Equal((epoch, epoch), (primacy.Fence.Epoch, primacy.Read()!.Epoch));
        Assert.Equal(epoch, HostStore.EpochOf(Path.Combine(app.Services.GetRequiredService<Infrastructure.DataFolder>().Root, WorldFiles.HostsName)));
    }

    private static JsonNode Dark(string node) => JsonNode.Parse($$"""{ "kind": "powerLoss", "target": { "node": "{{node}}" } }""")!;

    private static bool IsDark(RdfeApp app, string node)
    {
        var hosts = app.Services.GetRequiredService<IHostAgents>();
        hosts.Flush();
        using var store = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={Path.Combine(app.Services.GetRequiredService<Infrastructure.DataFolder>().Root, WorldFiles.HostsName)};Pooling=False");
        store.Open();
        using var command = store.CreateCommand();
        command.CommandText = "SELECT Condition FROM Nodes WHERE Node = $node";
        command.Parameters.AddWithValue("$node", node);
        return command.ExecuteScalar() is string condition && StoreJson.Read<NodeCondition>(condition).Dark;
    }

    private static async Task<string?> State(HttpClient http, string node) =>
        (string?)(await http.GetAsync($"/fabric/nodes/{node}").Expect(200))["state"];

    private static Instant Time(JsonNode? text) => NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse((string)text!).Value.ToInstant();
}
