using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests;

/// <summary>Nodes out for repair, out for good and back; and machines that are moved. The slice is ServiceNode.</summary>
[Trait("spec", "H1")]
public sealed class NodeServiceTests
{
    [Fact]
    public async Task A_node_for_repair_is_emptied_and_comes_back_provisioned()
    {
        using var app = new RdfeApp();
        var (tenant, http) = (await app.TenantAsync(), app.Operator);
        var slot = await tenant.Run("hello-web", "evacuated");
        var node = (string)(await tenant.Get(slot + "/instances/Web_IN_0").Expect(200))["node"]!;
        var accepted = await http.Post($"/fabric/nodes/{node}/repair").Expect(202);
        Assert.Equal("repairNode", (string?)accepted["kind"]);
        await http.Post($"/fabric/nodes/{node}/repair").ExpectProblem(409, "operationInProgress");
        await app.Advance(0.05);
        var leaving = await http.GetAsync($"/fabric/nodes/{node}").Expect(200);
        Assert.Equal(("outForRepair", "evacuating"), ((string?)leaving["state"], (string?)leaving["health"]!["trouble"]));
        await app.Advance(30);
        Assert.Equal("succeeded", (string?)(await http.GetAsync((string)accepted["operation"]!).Expect(200))["status"]);
        var instances = (await tenant.Get(slot).Expect(200))["instances"]!.AsArray();
        Assert.All(instances, i => Assert.NotEqual(node, (string?)i!["node"]));
        Assert.All(instances, i => Assert.Equal("ready", (string?)i!["status"]));
        var move = instances.First(i => (string?)i!["name"] == "Web_IN_0")!["lastMove"]!;
        // It was moved as it ran, and all that it had came along (M4).
        Assert.Equal((node, false), ((string?)move["from"], (bool?)move["temporaryDiskLost"]));
        Assert.NotNull(move["to"]);
        Assert.NotNull(move["at"]);
        Assert.Equal(0, (int?)(await http.GetAsync($"/fabric/nodes/{node}").Expect(200))["instanceCount"]);

        var back = await http.Post($"/fabric/nodes/{node}/return").Expect(202);
        await app.Advance(120);
        var returned = await http.GetAsync((string)back["operation"]!).Expect(200);
        Assert.Equal(("succeeded", "returnNode", 8), ((string?)returned["status"], (string?)returned["kind"], returned["steps"]!.AsArray().Count));
        var ready = await http.GetAsync($"/fabric/nodes/{node}").Expect(200);
        Assert.Equal("ready", (string?)ready["state"]);
        Assert.Null(ready["health"]);
        app.CheckBooks();
    }

    [Fact, Trait("spec", "M7")]
    public async Task A_node_that_goes_for_good_does_not_come_back_and_what_makes_no_sense_is_refused()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var nodes = (await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray();
        var (free, reserved) = (Name(nodes, false), Name(nodes, true));
        await http.Post($"/fabric/nodes/{free}/return").ExpectProblem(409, "nodeState");
        await http.Post($"/fabric/nodes/{reserved}/repair").ExpectProblem(409, "nodeReserved");
        await http.Post("/fabric/nodes/none/decommission").ExpectProblem(404, "notFound");
        await (await app.TenantAsync()).As("owner").ContinueWith(t => t.Result.Http.Post($"/fabric/nodes/{free}/repair"), TaskScheduler.Default)
            .Unwrap().ExpectProblem(403, "forbidden");
        var accepted = await http.Post($"/fabric/nodes/{free}/decommission").Expect(202);
        await app.Advance(5);
        var ended = await http.GetAsync((string)accepted["operation"]!).Expect(200);
        Assert.Equal(("succeeded", "decommissionNode"), ((string?)ended["status"], (string?)ended["kind"]));
        Assert.Equal("decommissioned", (string?)(await http.GetAsync($"/fabric/nodes/{free}").Expect(200))["state"]);
        await http.Post($"/fabric/nodes/{free}/return").ExpectProblem(409, "nodeState");
        await http.PutAsync("/fabric/safeMode", RdfeApp.Json(new { scopes = new[] { new { name = "cluster/north-c1", reason = "a test" } } })).Expect(200);
        await http.Post($"/fabric/nodes/{Name(nodes, false, 1)}/repair").ExpectProblem(503, "clusterReadOnly");
        await http.Post("/fabric/clusters/north-c1/override", new { reason = "x" }).ExpectProblem(503, "clusterReadOnly");
    }

    [Fact, Trait("spec", "H1")]
    public async Task A_node_of_the_controller_that_broke_comes_back_from_repair()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var reserved = Name((await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray(), true);
        await http.Put("/fabric/faults/dark", JsonNode.Parse($$"""{ "kind": "powerLoss", "target": { "node": "{{reserved}}" } }""")!).Expect(201);
        await app.Advance(30);
        Assert.Equal("outForRepair", (string?)(await http.GetAsync($"/fabric/nodes/{reserved}").Expect(200))["state"]);
        await http.DeleteAsync("/fabric/faults/dark").Expect(204);

        var accepted = await http.Post($"/fabric/nodes/{reserved}/return").Expect(202);
        await app.Advance(120);
        Assert.Equal("succeeded", (string?)(await http.GetAsync((string)accepted["operation"]!).Expect(200))["status"]);
        var back = await http.GetAsync($"/fabric/nodes/{reserved}").Expect(200);
        Assert.Equal(("ready", true, 0), ((string?)back["state"], (bool?)back["reserved"], (int?)back["instanceCount"]));
        app.CheckBooks();
    }

    [Fact, Trait("spec", "D3")]
    public async Task A_machine_is_redeployed_to_another_node()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/box", new { region = "north", size = "Small", image = "ubuntu-22.04" }).Expect(202);
        await tenant.Post("/virtualMachines/box/redeploy").ExpectProblem(409, "operationInProgress");
        await app.Advance(20);
        var before = (await tenant.Get("/virtualMachines/box").Expect(200))["instanceView"]!;
        await tenant.Post("/virtualMachines/box/redeploy?force=maybe").ExpectProblem(400, "invalidRequest");
        var accepted = await tenant.Post("/virtualMachines/box/redeploy?force=true").Expect(202);
        await app.Advance(0.5);
        Assert.Equal("moving", (string?)(await tenant.Get("/virtualMachines/box").Expect(200))["instanceView"]!["status"]);
        await app.Advance(20);
        var operation = await tenant.Operation(accepted);
        Assert.Equal(("succeeded", "redeployVirtualMachine"), ((string?)operation["status"], (string?)operation["kind"]));
        var after = (await tenant.Get("/virtualMachines/box").Expect(200))["instanceView"]!;
        Assert.Equal(("running", (string?)before["node"]), ((string?)after["status"], (string?)after["lastMove"]!["from"]));
        Assert.Equal((string?)after["node"], (string?)after["lastMove"]!["to"]);
        Assert.NotEqual((string?)before["node"], (string?)after["node"]);
        await tenant.Post("/virtualMachines/box/powerOff").Expect(202);
        await app.Advance(5);
        await tenant.Post("/virtualMachines/box/redeploy").ExpectProblem(409, "notRunning");
        await tenant.Post("/virtualMachines/none/redeploy").ExpectProblem(404, "notFound");
        app.CheckBooks();
    }

    [Fact, Trait("spec", "M1")]
    public async Task A_reboot_waits_for_another_update_domain_and_says_so_unless_it_is_forced()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "polite");
        await tenant.Post(slot + "/instances/Web_IN_0/reboot").Expect(202);
        await app.Advance(0.3);
        var second = await tenant.Post(slot + "/instances/Web_IN_1/reboot").Expect(202);
        await app.Advance(0.1);
        var blocker = Assert.Single((await tenant.Operation(second))["blockers"]!.AsArray())!;
        Assert.Equal(("promise", tenant.Path(slot + "/instances/Web_IN_0")), ((string?)blocker["code"], (string?)blocker["resource"]));
        Assert.NotNull((string?)blocker["forcedAt"]);
        var waits = await tenant.Get(slot + "/instances/Web_IN_1").Expect(200);
        Assert.Equal(("ready", "promise"), ((string?)waits["status"], (string?)waits["blockers"]![0]!["code"]));
        await tenant.Post(slot + "/instances/Web_IN_2/reboot?force=yes").ExpectProblem(400, "invalidRequest");
        await tenant.Post(slot + "/instances/Web_IN_2/reboot?force=true").Expect(202);
        await app.Advance(0.3);
        Assert.NotEqual("ready", (string?)(await tenant.Get(slot + "/instances/Web_IN_2").Expect(200))["status"]);
        await app.Advance(20);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(second))["status"]);
    }

    private static string Name(JsonArray nodes, bool reserved, int skip = 0) =>
        (string)nodes.Where(n => (bool)n!["reserved"]! == reserved).Skip(skip).First()!["name"]!;
}
