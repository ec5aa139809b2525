using System.Text.Json.Nodes;
using NodaTime;

namespace Rdfe.Api.Tests;

public sealed class BundleTests
{
    private const string Cluster = "/fabric/clusters/north-c1";

    [Fact, Trait("spec", "F5")]
    public async Task A_bundle_is_made_replaced_and_listed_and_what_was_read_may_be_written()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var bundle = JsonNode.Parse("""
            { "versions": { "hostAgent": "120.1", "networkAgent": "120.1" }, "sameGeneration": ["hostAgent", "networkAgent"],
              "requires": [{ "of": "hostAgent", "component": "hostOs", "from": "119", "below": "121" }, { "component": "firmware", "versions": ["7.1"] }],
              "notes": "agents" }
            """)!;
        var made = await http.Put("/fabric/bundles/120.1", bundle).Expect(201);
        Assert.Equal("120.1", (string?)made["versions"]!["networkAgent"]);
        Assert.Equal("hostOs", (string?)made["requires"]![0]!["component"]);
        var again = await http.Put("/fabric/bundles/120.1", made).Expect(200);
        Assert.Equal((string?)made["etag"], (string?)again["etag"]);
        Assert.True(JsonNode.DeepEquals(again, await http.GetAsync("/fabric/bundles/120.1").Expect(200)));
        var listed = (await http.GetAsync("/fabric/bundles").Expect(200))["value"]!.AsArray().Select(b => (string?)b!["name"]);
        Assert.Equal(["118.1", "118.2", "119.1", "119.2", "120.1"], listed);
        await http.Put("/fabric/bundles/120.1", bundle, ifMatch: "old").ExpectProblem(412, "preconditionFailed");
        await http.Put("/fabric/bundles/118.1", bundle).ExpectProblem(409, "firstBundle");
        await http.GetAsync("/fabric/bundles/none").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "F5")]
    public async Task A_wrong_bundle_is_refused_with_all_its_errors()
    {
        using var app = new RdfeApp();
        var problem = await app.Operator.Put("/fabric/bundles/bad", JsonNode.Parse("""
            { "versions": { "hostAgent": "", "kernel": "1" }, "requires": [{ "component": "clock" }], "sameGeneration": ["hostOs"] }
            """)!).ExpectProblem(400, "invalidBundle");
        Assert.True(problem["errors"]!.AsObject().Count >= 5, problem.ToJsonString());
    }

    [Fact, Trait("spec", "F5")]
    public async Task A_119_plug_in_with_a_118_agent_is_refused_before_anything_is_installed()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var body = JsonNode.Parse("""{ "bundle": "119.1", "components": ["networkAgent"] }""")!;
        var problem = await http.Post(Cluster + "/bundle", body).ExpectProblem(409, "incompatibleVersions");
        var pairs = problem["errors"]!.AsObject();
        Assert.Contains("hostAgent 118.1, networkAgent 119.1", pairs.Select(p => p.Key));
        Assert.Contains("networkAgent 119.1, virtualDiskDriver 118.1", pairs.Select(p => p.Key));
        Assert.StartsWith("21 nodes would have ", (string?)pairs.First().Value![0], StringComparison.Ordinal);
        Assert.Empty((await http.GetAsync("/fabric/operations?kind=installBundle").Expect(200))["value"]!.AsArray());

        // What is wrong about the request itself.
        await http.Post(Cluster + "/bundle", JsonNode.Parse("""{ "bundle": "none" }""")!).ExpectProblem(400, "invalidRequest");
        await http.Post(Cluster + "/bundle", JsonNode.Parse("""{ "bundle": "118.2", "components": ["firmware"] }""")!).ExpectProblem(400, "invalidRequest");
        await http.Post(Cluster + "/bundle", JsonNode.Parse("""{ "bundle": "118.2", "maxConcurrentNodes": 0 }""")!).ExpectProblem(400, "invalidRequest");
        await http.Post(Cluster + "/bundle", JsonNode.Parse("""{ "bundle": "118.2", "override": { "reason": " " } }""")!).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/clusters/none/bundle", JsonNode.Parse("""{ "bundle": "118.2" }""")!).ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "L4")]
    public async Task A_push_is_an_operation_and_shows_what_is_done_and_what_it_installs()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var before = await http.GetAsync(Cluster + "/bundle").Expect(200);
        Assert.Equal(("118.1", 21), ((string?)before["baseline"]!["hostAgent"], (int)before["installed"]![0]!["nodes"]!));

        var accepted = await http.Post(Cluster + "/bundle", JsonNode.Parse("""{ "bundle": "118.2", "maxConcurrentNodes": 3 }""")!).Expect(202);
        Assert.Equal("installBundle", (string?)accepted["kind"]);
        await app.AdvanceAsync(Duration.FromMinutes(5));
        var middle = (await http.GetAsync(Cluster + "/bundle").Expect(200))["push"]!;
        Assert.Equal(("118.2", 3), ((string?)middle["bundle"], middle["underWay"]!.AsArray().Count));
        Assert.Equal(21, (int)middle["done"]! + 3 + (int)middle["waiting"]!);
        var node = await http.GetAsync($"/fabric/nodes/{middle["underWay"]![0]}").Expect(200);
        Assert.Equal(("118.1", "118.2"), ((string?)node["versions"]!["hostAgent"], (string?)node["installing"]!["hostAgent"]));

        await app.AdvanceAsync(Duration.FromHours(1));
        Assert.Equal("succeeded", (string?)(await http.GetAsync($"/fabric/operations/{accepted["id"]}").Expect(200))["status"]);
        var after = await http.GetAsync(Cluster + "/bundle").Expect(200);
        Assert.Equal(("118.2", null), ((string?)after["baseline"]!["guestAgent"], after["push"]));
    }

    [Fact, Trait("spec", "L4")]
    public async Task A_push_is_overridden_and_canceled_while_it_is_under_way_and_not_after()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        await http.Post("/fabric/clusters/north-c1/bundle/cancel").ExpectProblem(409, "noBundleUnderWay");
        await http.Post("/fabric/clusters/north-c1/bundle/override", JsonNode.Parse("""{ "reason": "go on" }""")!).ExpectProblem(409, "noBundleUnderWay");
        var accepted = await http.Post("/fabric/clusters/north-c1/bundle", JsonNode.Parse("""{ "bundle": "119.1" }""")!).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(1));

        await http.Post("/fabric/clusters/north-c1/bundle/override", JsonNode.Parse("""{ "reason": "" }""")!).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/clusters/north-c1/bundle/override", JsonNode.Parse("""{ "reason": "go on" }""")!).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(1));
        var push = (await http.GetAsync(Cluster + "/bundle").Expect(200))["push"]!;
        Assert.Equal("go on", (string?)push["override"]!["reason"]);

        var canceled = await http.Post("/fabric/clusters/north-c1/bundle/cancel").Expect(202);
        Assert.True((bool)canceled["cancelRequested"]!);
        await app.AdvanceAsync(Duration.FromMinutes(20));
        Assert.Equal("canceled", (string?)(await http.GetAsync($"/fabric/operations/{accepted["id"]}").Expect(200))["status"]);
        Assert.Null((await http.GetAsync(Cluster + "/bundle").Expect(200))["push"]);
    }

    [Fact, Trait("spec", "F5")]
    public async Task An_instance_shows_the_guest_agent_that_its_node_gave_it()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "versioned");
        var one = await tenant.Get(slot + "/instances/Web_IN_0").Expect(200);
        Assert.Equal("118.1", (string?)one["guestAgentVersion"]);
        var node = await app.Operator.GetAsync($"/fabric/nodes/{one["node"]}").Expect(200);
        Assert.Equal(("118.1", "118.1"), ((string?)node["instances"]![0]!["guestAgentVersion"], (string?)node["goalState"]!["instances"]![0]!["guestAgentVersion"]));
        await app.Operator.Post($"/fabric/clusters/{node["cluster"]}/bundle", JsonNode.Parse("""{ "bundle": "118.2", "maxConcurrentNodes": 50 }""")!).Expect(202);
        await app.Advance(30);
        Assert.Equal("118.2", (string?)(await tenant.Get(slot + "/instances/Web_IN_0").Expect(200))["guestAgentVersion"]);
    }
}
