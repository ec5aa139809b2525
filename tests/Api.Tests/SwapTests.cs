using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests;

/// <summary>The slice is SwapDeployments.</summary>
[Trait("spec", "R4")]
public sealed class SwapTests : IDisposable
{
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Fact]
    public async Task Production_and_staging_exchange_slots_and_addresses_and_keep_everything_else()
    {
        var tenant = await app.TenantAsync();
        var (production, staging) = (await tenant.Run("hello-web", "swapped"), "/services/swapped/deployments/staging");
        await tenant.Put(staging, new { package = "hello-web", configuration = Samples.Configuration("hello-web", ("Hello", "Goodbye")), label = "next" }).Expect(202);
        await tenant.Post("/services/swapped/swap").ExpectProblem(409, "operationInProgress");
        await app.Advance(20);
        var (old, next) = (await tenant.Get(production).Expect(200), await tenant.Get(staging).Expect(200));
        var accepted = await tenant.Post("/services/swapped/swap").Expect(202);
        await tenant.Post("/services/swapped/swap").ExpectProblem(409, "operationInProgress");
        await tenant.Post(production + "/instances/Web_IN_0/reboot").ExpectProblem(409, "operationInProgress");
        await app.Advance(1);

        var operation = await tenant.Operation(accepted);
        Assert.Equal(("succeeded", "swapDeployments"), ((string?)operation["status"], (string?)operation["kind"]));
        var (now, then) = (await tenant.Get(production).Expect(200), await tenant.Get(staging).Expect(200));
        foreach (var member in (string[])["name", "etag", "configuration", "label"])
        {
            Assert.Equal(((string?)next[member], (string?)old[member]), ((string?)now[member], (string?)then[member]));
        }

        // Addresses stay with their slots.
        Assert.Equal((Vip(old), Vip(next)), (Vip(now), Vip(then)));
        Assert.Equal(("production", "staging"), ((string?)now["slot"], (string?)then["slot"]));
        Assert.Equal(Vip(old), (string?)now["network"]!["loadBalancer"]![0]!["vip"]);
        Assert.All(now["instances"]!.AsArray(), i => Assert.Equal("ready", (string?)i!["status"]));
        Assert.Contains((await tenant.Get("/activityLog").Expect(200))["value"]!.AsArray(),
            a => ((string?)a!["path"])!.EndsWith("/swap", StringComparison.Ordinal) && (string?)a["outcome"] == "accepted");
    }

    [Fact]
    public async Task An_empty_slot_takes_the_others_deployment_and_nobody_comes_in_between()
    {
        var tenant = await app.TenantAsync();
        var production = await tenant.Run("hello-web", "moved");
        await tenant.Post("/services/moved/swap").Expect(202);
        // Whether the cluster has begun or not: the slot is spoken for.
        using var late = await tenant.Put("/services/moved/deployments/staging", new { package = "hello-web", configuration = Samples.Configuration("hello-web"), label = "late" });
        Assert.Equal(409, (int)late.StatusCode);
        await app.Advance(1);
        await tenant.Get(production).ExpectProblem(404, "notFound");
        Assert.Equal("succeeded", (string?)(await tenant.Get("/services/moved/deployments/staging").Expect(200))["provisioningState"]);
    }

    [Fact]
    public async Task What_cannot_be_swapped_is_refused()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/services/bare", new { region = "north" }).Expect(201);
        await tenant.Post("/services/bare/swap").ExpectProblem(409, "nothingToSwap");
        await tenant.Post("/services/none/swap").ExpectProblem(404, "notFound");
        await (await tenant.As("reader")).Post("/services/bare/swap").ExpectProblem(403, "forbidden");
        var slot = await tenant.Run("hello-web", "busy");
        await tenant.Delete(slot).Expect(202);
        await tenant.Post("/services/busy/swap").ExpectProblem(409, "operationInProgress");
    }

    private static string? Vip(JsonObject deployment) => (string?)deployment["vips"]![0];
}
