using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Tests;

[Trait("spec", "D2")]
public sealed class DeploymentTests(RdfeApp app)
{
    [Fact]
    public async Task A_deployment_is_accepted_runs_and_explains_itself()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        await tenant.Upload("shop", Samples.Package("shop")).Expect(201);
        await tenant.Put("/services/corner", new { region = "north" }).Expect(201);
        await tenant.Put("/virtualNetworks/backend", new { services = new[] { "corner" } }).Expect(201);
        var body = new { package = "shop", configuration = Samples.Configuration("shop"), label = "first" };
        const string Slot = "/services/corner/deployments/production";
        var accepted = await tenant.Put(Slot, body).Expect(202);
        Assert.Equal("accepted", (string?)accepted["provisioningState"]);
        Assert.Equal("createDeployment", (string?)(await tenant.Operation(accepted))["kind"]);
        await tenant.Put(Slot, body).Expect(200);

        await own.Advance(20);

        var operation = await tenant.Operation(accepted);
        Assert.Equal(("succeeded", 100), ((string?)operation["status"], (int?)operation["percentComplete"]));
        var now = await tenant.Get(Slot).Expect(200);
        Assert.Equal(("succeeded", "first"), ((string?)now["provisioningState"], (string?)now["label"]));
        Assert.Equal((string?)accepted["operation"], (string?)now["operation"]);
        Assert.StartsWith("north-", (string?)now["cluster"]);
        Assert.Equal(7, now["instances"]!.AsArray().Count);
        Assert.All(now["instances"]!.AsArray(), i => Assert.Equal("ready", (string?)i!["status"]));
        Assert.Equal([("Web", 4), ("Orders", 3)], now["roles"]!.AsArray().Select(r => ((string?)r!["name"], (int?)r["instanceCount"])));
        Assert.Equal(body.configuration, (string?)now["configuration"]);
        Assert.Equal(("upToDate", 7), ((string?)now["updateStatus"]!["status"], (int?)now["updateStatus"]!["instances"]));
        Assert.Contains(now["allocation"]!["candidates"]!.AsArray(), c => (string?)c!["verdict"] == "chosen");
        Assert.True((bool?)now["allocation"]!["tries"]![0]!["placed"]);
        var rule = Assert.Single(now["network"]!["loadBalancer"]!.AsArray())!;
        Assert.Equal(((string?)now["vips"]![0], 80, 8080), ((string?)rule["vip"], (int?)rule["port"], (int?)rule["localPort"]));
        var web = now["instances"]!.AsArray().Where(i => (string?)i!["role"] == "Web").Select(i => (string?)i!["dip"]);
        Assert.Equal(web.Order(), rule["dips"]!.AsArray().Select(d => (string?)d).Order());
        Assert.Equal("backend", (string?)now["network"]!["virtualNetworks"]![0]);
        Assert.Equal((10m, 1m), (await tenant.Used("cores"), await tenant.Used("vips")));
        await tenant.Delete("/virtualNetworks/backend").Expect(204);
        await tenant.Delete("/services/corner").ExpectProblem(409, "inUse");
    }

    [Fact, Trait("spec", "R4")]
    public async Task A_service_in_an_affinity_group_goes_to_the_clusters_of_the_group()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        var group = await tenant.Put("/affinityGroups/near", new { region = "north" }).Expect(201);
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        foreach (var service in (string[])["near-a", "near-b", "near-c"])
        {
            await tenant.Put("/services/" + service, new { affinityGroup = "near" }).Expect(201);
            var accepted = await tenant.Put($"/services/{service}/deployments/production",
                new { package = "hello-web", configuration = Samples.Configuration("hello-web") }).Expect(202);
            Assert.Contains((string?)accepted["cluster"], group["clusters"]!.AsArray().Select(c => (string?)c));
        }
    }

    [Fact]
    public async Task Deleting_gives_everything_back_and_is_asked_once_or_twice()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        var slot = await tenant.Run("hello-web", "gone");
        var deleting = await tenant.Delete(slot).Expect(202);
        Assert.Equal("deleting", (string?)deleting["provisioningState"]);
        Assert.Equal((string?)deleting["operation"], (string?)(await tenant.Delete(slot).Expect(202))["operation"]);
        await own.Advance(20);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(deleting))["status"]);
        await tenant.Get(slot).ExpectProblem(404, "notFound");
        await tenant.Delete(slot).Expect(204);
        await NothingIsLeft(own, tenant);
        await tenant.Delete("/services/gone").Expect(204);
    }

    [Theory, Trait("spec", "R6")]
    [InlineData(0.0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(1.5)]
    public async Task A_deployment_can_be_deleted_while_it_comes_up(double minutes)
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        await tenant.Put("/services/brief", new { region = "north" }).Expect(201);
        const string Slot = "/services/brief/deployments/staging";
        var accepted = await tenant.Put(Slot, new { package = "hello-web", configuration = Samples.Configuration("hello-web") }).Expect(202);
        await own.Advance(minutes);
        var deleting = await tenant.Delete(Slot).Expect(202);
        await own.Advance(20);
        Assert.Equal("canceled", (string?)(await tenant.Operation(accepted))["status"]);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(deleting))["status"]);
        await tenant.Get(Slot).ExpectProblem(404, "notFound");
        await NothingIsLeft(own, tenant);
    }

    [Fact, Trait("spec", "P4")]
    public async Task What_has_no_room_fails_says_why_holds_nothing_and_can_be_sent_again()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync(new { cores = 100_000 });
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        await tenant.Put("/services/huge", new { region = "north" }).Expect(201);
        const string Slot = "/services/huge/deployments/production";
        var huge = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"900\""));
        var accepted = await tenant.Put(Slot, new { package = "hello-web", configuration = huge }).Expect(202);
        await own.Advance(5);
        var failed = await tenant.Operation(accepted);
        Assert.Equal(("failed", "allocationFailed"), ((string?)failed["status"], (string?)failed["error"]!["code"]));
        var there = await tenant.Get(Slot).Expect(200);
        Assert.Equal("failed", (string?)there["provisioningState"]);
        Assert.Equal(2, there["allocation"]!["tries"]!.AsArray().Count);
        Assert.Equal((0m, 0m), (await tenant.Used("cores"), await tenant.Used("vips")));
        await tenant.Post(Slot + "/configuration", new { configuration = huge }).ExpectProblem(409, "deploymentNotReady");

        var again = await tenant.Put(Slot, new { package = "hello-web", configuration = Samples.Configuration("hello-web") }).Expect(202);
        Assert.NotEqual((string?)there["name"], (string?)again["name"]);
        await own.Advance(20);
        Assert.Equal("succeeded", (string?)(await tenant.Get(Slot).Expect(200))["provisioningState"]);

        await tenant.Put("/services/huge2", new { region = "north" }).Expect(201);
        await tenant.Put("/services/huge2/deployments/staging", new { package = "hello-web", configuration = huge }).Expect(202);
        await own.Advance(5);
        await tenant.Delete("/services/huge2/deployments/staging").Expect(204);
        await tenant.Get("/services/huge2/deployments/staging").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "R6")]
    public async Task A_deletion_goes_after_a_deployment_that_falls_through_to_another_cluster()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync(new { cores = 100_000 });
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        await tenant.Put("/services/chased", new { region = "north" }).Expect(201);
        const string Slot = "/services/chased/deployments/production";
        var huge = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"900\""));
        // Images first, so that create and delete are taken in one turn of the cluster that has no room.
        await tenant.Put(Slot, new { package = "hello-web", configuration = huge }).Expect(202);
        await own.Advance(5);
        var accepted = await tenant.Put(Slot, new { package = "hello-web", configuration = huge }).Expect(202);
        using var response = await tenant.Delete(Slot);
        await own.Advance(20);
        Assert.Contains((string?)(await tenant.Operation(accepted))["status"], (string[])["failed", "canceled"]);
        await tenant.Delete(Slot).Expect(204);
        await NothingIsLeft(own, tenant);
    }

    [Fact]
    public async Task Every_error_of_the_two_files_is_named_at_its_line()
    {
        var tenant = await app.TenantAsync();
        await tenant.Upload("shop", Samples.Package("shop")).Expect(201);
        await tenant.Put("/services/errs-" + tenant.Id.ToString()[..8], new { region = "north" }).Expect(201);
        var slot = $"/services/errs-{tenant.Id.ToString()[..8]}/deployments/production";
        async Task<string[]> Errors(params (string, string)[] changes)
        {
            var problem = await tenant.Put(slot, new { package = "shop", configuration = Samples.Configuration("shop", changes) })
                .ExpectProblem(400, "invalidConfiguration");
            return [.. problem["errors"]!.AsObject().Select(e => e.Key)];
        }

        Assert.Contains(await Errors(("count=\"4\"", "count=\"none\"")), e => e.StartsWith("ServiceConfiguration.cscfg:4", StringComparison.Ordinal));
        Assert.Contains(await Errors(("name=\"Orders\"", "name=\"Ordres\"")), e => e.StartsWith("ServiceDefinition.csdef:", StringComparison.Ordinal));
        Assert.Contains(await Errors(("osFamily=\"4\"", "osFamily=\"99\"")), e => e.EndsWith("@osFamily", StringComparison.Ordinal));
        Assert.Contains(await Errors(("osVersion=\"*\"", "osVersion=\"WA-GUEST-OS-4.1_200001-01\"")), e => e.EndsWith("@osVersion", StringComparison.Ordinal));
        Assert.NotEmpty(await Errors(("<?xml version=\"1.0\" encoding=\"utf-8\"?>", "<!DOCTYPE x [<!ENTITY a \"b\">]>")));
        var unknown = Samples.Package("hello-web").Length > 0 ? File.ReadAllText(Path.Combine(
            Testing.Repository.Root, "samples/hello-web/ServiceDefinition.csdef")).Replace("Small", "Enormous", StringComparison.Ordinal) : "";
        await tenant.Upload("odd", Samples.Zip(("ServiceDefinition.csdef", unknown), ("Web/a", "x"))).Expect(201);
        await tenant.Put(slot, new { package = "odd", configuration = Samples.Configuration("hello-web") }).ExpectProblem(400, "invalidPackage");
        Assert.Equal(0m, await tenant.Used("cores"));
    }

    [Fact]
    public async Task What_cannot_be_deployed_is_refused_at_once()
    {
        var tenant = await app.TenantAsync(new { cores = 8, vips = 1 });
        var service = "no-" + tenant.Id.ToString()[..8];
        var slot = $"/services/{service}/deployments/production";
        var body = new { package = "shop", configuration = Samples.Configuration("shop") };
        await tenant.Put(slot, body).ExpectProblem(404, "notFound");
        await tenant.Put("/services/" + service, new { region = "north" }).Expect(201);
        Assert.Contains("$.package", (await tenant.Put(slot, body).ExpectProblem(400, "invalidRequest"))["errors"]!.AsObject().Select(e => e.Key));
        await tenant.Put($"/services/{service}/deployments/canary", body).ExpectProblem(400, "invalidRequest");
        await tenant.Get($"/services/{service}/deployments/canary").ExpectProblem(400, "invalidRequest");
        await tenant.Put(slot, new { package = "shop" }).ExpectProblem(400, "invalidRequest");
        await tenant.Upload("shop", Samples.Package("shop")).Expect(201);
        await tenant.Put(slot, body).ExpectProblem(409, "quotaExceeded");
        await tenant.Get(slot).ExpectProblem(404, "notFound");
        await tenant.Delete(slot).Expect(204);
        Assert.Equal((0m, 0m), (await tenant.Used("cores"), await tenant.Used("vips")));

        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        var hello = new { package = "hello-web", configuration = Samples.Configuration("hello-web") };
        await tenant.Put(slot, hello).Expect(202);
        await tenant.Put(slot, new { package = "hello-web", hello.configuration, label = "other" }).ExpectProblem(409, "useUpgrade");
        await tenant.Put($"/services/{service}/deployments/staging", hello).ExpectProblem(409, "quotaExceeded");
        await (await tenant.As("reader")).Delete(slot).ExpectProblem(403, "forbidden");
        await (await app.TenantAsync()).Get(slot).ExpectProblem(404, "notFound");
    }

    private static async Task NothingIsLeft(RdfeApp own, Tenant tenant)
    {
        Assert.Equal((0m, 0m), (await tenant.Used("cores"), await tenant.Used("vips")));
        await using var db = await own.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContextAsync();
        Assert.Empty(db.Set<Domain.Deployments.FabricInstance>());
        Assert.Empty(db.Set<Domain.Deployments.Deployment>());
        Assert.Empty(db.Set<ConfigurationRow>());
        Assert.Empty(db.Set<PinRow>());
        Assert.Empty(db.Set<InboxRow>());
        Assert.All(db.Set<ClusterLoadRow>(), c => Assert.Equal((0, 0, 0), (c.CoresUsed, c.CoresInFlight, c.VipsUsed)));
    }
}
