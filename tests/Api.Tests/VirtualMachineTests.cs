using System.Text.Json.Nodes;
using NodaTime;

namespace Rdfe.Api.Tests;

[Trait("spec", "D3")]
public sealed class VirtualMachineTests : IDisposable
{
    private static readonly Duration Long = Duration.FromMinutes(20);
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Fact]
    public async Task A_machine_is_accepted_runs_and_says_where_it_is_and_why()
    {
        var tenant = await app.TenantAsync();
        using var response = await tenant.Put("/virtualMachines/Box", Machine(new { endpoints = new[] { Endpoint(80) } }));
        Assert.Equal(202, (int)response.StatusCode);
        var url = response.Headers.GetValues("Operation-Location").Single();
        Assert.True(response.Headers.Contains("Retry-After"));
        var accepted = (JsonObject)JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(("accepted", url), ((string?)accepted["provisioningState"], (string?)accepted["operation"]));
        Assert.Equal("creating", (string?)accepted["instanceView"]!["status"]);
        app.CheckBooks();

        await app.Advance(Long);

        var operation = await tenant.Http.GetAsync(url).Expect(200);
        Assert.Equal(("succeeded", 100), ((string?)operation["status"], (int?)operation["percentComplete"]));
        Assert.All(operation["steps"]!.AsArray(), s => Assert.Equal("succeeded", (string?)s!["status"]));
        var machine = await tenant.Get("/virtualMachines/box").Expect(200);
        Assert.Equal(("succeeded", "running"), ((string?)machine["provisioningState"], Status(machine)));
        foreach (var member in (string[])["node", "cluster", "dip", "since", "phase", "faultDomain"])
        {
            Assert.NotNull(machine["instanceView"]![member]);
        }

        Assert.NotNull(machine["vip"]);
        Assert.Equal("readWrite", (string?)machine["osDisk"]!["caching"]);
        Assert.Equal(2, machine["placement"]!["candidates"]!.AsArray().Count);
        Assert.True((bool?)machine["placement"]!["tries"]![0]!["placed"]);
        Assert.Single((await tenant.Get("/virtualMachines").Expect(200))["value"]!.AsArray());
        Assert.Equal((1m, 1m, 1m), (await Used(tenant, "cores"), await Used(tenant, "vms"), await Used(tenant, "vips")));
    }

    [Fact]
    public async Task Putting_the_same_again_is_200_and_anything_else_a_conflict_that_names_it()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/box", Machine()).Expect(202);
        await tenant.Put("/virtualMachines/box", Machine()).Expect(200);
        await tenant.Put("/virtualMachines/box", Machine(new { size = "Large" })).ExpectProblem(409, "operationInProgress");
        await app.Advance(Long);
        await tenant.Put("/virtualMachines/box", Machine(new { osDisk = new { sizeGib = 30 } })).Expect(200);
        var problem = await tenant.Put("/virtualMachines/box", Machine(new { size = "Large" })).ExpectProblem(409, "conflict");
        Assert.Contains("size", (string?)problem["detail"]);
    }

    [Fact]
    public async Task All_errors_of_a_document_are_told_at_once()
    {
        var tenant = await app.TenantAsync();
        var problem = await tenant.Put("/virtualMachines/box", new
        {
            size = "Gigantic",
            image = "guest-os-4.12",
            availabilitySet = "none",
            dedicatedHost = "none",
            isolated = true,
            color = "red",
            endpoints = new[] { Endpoint(80), Endpoint(80), new { name = "c", protocol = "ipx", publicPort = 0, localPort = 1 } },
            osDisk = new { sizeGib = 0 },
            dataDisks = new[] { new { lun = 1, sizeGib = 10 }, new { lun = 1, sizeGib = 0 } },
        }).ExpectProblem(400, "invalidRequest");
        Assert.Superset(
            new HashSet<string>
            {
                "$.size", "$.image", "$.availabilitySet", "$.dedicatedHost", "$.isolated", "$.color", "$.endpoints[1].name",
                "$.endpoints[1].publicPort", "$.endpoints[2].protocol", "$.endpoints[2].publicPort", "$.osDisk.sizeGib",
                "$.dataDisks[1].lun", "$.dataDisks[1].sizeGib",
            },
            problem["errors"]!.AsObject().Select(e => e.Key).ToHashSet());
        foreach (var (body, path) in new (object, string)[]
        {
            (Machine(new { region = "atlantis" }), "$.region"),
            (Machine(new { affinityGroup = "none" }), "$.affinityGroup"),
            (new { size = "Small", image = "debian-12" }, "$.region"),
        })
        {
            problem = await tenant.Put("/virtualMachines/box", body).ExpectProblem(400, "invalidRequest");
            Assert.Contains(path, problem["errors"]!.AsObject().Select(e => e.Key));
        }
    }

    [Fact]
    public async Task Each_quota_is_refused_at_once_and_leaves_nothing()
    {
        var tenant = await app.TenantAsync(new { cores = 1.5, vms = 1, vips = 0 });
        await tenant.Put("/virtualMachines/a", Machine(new { size = "Medium" })).ExpectProblem(409, "quotaExceeded");
        await tenant.Put("/virtualMachines/a", Machine(new { endpoints = new[] { Endpoint(80) } })).ExpectProblem(409, "quotaExceeded");
        await tenant.Put("/virtualMachines/a", Machine()).Expect(202);
        await tenant.Put("/virtualMachines/b", Machine(new { size = "ExtraSmall" })).ExpectProblem(409, "quotaExceeded");
        Assert.Equal((1m, 1m), (await Used(tenant, "cores"), await Used(tenant, "vms")));
    }

    [Fact]
    public async Task A_machine_is_stopped_started_restarted_and_deallocated_and_refuses_what_makes_no_sense()
    {
        var tenant = await app.TenantAsync();
        await tenant.Post("/virtualMachines/box/start").ExpectProblem(404, "notFound");
        await tenant.Put("/virtualMachines/box", Machine()).Expect(202);
        await tenant.Post("/virtualMachines/box/restart").ExpectProblem(409, "operationInProgress");
        await app.Advance(Long);
        await tenant.Post("/virtualMachines/box/start").ExpectProblem(409, "alreadyRunning");
        foreach (var (verb, status) in new[]
        {
            ("restart", "running"), ("powerOff", "stopped"), ("start", "running"), ("deallocate", "deallocated"), ("start", "running"),
        })
        {
            await tenant.Post($"/virtualMachines/box/{verb}").Expect(202);
            await tenant.Post($"/virtualMachines/box/{verb}").ExpectProblem(409, "operationInProgress");
            await app.Advance(Long);
            Assert.Equal((verb, status), (verb, Status(await tenant.Get("/virtualMachines/box").Expect(200))));
            app.CheckBooks();
        }

        await tenant.Post("/virtualMachines/box/powerOff").Expect(202);
        await app.Advance(Long);
        await tenant.Post("/virtualMachines/box/powerOff").ExpectProblem(409, "notRunning");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("powerOff")]
    [InlineData("deallocate")]
    public async Task Endpoints_and_disks_are_patched_whether_it_runs_or_not(string? before)
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/box", Machine()).Expect(202);
        await app.Advance(Long);
        if (before is not null)
        {
            await tenant.Post($"/virtualMachines/box/{before}").Expect(202);
            await app.Advance(Long);
        }

        await tenant.Patch("/virtualMachines/box", new { size = "Large" }).ExpectProblem(409, "conflict");
        await tenant.Patch("/virtualMachines/box", new { dataDisks = new[] { new { lun = 99, sizeGib = 1 } } }).ExpectProblem(400, "invalidRequest");
        await tenant.Patch("/virtualMachines/box", new { osDisk = new { sizeGib = 30 } }).Expect(200);
        await tenant.Patch("/virtualMachines/box", new { endpoints = new[] { Endpoint(80) } }).Expect(202);
        app.CheckBooks();
        await app.Advance(Long);
        var machine = await tenant.Get("/virtualMachines/box").Expect(200);
        Assert.NotNull(machine["vip"]);
        Assert.Equal("succeeded", (string?)(await tenant.Http.GetAsync((string?)machine["operation"]).Expect(200))["status"]);
        Assert.Equal(1m, await Used(tenant, "vips"));
        app.CheckBooks();

        await tenant.Patch("/virtualMachines/box", new { endpoints = (object?)null }).Expect(202);
        await app.Advance(Long);
        Assert.Null((await tenant.Get("/virtualMachines/box").Expect(200))["vip"]);
        Assert.Equal(0m, await Used(tenant, "vips"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(1200)]
    public async Task Deleting_at_any_time_gives_everything_back(int seconds)
    {
        var tenant = await app.TenantAsync();
        var path = (string?)(await tenant.Put("/virtualMachines/box", Machine(new { endpoints = new[] { Endpoint(80) } })).Expect(202))["operation"];
        await app.Advance(Duration.FromSeconds(seconds));
        var first = await tenant.Delete("/virtualMachines/box").Expect(202);
        var second = await tenant.Delete("/virtualMachines/box").Expect(202);
        Assert.Equal((string?)first["operation"], (string?)second["operation"]);
        await tenant.Post("/virtualMachines/box/start").ExpectProblem(409, "operationInProgress");
        app.CheckBooks();

        await app.Advance(Long);

        await tenant.Get("/virtualMachines/box").ExpectProblem(404, "notFound");
        await tenant.Delete("/virtualMachines/box").Expect(204);
        Assert.Equal("succeeded", (string?)(await tenant.Http.GetAsync((string?)first["operation"]).Expect(200))["status"]);
        Assert.Equal(seconds < 1200 ? "canceled" : "succeeded", (string?)(await tenant.Http.GetAsync(path).Expect(200))["status"]);
        Assert.Equal((0m, 0m, 0m), (await Used(tenant, "cores"), await Used(tenant, "vms"), await Used(tenant, "vips")));
    }

    [Fact]
    public async Task One_that_found_no_room_has_failed_is_retried_by_a_put_and_deleted_at_once()
    {
        var tenant = await app.TenantAsync(new { cores = 10000 });
        for (var i = 0; i < 4; i++)
        {
            await tenant.Put($"/virtualMachines/n{i}", Machine(new { size = "Standard_N24", isolated = true })).Expect(202);
        }

        await app.Advance(Long);

        var machines = (await tenant.Get("/virtualMachines").Expect(200))["value"]!.AsArray();
        Assert.Equal(2, machines.Count(m => (string?)m!["provisioningState"] == "succeeded"));
        var failed = machines.First(m => (string?)m!["provisioningState"] == "failed")!;
        Assert.Equal(("failed", null), (Status(failed), (string?)failed["instanceView"]!["cluster"]));
        Assert.Equal(2, failed["placement"]!["tries"]!.AsArray().Count);
        var error = (await tenant.Http.GetAsync((string?)failed["operation"]).Expect(200))["error"]!;
        Assert.Equal("allocationFailed", (string?)error["code"]);
        Assert.Equal(48m, await Used(tenant, "cores"));
        app.CheckBooks();

        var placed = machines.First(m => (string?)m!["provisioningState"] == "succeeded")!;
        await tenant.Delete($"/virtualMachines/{placed["name"]}").Expect(202);
        await app.Advance(Long);
        await tenant.Put($"/virtualMachines/{failed["name"]}", Machine(new { size = "Standard_N24" })).Expect(202);
        await app.Advance(Long);
        Assert.Equal("running", Status(await tenant.Get($"/virtualMachines/{failed["name"]}").Expect(200)));
        var other = machines.Last(m => (string?)m!["provisioningState"] == "failed")!;
        await tenant.Delete($"/virtualMachines/{other["name"]}").Expect(204);
    }

    [Fact]
    public async Task An_affinity_group_keeps_machines_on_its_cluster_and_stays_while_they_are_there()
    {
        var tenant = await app.TenantAsync();
        var group = await tenant.Put("/affinityGroups/near", new { region = "north" }).Expect(201);
        var cluster = (string?)group["clusters"]!.AsArray().Single();
        for (var i = 0; i < 3; i++)
        {
            await tenant.Put($"/virtualMachines/m{i}", new { size = "Small", image = "debian-12", affinityGroup = "near" }).Expect(202);
        }

        await app.Advance(Long);

        Assert.All((await tenant.Get("/virtualMachines").Expect(200))["value"]!.AsArray(),
            m => Assert.Equal(cluster, (string?)m!["instanceView"]!["cluster"]));
        await tenant.Delete("/affinityGroups/near").ExpectProblem(409, "inUse");
    }

    [Fact, Trait("spec", "P4")]
    public async Task Of_200_concurrent_creates_exactly_as_many_succeed_as_fit_and_the_others_say_what_bound()
    {
        // All but ten places are filled first.
        var tenant = await app.TenantAsync(new { cores = 100000, vms = 1000 });
        var room = await GeneralCores() / 8;
        var fill = (int)room - 10;
        await Task.WhenAll(Enumerable.Range(0, fill).Select(i =>
            tenant.Put($"/virtualMachines/fill{i}", Machine(new { size = "ExtraLarge" })).Expect(202)));
        await app.Advance(Long);
        app.CheckBooks();

        var creates = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            tenant.Put($"/virtualMachines/new{i}", Machine(new { size = "ExtraLarge" })).Expect(202)));
        app.CheckBooks();
        await app.Advance(Long);

        var ended = new List<JsonObject>();
        foreach (var create in creates)
        {
            ended.Add(await tenant.Http.GetAsync((string?)create["operation"]).Expect(200));
        }

        Assert.Equal(10, ended.Count(o => (string?)o["status"] == "succeeded"));
        var failed = ended.Where(o => (string?)o["status"] == "failed").ToList();
        Assert.Equal(190, failed.Count);
        Assert.All(failed, o =>
        {
            Assert.Equal("allocationFailed", (string?)o["error"]!["code"]);
            Assert.Contains("north-c1: fitsNode", (string?)o["error"]!["message"]);
            Assert.Contains("north-c2: fitsNode", (string?)o["error"]!["message"]);
        });
        Assert.Equal((fill + 10) * 8m, await Used(tenant, "cores"));
    }

    private Task<long> GeneralCores()
    {
        _ = app.Operator;
        var topology = ((Infrastructure.Engine.FabricCatalogue)app.Services.GetService(typeof(Infrastructure.Engine.FabricCatalogue))!).Topology;
        return Task.FromResult(topology.Nodes.Where(n => n is { FcReserved: false, Family: "general" }
            && n.Cluster.Value.StartsWith("north", StringComparison.Ordinal)).Sum(n => n.Total.Cores / 100));
    }

    internal static string? Status(JsonNode machine) => (string?)machine["instanceView"]!["status"];

    internal static object Endpoint(int port) => new { name = "web", protocol = "tcp", publicPort = port, localPort = 8080 };

    internal static JsonObject Machine(object? with = null)
    {
        var body = new JsonObject { ["region"] = "north", ["size"] = "Small", ["image"] = "ubuntu-22.04" };
        foreach (var (name, value) in (JsonObject)System.Text.Json.JsonSerializer.SerializeToNode(with ?? new { })!)
        {
            body[name] = value?.DeepClone();
        }

        if (body["affinityGroup"] is not null || body["dedicatedHost"] is not null || body["availabilitySet"] is not null)
        {
            body.Remove("region");
        }

        return body;
    }

    internal static async Task<decimal> Used(Tenant tenant, string resource) =>
        (decimal)(await tenant.Get("/quotas").Expect(200))["value"]!.AsArray().Single(q => (string?)q!["resource"] == resource)!["used"]!;
}
