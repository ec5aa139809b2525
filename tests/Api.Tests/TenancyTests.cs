using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Tests;

[Trait("spec", "R4")]
public sealed class HostedServiceTests(RdfeApp app)
{
    [Fact]
    public async Task A_service_is_in_a_region_or_in_an_affinity_group_and_not_both()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/affinityGroups/near", new { region = "south" }).Expect(201);
        var placed = await tenant.Put("/services/place-a", new { affinityGroup = "Near", label = "x" }).Expect(201);
        Assert.Equal(("south", "near"), ((string?)placed["region"], (string?)placed["affinityGroup"]));
        await tenant.Put("/services/place-b", new { region = "north", affinityGroup = "near" })
            .ExpectProblem(400, "invalidRequest");
        await tenant.Put("/services/place-b", new { }).ExpectProblem(400, "invalidRequest");
        await tenant.Put("/services/place-b", new { affinityGroup = "far" }).ExpectProblem(400, "invalidRequest");
        await tenant.Put("/services/place_b", new { region = "north" }).ExpectProblem(400, "invalidRequest");
        await tenant.Delete("/affinityGroups/near").ExpectProblem(409, "inUse");
        await tenant.Put("/affinityGroups/near", new { region = "north" }).ExpectProblem(409, "inUse");
    }

    [Fact]
    public async Task A_service_name_is_unique_in_the_whole_cloud()
    {
        var (one, two) = (await app.TenantAsync(), await app.TenantAsync());
        Assert.True((bool?)(await one.Get("/serviceNames/the-one").Expect(200))["available"]);
        await one.Put("/services/the-one", new { region = "north" }).Expect(201);
        await two.Put("/services/The-One", new { region = "north" }).ExpectProblem(409, "nameNotAvailable");
        var taken = await two.Get("/serviceNames/the-one").Expect(200);
        Assert.Equal((false, "The name is taken."), ((bool?)taken["available"], (string?)taken["reason"]));
        Assert.False((bool?)(await two.Get("/serviceNames/Not_A_Name").Expect(200))["available"]);
    }

    [Fact]
    public async Task A_merge_patch_changes_what_it_names_and_null_removes()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/affinityGroups/near", new { region = "south" }).Expect(201);
        await tenant.Put("/services/patched", new { region = "north", label = "old" }).Expect(201);
        Assert.Equal("new", (string?)(await tenant.Patch("/services/patched", new { label = "new" })
            .Expect(200))["label"]);
        await tenant.Patch("/services/patched", new { affinityGroup = "near" }).ExpectProblem(400, "invalidRequest");
        var moved = await tenant.Patch("/services/patched", new { region = (string?)null, affinityGroup = "near" })
            .Expect(200);
        Assert.Equal("south", (string?)moved["region"]);
        await tenant.Patch("/services/none", new { label = "x" }).ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task A_virtual_network_names_services_that_exist_and_holds_them()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/services/net-a", new { region = "north" }).Expect(201);
        await tenant.Put("/virtualNetworks/v", new { services = new[] { "net-a", "net-b" } })
            .ExpectProblem(400, "invalidRequest");
        await tenant.Put("/virtualNetworks/v", new { services = new[] { "Net-A" } }).Expect(201);
        await tenant.Delete("/services/net-a").ExpectProblem(409, "inUse");
        await tenant.Delete("/virtualNetworks/v").Expect(204);
        await tenant.Delete("/services/net-a").Expect(204);
    }

    [Fact]
    public async Task A_storage_account_has_a_global_name_and_a_cluster_and_stays_there()
    {
        var (one, two) = (await app.TenantAsync(), await app.TenantAsync());
        var made = await one.Put("/storageAccounts/blobs", new { region = "north" }).Expect(201);
        Assert.StartsWith("north-", (string?)made["cluster"]);
        await one.Put("/storageAccounts/blobs", new { region = "north" }).Expect(200);
        await one.Put("/storageAccounts/blobs", new { region = "south" }).ExpectProblem(409, "cannotMove");
        await two.Put("/storageAccounts/Blobs", new { region = "north" }).ExpectProblem(409, "nameNotAvailable");
    }

    [Fact, Trait("spec", "R3")]
    public async Task Every_mutation_that_was_decided_is_in_the_activity_log()
    {
        var tenant = await app.TenantAsync(new { affinityGroups = 1 });
        var owner = await tenant.As("owner");
        await owner.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
        await owner.Put("/affinityGroups/b", new { region = "north" }).ExpectProblem(409, "quotaExceeded");
        var log = (await tenant.Get("/activityLog").Expect(200))["value"]!.AsArray();
        Assert.Equal(["operator", "operator", "key/owner", "key/owner"], log.Select(l => (string?)l!["caller"]));
        Assert.Equal(["succeeded", "succeeded", "succeeded", "refused"], log.Select(l => (string?)l!["outcome"]));
        Assert.Equal("quotaExceeded", (string?)log[3]!["code"]);
        Assert.NotNull(log[2]!["etagAfter"]);
        var page = await tenant.Get("/activityLog?top=3").Expect(200);
        var rest = await tenant.Http.GetAsync((string)page["nextLink"]!).Expect(200);
        Assert.Single(rest["value"]!.AsArray());
    }

    [Fact, Trait("spec", "L3")]
    public async Task In_safe_mode_nothing_changes_and_everything_can_be_read()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        var committer = own.Services.GetRequiredService<Committer>();
        await committer.CommitAsync(u => u.Insert(new SafeModeRow
        {
            Scope = "all",
            Reason = "a drill",
            By = "operator",
            Since = Instant.FromUnixTimeTicks(0),
        }));
        await tenant.Put("/affinityGroups/a", new { region = "north" }).ExpectProblem(503, "safeMode");
        await tenant.Get("").Expect(200);
        await committer.CommitAsync(u => { u.Delete<SafeModeRow>("all"); });
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
    }

    [Fact, Trait("spec", "R6")]
    public async Task Operations_are_read_and_listed_by_those_they_belong_to()
    {
        var tenant = await app.TenantAsync();
        var committer = app.Services.GetRequiredService<Committer>();
        await committer.CommitAsync(u =>
        {
            foreach (var id in (string[])["op-b", "op-a", "op-c"])
            {
                u.Insert(new OperationRow
                {
                    Id = new OperationId(id + tenant.Id),
                    SubscriptionId = new SubscriptionId(tenant.Id),
                    Kind = "test",
                    ResourcePath = "/x",
                    CreatedAt = Instant.FromUnixTimeTicks(0),
                    Status = OperationStatus.Running,
                    StepsJson = StoreJson.Write(new[] { new OperationStep("allocate", OperationStatus.Running, null,
                        null) }),
                });
            }
        });
        var page = await tenant.Get("/operations?top=2").Expect(200);
        Assert.Equal(["op-a" + tenant.Id, "op-b" + tenant.Id], page["value"]!.AsArray().Select(o => (string?)o!["id"]));
        Assert.NotNull(page["nextLink"]);
        var one = await tenant.Get("/operations/op-a" + tenant.Id).Expect(200);
        Assert.Equal(("running", "allocate"), ((string?)one["status"], (string?)one["steps"]![0]!["name"]));
        await app.Operator.GetAsync("/fabric/operations/op-a" + tenant.Id).ExpectProblem(404, "notFound");
        await (await app.TenantAsync()).Get("/operations/op-a" + tenant.Id).ExpectProblem(404, "notFound");
    }
}
