using System.Text.Json.Nodes;
using NodaTime;
using Rdfe.Domain.Fabric;

namespace Rdfe.Api.Tests;

/// <summary>The life of host updates through the door (M2, M5, M6, W1). One fabric; each test has a cluster of its own.</summary>
public sealed class RolloutTests(RolloutTests.Fabric fabric) : IClassFixture<RolloutTests.Fabric>
{
    private readonly HttpClient http = fabric.Operator;

    [Fact, Trait("spec", "M5"), Trait("spec", "M2")]
    public async Task An_update_is_previewed_approved_rolled_out_and_seen_by_everybody()
    {
        await Publish("hv-1", """{ "component": "hypervisor", "version": "118.7", "hypervisorReplaceable": true, "impact": "a pause below a second" }""");
        var body = JsonNode.Parse("""{ "hostUpdate": "hv-1", "clusters": ["south-c1"], "stages": [{ "name": "canary", "share": 0.04, "bake": "PT30M" }, { "name": "all" }], "selfService": "PT0S" }""")!;
        var preview = await http.Post("/fabric/rollouts/preview", body).Expect(200);
        var cluster = preview["clusters"]![0]!;
        Assert.Equal((21, "hypervisorHotRestart"), ((int)cluster["nodes"]!, (string?)cluster["forecast"]![0]!["technology"]));
        Assert.Equal((int)cluster["rounds"]!["least"]!, (int)cluster["rounds"]!["rounds"]!);
        Assert.Contains(cluster["forecast"]![0]!["ruledOut"]!.AsArray(), r => (string?)r!["code"] == "notHotPatchable");

        body["plan"] = (string?)preview["plan"];
        var made = await http.Put("/fabric/rollouts/hv", body).Expect(202);
        Assert.Equal("running", (string?)made["status"]);
        var same = await http.Put("/fabric/rollouts/HV", body).Expect(200);
        Assert.Equal((string?)made["etag"], (string?)same["etag"]);
        body["maxFailures"] = 7;
        body.AsObject().Remove("plan");
        await http.Put("/fabric/rollouts/hv", body).ExpectProblem(409, "rolloutExists");
        await http.Put("/fabric/rollouts/other", body).ExpectProblem(409, "rolloutUnderWay");

        await fabric.AdvanceAsync(Duration.FromMinutes(20));
        var seen = await http.GetAsync("/fabric/rollouts/hv").Expect(200);
        Assert.Equal(("baking", 1), ((string?)seen["clusters"]![0]!["stage"], (int)seen["clusters"]![0]!["done"]!));
        await http.Post("/fabric/rollouts/hv/pause").Expect(200);
        await http.Post("/fabric/rollouts/hv/pause").ExpectProblem(409, "rolloutState");
        await fabric.AdvanceAsync(Duration.FromHours(3));
        Assert.Equal(1, (int)(await http.GetAsync("/fabric/rollouts/hv").Expect(200))["clusters"]![0]!["done"]!);
        await http.Post("/fabric/rollouts/hv/resume").Expect(200);
        await fabric.AdvanceAsync(Duration.FromHours(3));

        seen = await http.GetAsync("/fabric/rollouts/hv").Expect(200);
        Assert.Equal(("succeeded", 21), ((string?)seen["status"], (int)seen["clusters"]![0]!["done"]!));
        Assert.Equal("succeeded", (string?)(await http.GetAsync((string?)seen["operation"]).Expect(200))["status"]);
        Assert.Contains((await http.GetAsync("/fabric/rollouts").Expect(200))["value"]!.AsArray(), r => (string?)r!["name"] == "hv");
        await http.Post("/fabric/rollouts/hv/rollback").ExpectProblem(409, "rolloutState");
        await http.GetAsync("/fabric/rollouts/none").ExpectProblem(404, "notFound");
        await http.Post("/fabric/rollouts/none/pause").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "M2")]
    public async Task A_plan_that_the_fabric_has_outlived_is_refused_with_what_has_changed()
    {
        await Publish("fw-2", """{ "component": "firmware", "version": "9.0" }""");
        var body = JsonNode.Parse("""{ "hostUpdate": "fw-2", "clusters": ["south-c2"] }""")!;
        var preview = await http.Post("/fabric/rollouts/preview", body).Expect(200);
        await http.Post("/fabric/nodes/south-c2-r1-n03/repair").Expect(202);
        await fabric.AdvanceAsync(Duration.FromMinutes(1));

        body["plan"] = (string?)preview["plan"];
        var problem = await http.Put("/fabric/rollouts/late", body).ExpectProblem(409, "planStale");
        Assert.Contains("south-c2-r1-n03", (string?)problem["errors"]!["south-c2"]![0], StringComparison.Ordinal);
        body["plan"] = "plan-none";
        await http.Put("/fabric/rollouts/late", body).ExpectProblem(400, "invalidRequest");
        await http.GetAsync("/fabric/rollouts/late").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "M5"), Trait("spec", "L4")]
    public async Task A_rollout_that_has_stopped_says_why_and_goes_on_by_order_or_is_taken_back()
    {
        await Publish("hv-3", """{ "component": "hypervisor", "version": "118.8", "hypervisorReplaceable": true }""");
        await http.Put("/fabric/faults/broken", JsonNode.Parse("""{ "kind": "maintenanceFails", "target": { "node": "south-c2-r4-n06" } }""")!).Expect(201);
        await http.Put("/fabric/rollouts/hv3", JsonNode.Parse("""{ "hostUpdate": "hv-3", "clusters": ["south-c2"], "maxFailures": 0, "selfService": "PT0S" }""")!).Expect(202);
        await fabric.AdvanceAsync(Duration.FromHours(8));
        var stopped = await http.GetAsync("/fabric/rollouts/hv3").Expect(200);
        Assert.Equal("paused", (string?)stopped["status"]);
        Assert.Contains("south-c2-r4-n06", (string?)stopped["pausedBecause"], StringComparison.Ordinal);
        Assert.Equal("south-c2-r4-n06", (string?)stopped["clusters"]![0]!["failed"]![0]!["node"]);

        await http.Post("/fabric/rollouts/hv3/override", new { reason = " " }).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/rollouts/hv3/override", new { reason = "one broken node is no reason" }).Expect(200);
        await fabric.AdvanceAsync(Duration.FromHours(1));
        var onward = await http.GetAsync("/fabric/rollouts/hv3").Expect(200);
        Assert.Equal(("running", "operator"), ((string?)onward["status"], (string?)onward["override"]!["by"]));

        await http.Post("/fabric/rollouts/hv3/rollback").Expect(200);
        await fabric.AdvanceAsync(Duration.FromHours(6));
        var back = await http.GetAsync("/fabric/rollouts/hv3").Expect(200);
        Assert.Equal(("rolledBack", 0), ((string?)back["status"], (int)back["clusters"]![0]!["done"]!));
        await http.Post("/fabric/rollouts/hv3/cancel").ExpectProblem(409, "rolloutState");
        await http.DeleteAsync("/fabric/faults/broken").Expect(204);
    }

    [Fact, Trait("spec", "M5")]
    public async Task A_wrong_rollout_is_refused_with_all_its_errors()
    {
        var problem = await http.Put("/fabric/rollouts/bad", JsonNode.Parse("""
            { "hostUpdate": "x", "clusters": ["nowhere"], "regions": ["elsewhere"], "maxConcurrentNodes": 0, "maxFailures": -1, "selfService": "P1000D",
              "stages": [{ "name": "a", "share": 2 }, { "name": "A", "clusters": 1 }], "speed": 3 }
            """)!).ExpectProblem(400, "invalidRequest");
        Assert.Equal(
            ["$.clusters[0]", "$.maxConcurrentNodes", "$.maxFailures", "$.regions[0]", "$.selfService", "$.speed", "$.stages", "$.stages[0].share"],
            problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
        await http.Put("/fabric/rollouts/bad", JsonNode.Parse("""{ "hostUpdate": "none" }""")!).ExpectProblem(400, "invalidRequest");
        await Publish("gone", """{ "component": "hardware" }""");
        await http.Put("/fabric/rollouts/bad", JsonNode.Parse("""{ "hostUpdate": "gone" }""")!).ExpectProblem(409, "decommissionNodes");
    }

    [Fact, Trait("spec", "W1"), Trait("spec", "M6")]
    public async Task An_owner_sees_what_is_pending_has_it_now_or_puts_it_off()
    {
        var tenant = await fabric.TenantAsync();
        foreach (var name in (string[])["now", "later", "never"])
        {
            await tenant.Put($"/virtualMachines/{name}", VirtualMachineTests.Machine(new { region = "north" })).Expect(202);
        }

        await fabric.AdvanceAsync(Duration.FromMinutes(20));
        await tenant.Post("/virtualMachines/now/performMaintenance").ExpectProblem(409, "noMaintenancePending");
        await Publish("fw-1", """{ "component": "firmware", "version": "8.5", "liveMigratable": false, "impact": "a reboot" }""");
        await http.Put("/fabric/rollouts/fw", JsonNode.Parse("""{ "hostUpdate": "fw-1", "regions": ["north"], "stages": [{ "name": "all" }] }""")!).Expect(202);
        await fabric.AdvanceAsync(Duration.FromHours(6));

        var pending = (await tenant.Get("/maintenance").Expect(200))["value"]!.AsArray();
        Assert.Equal(["fw-1~later", "fw-1~never", "fw-1~now"], pending.Select(p => (string?)p!["id"]));
        Assert.All(pending, p => Assert.Equal(("selfService", true, "a reboot"), ((string?)p!["phase"], (bool)p["mayApply"]!, (string?)p["impact"])));

        var first = pending[0]!;
        await tenant.Post("/maintenance/fw-1~now/apply").Expect(202);
        var until = (string)first["forcedAt"]!;
        await tenant.Post("/maintenance/fw-1~later/defer", new { until }).Expect(200);
        await tenant.Post("/maintenance/fw-1~later/defer", new { until = "2100-01-01T00:00:00Z" }).ExpectProblem(400, "invalidRequest");
        await tenant.Post("/maintenance/fw-1~none/apply").ExpectProblem(404, "notFound");
        await tenant.Post("/maintenance/nonsense/apply").ExpectProblem(404, "notFound");
        await tenant.Post("/maintenance/fw-1~none/defer", new { until }).ExpectProblem(404, "notFound");
        await fabric.AdvanceAsync(Duration.FromHours(3));

        // What would be done in the owner's window: nothing as long as the owner may choose, then who said nothing.
        await tenant.Put("/maintenanceConfigurations/nights", new
        {
            window = new { startsAt = "2012-01-01T01:00", duration = "PT4H", timeZone = "Etc/UTC", recurrence = "Day" },
            assignments = new[] { "virtualMachines/never", "virtualMachines/later" },
        }).Expect(201);
        var soon = (await tenant.Get("/maintenanceConfigurations/nights/occurrences").Expect(200))["value"]!.AsArray();
        Assert.All(soon, o => Assert.Empty(o!["work"]!.AsArray()));
        var then = (await tenant.Get($"/maintenanceConfigurations/nights/occurrences?from={first["selfServiceUntil"]}").Expect(200))["value"]!.AsArray();
        Assert.Equal(
            [("fw-1", tenant.Path("/virtualMachines/never"), "a reboot")],
            then[0]!["work"]!.AsArray().Select(w => ((string?)w!["hostUpdate"], (string?)w["resource"], (string?)w["impact"])));
        Assert.All(then.Skip(1), o => Assert.Empty(o!["work"]!.AsArray()));
        await tenant.Delete("/maintenanceConfigurations/nights").Expect(204);

        var after = (await tenant.Get("/maintenance").Expect(200))["value"]!.AsArray().ToDictionary(p => (string)p!["id"]!, p => p!);
        Assert.Equal(("done", "tenant", "redeploy"), ((string?)after["fw-1~now"]["phase"], (string?)after["fw-1~now"]["by"], (string?)after["fw-1~now"]["technology"]));
        Assert.Equal(until, (string?)after["fw-1~later"]["deferredUntil"]);
        await tenant.Post("/maintenance/fw-1~now/apply").ExpectProblem(409, "noMaintenancePending");
        await tenant.Post("/maintenance/fw-1~now/defer", new { until }).ExpectProblem(409, "noMaintenancePending");

        // A month later the platform does the rest: first who said nothing, in the end who had put it off.
        await fabric.AdvanceAsync(Duration.FromDays(31));
        after = (await tenant.Get("/maintenance").Expect(200))["value"]!.AsArray().ToDictionary(p => (string)p!["id"]!, p => p!);
        Assert.Equal(("done", "platform", "reboot"), ((string?)after["fw-1~never"]["phase"], (string?)after["fw-1~never"]["by"], (string?)after["fw-1~never"]["technology"]));
        Assert.Equal("scheduled", (string?)after["fw-1~later"]["phase"]);
        await fabric.AdvanceAsync(Duration.FromDays(40));
        Assert.Equal("succeeded", (string?)(await http.GetAsync("/fabric/rollouts/fw").Expect(200))["status"]);
        Assert.All((await tenant.Get("/maintenance").Expect(200))["value"]!.AsArray(), p => Assert.Equal("done", (string?)p!["phase"]));
        fabric.CheckBooks();
    }

    private Task<JsonObject> Publish(string name, string document) => http.Put($"/fabric/hostUpdates/{name}", JsonNode.Parse(document)!).Expect(201);

    public sealed class Fabric : RdfeApp;
}
