using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Tests;

[Trait("spec", "D4")]
public sealed class ConfigurationTests
{
    [Fact]
    public async Task Counts_and_settings_change_and_the_books_follow()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("shop", "scaled");
        var before = await tenant.Get(slot).Expect(200);
        // One role grows, the other shrinks, and a setting changes, at once.
        var next = Samples.Configuration("shop", ("count=\"4\"", "count=\"6\""), ("count=\"3\"", "count=\"1\""), ("value=\"20\"", "value=\"50\""));
        var accepted = await tenant.Http.PostAsync(tenant.Path(slot + "/configuration"), RdfeApp.Text(next, "application/xml")).Expect(202);
        Assert.Equal("accepted", (string?)accepted["provisioningState"]);
        await tenant.Post(slot + "/configuration", new { configuration = next }).ExpectProblem(409, "operationInProgress");
        await app.Advance(20);

        var operation = await tenant.Operation(accepted);
        Assert.Equal(("succeeded", null), ((string?)operation["status"], (string?)operation["error"]?["message"]));
        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal((string?)accepted["etag"], (string?)after["etag"]);
        Assert.NotEqual((string?)before["etag"], (string?)after["etag"]);
        Assert.Equal(next, (string?)after["configuration"]);
        Assert.Equal((6, 1), (Count(after, "Web"), Count(after, "Orders")));
        Assert.Equal(("upToDate", 7), ((string?)after["updateStatus"]!["status"], (int?)after["updateStatus"]!["instancesUpToDate"]));
        Assert.Equal(6, after["network"]!["loadBalancer"]![0]!["dips"]!.AsArray().Count);
        Assert.Equal(8m, await tenant.Used("cores"));
        Assert.Contains(after["advice"]!.AsArray(), a => (string?)a!["code"] == "singleInstance");
        await tenant.Post(slot + "/configuration", new { configuration = next, mode = "auto" }).Expect(200);
        await tenant.Put(slot, new { package = "shop", configuration = next }).Expect(200);

        await tenant.Delete(slot).Expect(202);
        await app.Advance(20);
        Assert.Equal((0m, 0m), (await tenant.Used("cores"), await tenant.Used("vips")));
        Assert.Empty(Texts(app));
    }

    [Fact]
    public async Task What_a_change_cannot_do_is_refused_at_once()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync(new { cores = 5 });
        var slot = await tenant.Run("hello-web", "fixed");
        string With(string from, string to) => Samples.Configuration("hello-web", (from, to));
        await tenant.Post(slot + "/configuration", new { configuration = With("*", "WA-GUEST-OS-4.12_201410-01") }).ExpectProblem(409, "useUpgrade");
        await tenant.Post(slot + "/configuration", new { configuration = With("count=\"3\"", "count=\"6\"") }).ExpectProblem(409, "quotaExceeded");
        await tenant.Post(slot + "/configuration", new { configuration = With("name=\"Greeting\"", "name=\"Farewell\"") }).ExpectProblem(400, "invalidConfiguration");
        await tenant.Post(slot + "/configuration", new { configuration = "" }).ExpectProblem(400, "invalidRequest");
        await tenant.Post(slot + "/configuration").ExpectProblem(400, "invalidBody");
        await tenant.Http.PostAsync(tenant.Path(slot + "/configuration"), RdfeApp.Text("x", "text/plain")).ExpectProblem(415, "unsupportedMediaType");
        await tenant.Post("/services/fixed/deployments/staging/configuration", new { configuration = "x" }).ExpectProblem(404, "notFound");
        var request = new HttpRequestMessage(HttpMethod.Post, tenant.Path(slot + "/configuration")) { Content = RdfeApp.Json(new { configuration = With("count=\"3\"", "count=\"4\"") }) };
        request.Headers.IfMatch.Add(new("\"other\""));
        await tenant.Http.SendAsync(request).ExpectProblem(412, "preconditionFailed");
        Assert.Equal(3m, await tenant.Used("cores"));
        Assert.Single(Texts(app));
    }

    [Fact, Trait("spec", "P4")]
    public async Task A_change_without_room_fails_and_changes_nothing()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync(new { cores = 100_000 });
        var slot = await tenant.Run("hello-web", "tight");
        var before = await tenant.Get(slot).Expect(200);
        var huge = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"900\""));
        var accepted = await tenant.Post(slot + "/configuration", new { configuration = huge }).Expect(202);
        await app.Advance(5);
        Assert.Equal("allocationFailed", (string?)(await tenant.Operation(accepted))["error"]!["code"]);
        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal(before.ToJsonString(), after.ToJsonString());
        Assert.Equal(3m, await tenant.Used("cores"));
        Assert.All(Loads(app), c => Assert.Equal(0, c.CoresInFlight));

        await tenant.Post(slot + "/configuration", new { configuration = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"5\"")) }).Expect(202);
        await app.Advance(20);
        Assert.Equal(5, Count(await tenant.Get(slot).Expect(200), "Web"));
        // The text that failed is gone, and so is the one before it by the next change.
        Assert.Equal([1, 3], Texts(app));
    }

    [Theory, Trait("spec", "R6")]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(1.2)]
    public async Task A_deployment_can_be_deleted_during_a_change_and_the_quota_is_whole(double minutes)
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("shop", "cutshort");
        var next = Samples.Configuration("shop", ("count=\"4\"", "count=\"8\""), ("count=\"3\"", "count=\"1\""));
        var changing = await tenant.Post(slot + "/configuration", new { configuration = next }).Expect(202);
        await app.Advance(minutes);
        var deleting = await tenant.Delete(slot).Expect(202);
        await app.Advance(20);
        Assert.Equal("canceled", (string?)(await tenant.Operation(changing))["status"]);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(deleting))["status"]);
        Assert.Equal((0m, 0m), (await tenant.Used("cores"), await tenant.Used("vips")));
        Assert.All(Loads(app), c => Assert.Equal((0, 0, 0), (c.CoresUsed, c.CoresInFlight, c.VipsUsed)));
        Assert.Empty(Texts(app));
    }

    [Theory, Trait("spec", "R6")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Instances_that_are_rebooting_neither_hold_a_change_nor_lose_their_operation(int rebooting)
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "busy");
        var reboots = new List<System.Text.Json.Nodes.JsonObject>();
        for (var i = 0; i < rebooting; i++)
        {
            reboots.Add(await tenant.Post($"{slot}/instances/Web_IN_{i}/reboot").Expect(202));
        }

        await app.Advance(0.2);
        var changing = await tenant.Post(slot + "/configuration", new
        {
            configuration = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"2\""), ("Hello", "Goodbye")),
        }).Expect(202);
        await app.Advance(30);

        Assert.Equal("succeeded", (string?)(await tenant.Operation(changing))["status"]);
        foreach (var reboot in reboots)
        {
            Assert.Contains((string?)(await tenant.Operation(reboot))["status"], (string[])["succeeded", "canceled"]);
        }

        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal("succeeded", (string?)after["provisioningState"]);
        Assert.Equal((2, 2), (after["instances"]!.AsArray().Count, (int?)after["updateStatus"]!["instancesUpToDate"]));
        Assert.All(after["instances"]!.AsArray(), i => Assert.Equal("ready", (string?)i!["status"]));
    }

    private static int Count(System.Text.Json.Nodes.JsonObject deployment, string role) =>
        deployment["instances"]!.AsArray().Count(i => (string?)i!["role"] == role);

    private static List<int> Texts(RdfeApp app)
    {
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        return [.. db.Set<ConfigurationRow>().Select(c => c.Generation).OrderBy(g => g)];
    }

    private static List<ClusterLoadRow> Loads(RdfeApp app)
    {
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        return [.. db.Set<ClusterLoadRow>()];
    }
}
