// The whole fabric put back, filled, copied and restored, as people who use it as an emulator do.
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

public sealed partial class EmulatorTests
{
    private static readonly object Machine = new { region = "north", size = "Small", image = "ubuntu-22.04" };

    [Fact]
    public async Task A_reset_leaves_a_fabric_as_new_and_the_operators_key_works()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var before = await WorldAsync(http);
        var tenant = await app.TenantAsync();
        await tenant.Run("hello-web", "web-of-reset");
        await tenant.Put("/virtualMachines/m", Machine).Expect(202);
        await http.Put("/fabric/safeMode", JsonNode.Parse("""{"scopes":[{"name":"cluster/north-c1","reason":"r"}]}""")!).Expect(200);
        await app.Advance(30);
        Assert.NotEqual(before, await WorldAsync(http));

        await http.Post("/fabric/emulator/reset").Expect(200);

        Assert.Equal(before, await WorldAsync(http));
        await tenant.Get("").ExpectProblem(404, "notFound");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(app.Folder, "packages"), "*.zip", SearchOption.AllDirectories));
        Assert.Equal("/fabric/emulator/reset", Assert.Single(Activity(app)).Path);
        // It is a fabric that works.
        var again = await app.TenantAsync();
        await again.Run("hello-web", "web-of-reset");
        app.CheckBooks();
    }

    [Fact]
    public async Task A_reset_takes_a_topology_a_time_a_seed_and_a_rate()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var topology = (JsonObject)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "topologies", "small.json")))!;
        topology["geos"]![0]!["name"] = "elsewhere";
        var clock = await http.PostAsync("/fabric/emulator/reset", RdfeApp.Text(new JsonObject
        {
            ["topology"] = topology.DeepClone(),
            ["clock"] = "2012-02-28T23:00:00Z",
            ["seed"] = 7,
            ["rate"] = 0,
        }.ToJsonString())).Expect(200);
        Assert.Equal("2012-02-28T23:00:00Z", (string?)clock["now"]);
        Assert.Equal("elsewhere", (string?)(await http.GetAsync("/fabric/topology").Expect(200))["geos"]![0]!["name"]);
        await app.Advance(120);
        Assert.Equal("2012-02-29T01:00:00Z", (string?)(await http.GetAsync("/fabric/clock").Expect(200))["now"]);

        // Without them it is as configured again, and the time is that of the first start.
        var first = await http.Post("/fabric/emulator/reset").Expect(200);
        Assert.NotEqual("2012-02-28T23:00:00Z", (string?)first["now"]);
        Assert.Equal("town", (string?)(await http.GetAsync("/fabric/topology").Expect(200))["geos"]![0]!["name"]);
    }

    [Fact]
    public async Task A_reset_with_a_bad_body_names_every_error_and_changes_nothing()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        await app.TenantAsync();
        var before = await WorldAsync(http);
        var problem = await http.PostAsync("/fabric/emulator/reset", RdfeApp.Text("""
            { "topology": { "hardware": [], "geos": [ { "name": "" } ] }, "clock": "1712-02-30T00:00:00Z", "seed": -1 }
            """)).ExpectProblem(400, "invalidRequest");
        var places = problem["errors"]!.AsObject().Select(e => e.Key).ToList();
        Assert.Contains("$.clock", places);
        Assert.Contains("$.seed", places);
        Assert.True(places.Count(p => p.StartsWith("$.topology", StringComparison.Ordinal)) >= 2, problem.ToJsonString());
        Assert.Equal(before, await WorldAsync(http));
    }

    [Fact]
    public async Task A_restored_fabric_is_the_one_that_was_kept_clock_and_packages_included()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var tenant = await app.TenantAsync();
        var key = await tenant.As("reader");
        await tenant.Run("hello-web", "web-of-restore");
        // In the middle of its creation: what is under way goes on from there.
        var creating = await tenant.Put("/virtualMachines/m", Machine).Expect(202);
        await app.AdvanceAsync(Duration.FromSeconds(30));
        var before = await WorldAsync(http);
        var kept = await http.Post("/fabric/emulator/snapshot", new { name = "Kept" }).Expect(201);
        Assert.Equal(1, (int)kept["packages"]!);

        await app.Advance(60);
        await tenant.Delete("/services/web-of-restore/deployments/production").Expect(202);
        await app.Advance(20);
        await tenant.Delete("/packages/hello-web").Expect(204);
        await tenant.Delete("/keys/reader").Expect(204);
        await key.Get("").ExpectProblem(401, "unauthorized");
        await tenant.Put("/virtualMachines/other", Machine).Expect(202);
        await app.Advance(60);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(app.Folder, "packages"), "*.zip", SearchOption.AllDirectories));

        await http.Post("/fabric/emulator/restore", new { name = "kept" }).Expect(200);

        Assert.Equal(before, await WorldAsync(http));
        await key.Get("").Expect(200);
        Assert.Single(Directory.EnumerateFiles(Path.Combine(app.Folder, "packages"), "*.zip", SearchOption.AllDirectories));
        await app.Advance(30);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(creating))["status"]);
        app.CheckBooks();
        // A reset leaves snapshots alone.
        await http.Post("/fabric/emulator/reset", new { clock = "2012-02-28T23:00:00Z" }).Expect(200);
        await http.Post("/fabric/emulator/restore", new { name = "kept" }).Expect(200);
        Assert.Equal(before, await WorldAsync(http));
    }

    [Fact]
    public async Task A_restored_fabric_is_still_there_after_the_program_was_started_again()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-test-").FullName;
        string before;
        using (var app = RdfeApp.With(("Rdfe:DataFolder", folder)))
        {
            var http = app.Operator;
            await (await app.TenantAsync()).Put("/virtualMachines/m", Machine).Expect(202);
            await app.Advance(30);
            before = await WorldAsync(http);
            await http.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
            await app.Advance(30);
            await http.Post("/fabric/emulator/reset", new { clock = "2012-02-28T23:00:00Z", seed = 3 }).Expect(200);
            await http.Post("/fabric/emulator/restore", new { name = "s" }).Expect(200);
        }

        using (var next = RdfeApp.With(("Rdfe:DataFolder", folder)))
        {
            Assert.Equal(before, await WorldAsync(next.Operator));
            next.CheckBooks();
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Snapshots_are_listed_named_once_and_deleted()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        await http.Post("/fabric/emulator/snapshot", new { name = "../up" }).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/emulator/snapshot", new { name = "b" }).Expect(201);
        await http.Post("/fabric/emulator/snapshot", new { name = "A" }).Expect(201);
        await http.Post("/fabric/emulator/snapshot", new { name = "B" }).ExpectProblem(409, "snapshotExists");
        var list = await http.GetAsync("/fabric/emulator/snapshots").Expect(200);
        Assert.Equal(["A", "b"], list["value"]!.AsArray().Select(s => (string?)s!["name"]));
        Assert.True((long)(await http.GetAsync("/fabric/emulator/snapshots/a").Expect(200))["bytes"]! > 10_000);
        await http.DeleteAsync("/fabric/emulator/snapshots/B").Expect(204);
        await http.DeleteAsync("/fabric/emulator/snapshots/b").ExpectProblem(404, "notFound");
        await http.GetAsync("/fabric/emulator/snapshots/b").ExpectProblem(404, "notFound");
        await http.Post("/fabric/emulator/restore", new { name = "b" }).ExpectProblem(404, "notFound");
        Assert.Single((await http.GetAsync("/fabric/emulator/snapshots").Expect(200))["value"]!.AsArray());
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_world_again_ids_and_all()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var begin = new { clock = "2012-02-28T23:00:00Z", rate = 0 };
        var worlds = new List<string>();
        var answers = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            await http.Post("/fabric/emulator/reset", begin).Expect(200);
            var seeded = await http.Post("/fabric/emulator/seed", new { sample = "small" }).Expect(200);
            answers.Add(seeded.ToJsonString());
            Assert.Equal(3, seeded["subscriptions"]![0]!["operations"]!.AsArray().Count);
            await app.Advance(30);
            foreach (var operation in seeded["subscriptions"]![0]!["operations"]!.AsArray())
            {
                Assert.Equal("succeeded", (string?)(await http.GetAsync((string)operation!).Expect(200))["status"]);
            }

            worlds.Add(await WorldAsync(http));
            app.CheckBooks();
        }

        Assert.Equal(answers[0], answers[1]);
        // All but the capabilities of instances: who knows the seed must not know what opens their metadata.
        Assert.NotEqual(worlds[0], worlds[1]);
        Assert.Equal(Capability().Replace(worlds[0], "…"), Capability().Replace(worlds[1], "…"));
        // Another seed, another world: other ids, and hosts that take other times.
        await http.Post("/fabric/emulator/reset", new { begin.clock, begin.rate, seed = 5 }).Expect(200);
        Assert.NotEqual(answers[0], (await http.Post("/fabric/emulator/seed", new { sample = "small" }).Expect(200)).ToJsonString());
    }

    [Fact]
    public async Task A_seed_with_errors_names_each_at_its_place_and_makes_nothing()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var before = await WorldAsync(http);
        await http.Post("/fabric/emulator/seed", new { }).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/emulator/seed", new { sample = "huge" }).ExpectProblem(400, "invalidRequest");
        var problem = await http.Post("/fabric/emulator/seed", new
        {
            subscriptions = new object[]
            {
                new
                {
                    displayName = "Good",
                    packages = new object[] { new { name = "p", sample = "nothing-like-it" }, new { name = "q", content = "%" } },
                    services = new object[]
                    {
                        new { name = "a-service", region = "nowhere" },
                        new { name = "b-service", region = "north", deployments = new[] { new { package = "missing", configuration = "<x/>" } } },
                    },
                    virtualMachines = new object[] { new { name = "m", region = "north", size = "Gigantic", image = "ubuntu-22.04" } },
                },
                new { displayName = "", quotas = new { cores = -1 } },
            },
        }).ExpectProblem(400, "seedRefused");
        var places = problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(
        [
            "$.subscriptions[0].packages[0].sample", "$.subscriptions[0].packages[1].content",
            "$.subscriptions[0].services[0].region", "$.subscriptions[0].services[1].deployments[0].package",
            "$.subscriptions[0].virtualMachines[0].size",
            "$.subscriptions[1].displayName", "$.subscriptions[1].quotas.cores",
        ], places);
        Assert.Equal(before, await WorldAsync(http));
        Assert.Empty((await http.GetAsync("/subscriptions").Expect(200))["value"]!.AsArray());
        // The refusal is on record, and the fabric takes a good one.
        Assert.Contains(Activity(app), a => a.Code == "seedRefused");
        await http.Post("/fabric/emulator/seed", new { sample = "small" }).Expect(200);
        // What is there is not seeded over.
        await http.Post("/fabric/emulator/seed", new { sample = "small" }).ExpectProblem(400, "seedRefused");
    }

    [Fact]
    public async Task Callers_who_write_while_the_fabric_is_restored_are_told_to_come_again_and_the_books_balance()
    {
        using var app = RdfeApp.With(("Rdfe:Clock:Rate", "60"));
        var http = app.Operator;
        var tenant = await app.TenantAsync(new { cores = 1000, vms = 1000 });
        await http.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
        using var stop = new CancellationTokenSource();
        var counts = new System.Collections.Concurrent.ConcurrentDictionary<int, int>();
        var writers = Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            for (var n = 0; !stop.IsCancellationRequested; n++)
            {
                using var answer = n % 3 == 2
                    ? await tenant.Delete($"/virtualMachines/m{i}-{n - 2}")
                    : await tenant.Put($"/virtualMachines/m{i}-{n}", Machine);
                counts.AddOrUpdate((int)answer.StatusCode, 1, (_, c) => c + 1);
                if ((int)answer.StatusCode == 503)
                {
                    Assert.NotNull(answer.Headers.RetryAfter);
                }
            }
        })).ToList();
        for (var round = 0; round < 5; round++)
        {
            var written = counts.GetValueOrDefault(202);
            for (var patience = 0; counts.GetValueOrDefault(202) < written + 20 && patience < 500; patience++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            }

            await http.Post("/fabric/emulator/restore", new { name = "s" }).Expect(200);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        app.CheckBooks();
        Assert.True(counts.GetValueOrDefault(202) >= 60, string.Join(", ", counts));
        Assert.DoesNotContain(counts.Keys, status => status >= 500 && status != 503);
        await app.Advance(60);
        app.CheckBooks();
        Assert.All((await tenant.Get("/operations").Expect(200))["value"]!.AsArray(), o => Assert.NotNull(o!["endedAt"]));
    }

    [Fact]
    public async Task A_stream_of_events_tells_that_there_is_another_fabric_and_numbers_go_on()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var tenant = await app.TenantAsync();
        await http.Post("/fabric/emulator/snapshot", new { name = "s" }).Expect(201);
        await tenant.Put("/virtualMachines/m", Machine).Expect(202);
        await app.Advance(30);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/fabric/events?cluster=south-c1");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();
        var last = LastEvent(app);
        Assert.True(last > 0);

        await http.Post("/fabric/emulator/restore", new { name = "s" }).Expect(200);

        var lines = new List<string>();
        while (!lines.Contains("event: fabricRestored"))
        {
            lines.Add((await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)))!);
        }

        Assert.Equal(last + 1, LastEvent(app));
        await http.Post("/fabric/emulator/reset").Expect(200);
        while (!lines.Contains("event: fabricReset"))
        {
            lines.Add((await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)))!);
        }

        Assert.Equal(last + 2, LastEvent(app));
    }

    [Fact]
    public async Task An_idempotency_key_replays_in_the_fabric_that_knows_it_and_in_no_other()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var tenant = await app.TenantAsync();
        async Task<HttpResponseMessage> Put()
        {
            var request = new HttpRequestMessage(HttpMethod.Put, tenant.Path("/affinityGroups/a")) { Content = RdfeApp.Json(new { region = "north" }) };
            request.Headers.Add("Idempotency-Key", "k");
            return await tenant.Http.SendAsync(request);
        }

        await http.Post("/fabric/emulator/snapshot", new { name = "without" }).Expect(201);
        await Put().Expect(201);
        await http.Post("/fabric/emulator/snapshot", new { name = "with" }).Expect(201);
        await http.Post("/fabric/emulator/restore", new { name = "without" }).Expect(200);
        using (var anew = await Put())
        {
            Assert.False(anew.Headers.Contains("Idempotent-Replayed"));
        }

        await http.Post("/fabric/emulator/restore", new { name = "with" }).Expect(200);
        using var replayed = await Put();
        Assert.True(replayed.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task A_reset_ends_an_advance_that_is_under_way_and_a_restored_advance_goes_on()
    {
        using var app = RdfeApp.With(("Rdfe:Clock:Start", "2012-02-28T23:00:00Z"));
        var http = app.Operator;
        Assert.Equal("2012-02-28T23:00:00Z", (string?)(await http.GetAsync("/fabric/clock").Expect(200))["now"]);
        // Under way in the store, and nobody was told of it: as it is in a snapshot that was taken in the middle.
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit => app.Services.GetRequiredService<ClockAdvances>()
            .Accept(unit, new OperationId("op-advance"), now => now + Duration.FromDays(1)).Value);
        await http.EndedAsync("/fabric/operations/op-advance");
        await http.Post("/fabric/emulator/reset").Expect(200);
        Assert.Equal("2012-02-28T23:00:00Z", (string?)(await http.GetAsync("/fabric/clock").Expect(200))["now"]);
        // Refused while one is under way is only what concerns the clock itself.
        var advancing = http.Post("/fabric/clock/advance", new { by = "P3000D" });
        await advancing.Expect(202);
        await http.Post("/fabric/emulator/reset").Expect(200);
        Assert.Equal("2012-02-28T23:00:00Z", (string?)(await http.GetAsync("/fabric/clock").Expect(200))["now"]);
        var again = await http.Post("/fabric/clock/advance", new { by = "PT1H" }).Expect(202);
        await http.EndedAsync($"/fabric/operations/{again["id"]}");
        Assert.Equal("2012-02-29T00:00:00Z", (string?)(await http.GetAsync("/fabric/clock").Expect(200))["now"]);
    }

    [Fact, Trait("spec", "L3")]
    public async Task A_real_fabric_is_never_replaced()
    {
        using var real = RdfeApp.With(("Rdfe:Clock:Mode", "real"));
        using var hosts = new RdfeApp { Replace = s => s.AddSingleton<IHostAgents>(new RealHosts()) };
        foreach (var app in (RdfeApp[])[real, hosts])
        {
            var http = app.Operator;
            var tenant = await app.TenantAsync();
            await http.Post("/fabric/emulator/reset").ExpectProblem(409, "notSimulated");
            await http.Post("/fabric/emulator/seed", new { sample = "small" }).ExpectProblem(409, "notSimulated");
            await http.Post("/fabric/emulator/snapshot", new { name = "s" }).ExpectProblem(409, "notSimulated");
            await http.Post("/fabric/emulator/restore", new { name = "s" }).ExpectProblem(409, "notSimulated");
            await tenant.Get("").Expect(200);
            Assert.Equal(4, Activity(app).Count(a => a.Code == "notSimulated"));
        }
    }

    [Fact]
    public async Task Only_the_operator_may_and_not_while_everything_is_read_only()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var owner = await (await app.TenantAsync()).As("owner");
        await owner.Http.Post("/fabric/emulator/reset").ExpectProblem(403, "forbidden");
        await owner.Http.Post("/fabric/emulator/seed", new { sample = "small" }).ExpectProblem(403, "forbidden");
        await owner.Http.GetAsync("/fabric/emulator/snapshots").ExpectProblem(403, "forbidden");
        await http.Put("/fabric/safeMode", JsonNode.Parse("""{"scopes":[{"name":"all","reason":"a look at it"}]}""")!).Expect(200);
        await http.Post("/fabric/emulator/snapshot", new { name = "safe" }).Expect(201);
        await http.Post("/fabric/emulator/reset").ExpectProblem(503, "safeMode");
        await http.Post("/fabric/emulator/seed", new { sample = "small" }).ExpectProblem(503, "safeMode");
        await http.Post("/fabric/emulator/restore", new { name = "safe" }).ExpectProblem(503, "safeMode");
        await http.Put("/fabric/safeMode", JsonNode.Parse("""{"scopes":[]}""")!).Expect(200);
        // Safe mode is of the fabric that is there: it comes with the snapshot, and can be left.
        await http.Post("/fabric/emulator/restore", new { name = "safe" }).Expect(200);
        await owner.Put("/affinityGroups/a", new { region = "north" }).ExpectProblem(503, "safeMode");
        await http.Put("/fabric/safeMode", JsonNode.Parse("""{"scopes":[]}""")!).Expect(200);
        await http.Post("/fabric/emulator/reset").Expect(200);
    }

    [GeneratedRegex("(?<=/instances/)[0-9a-f]{32}")]
    private static partial Regex Capability();

    // What can be read of the fabric by GET, but for what grows with each request.
    private static async Task<string> WorldAsync(HttpClient http)
    {
        var world = new JsonObject();
        async Task Add(string path) => world[path] = await http.GetAsync(path).Expect(200);
        foreach (var path in (string[])["/fabric/clock", "/fabric/topology", "/fabric/clusters", "/fabric/safeMode", "/fabric/sizes", "/fabric/images", "/fabric/operations", "/subscriptions"])
        {
            await Add(path);
        }

        foreach (var cluster in world["/fabric/clusters"]!["value"]!.AsArray())
        {
            await Add($"/fabric/clusters/{cluster!["name"]}/nodes");
        }

        foreach (var subscription in world["/subscriptions"]!["value"]!.AsArray())
        {
            var below = $"/subscriptions/{subscription!["id"]}";
            foreach (var noun in (string[])["quotas", "services", "packages", "virtualMachines", "availabilitySets", "affinityGroups", "operations", "keys"])
            {
                await Add($"{below}/{noun}");
            }

            foreach (var service in world[below + "/services"]!["value"]!.AsArray())
            {
                await Add($"{below}/services/{service!["name"]}/deployments/production");
            }
        }

        return world.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true });
    }

    private static List<ActivityRow> Activity(RdfeApp app)
    {
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        return [.. db.Set<ActivityRow>().AsNoTracking()];
    }

    private static long LastEvent(RdfeApp app)
    {
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        return db.Set<Rdfe.Infrastructure.Persistence.Fabric.EventRow>().Max(e => (long?)e.Id) ?? 0;
    }

    // Hosts that nobody simulates: for this test it is enough that they do nothing.
    private sealed class RealHosts : IHostAgents
    {
        public event Action? Arrived
        {
            add { }
            remove { }
        }

        public Instant? NextDue => null;

        public void Send(ClusterId cluster, FabricEffect effect, Instant at)
        {
        }

        public IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeUntil(Instant now) => [];

        public IReadOnlyList<FabricEvent> Attach(ClusterId cluster, Instant now) => [];

        public void Flush()
        {
        }
    }
}
