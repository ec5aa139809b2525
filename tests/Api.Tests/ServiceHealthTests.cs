using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Rdfe.Api.Tests;

/// <summary>What tenants read of what the platform does, and of what happens to it (W4).</summary>
[Trait("spec", "W4")]
public sealed class ServiceHealthTests
{
    [Fact, Trait("spec", "L3")]
    public async Task Each_tenant_reads_its_own_part_of_an_incident_and_of_safe_mode_and_nothing_of_others()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var (one, two, idle) = (await app.TenantAsync(), await app.TenantAsync(), await app.TenantAsync());
        await one.Put("/virtualMachines/alpha", VirtualMachineTests.Machine()).Expect(202);
        await two.Put("/virtualMachines/beta", VirtualMachineTests.Machine()).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(20));
        await http.PutAsync("/fabric/safeMode", RdfeApp.Json(new { scopes = new[] { new { name = "all", reason = "secret" } } })).Expect(200);
        await http.PutAsync("/fabric/safeMode", RdfeApp.Json(new { scopes = Array.Empty<object>() })).Expect(200);
        foreach (var region in (string[])["north-c1", "north-c2"])
        {
            await http.Put($"/fabric/faults/dark-{region}", JsonNode.Parse($$"""{ "kind": "powerLoss", "target": { "cluster": "{{region}}" } }""")!).Expect(201);
        }

        await app.Advance(Duration.FromMinutes(5));
        foreach (var region in (string[])["north-c1", "north-c2"])
        {
            await http.DeleteAsync($"/fabric/faults/dark-{region}").Expect(204);
        }

        var open = (await one.Get("/serviceHealth?state=open").Expect(200))["value"]!.AsArray();
        Assert.Equal(("incident", "active"), ((string?)open.Single()!["kind"], (string?)open.Single()!["state"]));
        await app.AdvanceAsync(Duration.FromHours(2));

        foreach (var (tenant, name, other) in new[] { (one, "alpha", two), (two, "beta", one) })
        {
            var reader = await tenant.As("reader");
            var all = await reader.Get("/serviceHealth").Expect(200);
            var text = all.ToJsonString();
            Assert.Equal(["safeMode", "incident"], all["value"]!.AsArray().Select(n => (string?)n!["kind"]));
            var incident = all["value"]![1]!;
            Assert.Equal(("closed", tenant.Path($"/virtualMachines/{name}")), ((string?)incident["state"], (string?)incident["affected"]![0]!["resource"]));
            Assert.True((double)incident["affected"]![0]!["downMs"]! > 60_000, text);
            Assert.StartsWith("1 of 1 instance was down, for ", (string?)incident["outcome"], StringComparison.Ordinal);
            Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain(other.Id.ToString(), text, StringComparison.Ordinal);
            Assert.DoesNotContain("north-c", text, StringComparison.Ordinal);
        }

        Assert.Empty((await idle.Get("/serviceHealth").Expect(200))["value"]!.AsArray());
        var fabric = await http.GetAsync("/fabric/serviceHealth?kind=incident").Expect(200);
        Assert.Equal(2, fabric["value"]!.AsArray().Count);
        Assert.All(fabric["value"]!.AsArray(), n => Assert.StartsWith("north-c", (string?)n!["cluster"], StringComparison.Ordinal));
        var first = (await http.GetAsync("/fabric/serviceHealth?top=1").Expect(200));
        Assert.Single(first["value"]!.AsArray());
        Assert.Single((await http.GetAsync((string?)first["nextLink"]).Expect(200))["value"]!.AsArray());
        await one.Get("/serviceHealth?state=nonsense&kind=x").ExpectProblem(400, "invalidRequest");
        await (await one.As("contributor")).Http.GetAsync("/fabric/serviceHealth").ExpectProblem(403, "forbidden");

        // Kept for 90 days, and no longer.
        await app.AdvanceAsync(Duration.FromDays(89));
        await app.Services.GetRequiredService<Trimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(2, (await one.Get("/serviceHealth").Expect(200))["value"]!.AsArray().Count);
        await app.AdvanceAsync(Duration.FromDays(2));
        await app.Services.GetRequiredService<Trimmer>().TrimAsync(CancellationToken.None);
        Assert.Empty((await one.Get("/serviceHealth").Expect(200))["value"]!.AsArray());
    }

    [Fact, Trait("spec", "M5"), Trait("spec", "M6")]
    public async Task Maintenance_that_comes_to_others_first_is_pending_with_its_dates_and_tells_what_it_did()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/late", VirtualMachineTests.Machine(new { region = "south" })).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(20));
        await http.Put("/fabric/hostUpdates/hv", JsonNode.Parse("""{ "component": "hypervisor", "version": "118.7", "hypervisorReplaceable": true, "impact": "a pause below a second" }""")!).Expect(201);
        var made = await http.Put("/fabric/rollouts/quiet-name", JsonNode.Parse("""
            { "hostUpdate": "hv", "stages": [{ "name": "canary", "clusters": 1, "share": 0.04, "bake": "P2D" }, { "name": "all" }], "selfService": "PT0S" }
            """)!).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(10));

        var pending = (await tenant.Get("/maintenance").Expect(200))["value"]!.AsArray().Single()!;
        Assert.Equal(("hv~late", "planned", false), ((string?)pending["id"], (string?)pending["phase"], (bool)pending["mayApply"]!));
        Assert.NotNull(pending["notBefore"]);
        Assert.NotNull(pending["forcedAt"]);
        var notice = (await tenant.Get("/serviceHealth?kind=plannedMaintenance").Expect(200))["value"]!.AsArray().Single()!;
        Assert.Equal(("planned", "hv", (string?)pending["notBefore"]), ((string?)notice["state"], (string?)notice["hostUpdate"], (string?)notice["beginsAt"]));
        Assert.Equal("pending", (string?)notice["affected"]![0]!["state"]);

        await http.Post("/fabric/rollouts/quiet-name/pause").Expect(200);
        await http.Post("/fabric/rollouts/quiet-name/resume").Expect(200);
        await app.AdvanceAsync(Duration.FromDays(4));
        Assert.Equal("succeeded", (string?)(await http.GetAsync((string?)made["operation"]).Expect(200))["status"]);
        var over = (await tenant.Get("/serviceHealth?state=closed").Expect(200))["value"]!.AsArray().Single()!;
        Assert.Equal((string?)notice["id"], (string?)over["id"]);
        var affected = over["affected"]![0]!;
        Assert.Equal(("done", "hypervisorHotRestart", "platform"), ((string?)affected["state"], (string?)affected["technology"], (string?)affected["by"]));
        Assert.True((double)affected["downMs"]! > 0 && affected["predictedMs"] is not null);
        Assert.StartsWith("1 of 1 instance was maintained; 1 by hypervisorHotRestart, paused for ", (string?)over["outcome"], StringComparison.Ordinal);
        Assert.DoesNotContain("quiet-name", over.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("done", (string?)(await tenant.Get("/maintenance").Expect(200))["value"]![0]!["phase"]);
    }
}
