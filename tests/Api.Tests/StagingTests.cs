using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;

namespace Rdfe.Api.Tests;

/// <summary>What is seen of staging ahead of time, and of the network that bounds it (F4).</summary>
[Trait("spec", "F4")]
public sealed class StagingTests
{
    [Fact]
    public async Task What_it_will_take_how_far_it_is_and_what_a_node_waits_for_are_seen_and_gone_with_the_rollout()
    {
        // 800 Mbit/s in all: two nodes fetch at a time, 9 GiB in 193 s each.
        using var app = RdfeApp.With(("Rdfe:Maintenance:Staging:RepositoryMbps", "800"));
        var http = app.Operator;
        // Their update domains make the plan's order another one than that of names.
        var tenant = await app.TenantAsync();
        await tenant.Put("/availabilitySets/set", new { region = "south", updateDomainCount = 3 }).Expect(201);
        foreach (var name in "abcdefghi")
        {
            await tenant.Put($"/virtualMachines/{name}", new { region = "south", size = "Small", image = "ubuntu-22.04", availabilitySet = "set" }).Expect(202);
        }

        await app.AdvanceAsync(Duration.FromMinutes(30));
        await http.Put("/fabric/hostUpdates/os-120", JsonNode.Parse("""{ "component": "hostOs", "version": "120.1", "image": "host-os-2014.10", "liveMigratable": false }""")!).Expect(201);
        var body = JsonNode.Parse("""{ "hostUpdate": "os-120", "clusters": ["south-c1"], "stages": [{ "name": "canary", "share": 0.01, "bake": "PT12H" }, { "name": "all" }], "selfService": "PT0S" }""")!;
        var forecast = (await http.Post("/fabric/rollouts/preview", body).Expect(200))["clusters"]![0]!["staging"]!;
        Assert.Equal(
            ("quantum10", 9216, 21, 2),
            ((string?)forecast["network"], (int)forecast["imageMib"]!, (int)forecast["nodes"]!, (int)forecast["atATime"]!));
        // Eleven rounds of two.
        Assert.StartsWith("PT3M13.27", (string?)forecast["each"], StringComparison.Ordinal);
        Assert.StartsWith("PT35M26.0", (string?)forecast["takes"], StringComparison.Ordinal);

        await http.Put("/fabric/rollouts/os", body).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(5));
        var cluster = (await http.GetAsync("/fabric/rollouts/os").Expect(200))["clusters"]![0]!;
        var staging = cluster["staging"]!;
        Assert.Equal(("host-os-2014.10", 21, 2), ((string?)staging["image"], (int)staging["nodes"]!, (int)staging["fetching"]!));
        // The canary fetches in its own turn.
        Assert.Equal(20, (int)staging["staged"]! + (int)staging["fetching"]! + (int)staging["waiting"]!);
        Assert.Equal((int)staging["fetching"]! + (int)staging["waiting"]!, (int)staging["left"]!["nodes"]!);
        Assert.Null(staging["doneAt"]);

        var nodes = (await http.GetAsync("/fabric/clusters/south-c1/nodes").Expect(200))["value"]!.AsArray();
        var begun = nodes.Where(n => n!["staging"] is not null).ToList();
        Assert.Equal((int)staging["staged"]! + 2, begun.Count);
        var fetching = (await http.GetAsync($"/fabric/nodes/{begun.First(n => (string?)n!["staging"]!["status"] == "fetching")!["name"]}").Expect(200))["staging"]!;
        Assert.Equal(("os-120", "120.1", 1), ((string?)fetching["update"], (string?)fetching["versions"]!["hostOs"], (int)fetching["attempt"]!));
        Assert.InRange((int)fetching["percentComplete"]!, 0, 99);
        Assert.Null(fetching["blocker"]);
        var last = nodes.Last(n => n!["staging"] is null && n["maintenance"] is null && !(bool)n["reserved"]!)!["name"];
        var waits = (await http.GetAsync($"/fabric/nodes/{last}").Expect(200))["staging"]!;
        Assert.Equal(("waiting", 0, 0), ((string?)waits["status"], (int)waits["attempt"]!, (int)waits["percentComplete"]!));
        Assert.Matches("^[0-9]+ nodes come before it; 2 fetch at a time over quantum10.$", (string?)waits["blocker"]!["detail"]);

        var waiting = new List<(int Before, string Name)>();
        foreach (var name in nodes.Where(n => n!["staging"] is null && n["maintenance"] is null).Select(n => (string)n!["name"]!))
        {
            if ((await http.GetAsync($"/fabric/nodes/{name}").Expect(200))["staging"]?["blocker"]?["detail"] is { } detail)
            {
                waiting.Add((int.Parse(((string)detail!).Split(' ')[0], CultureInfo.InvariantCulture), name));
            }
        }

        Assert.Equal((int)staging["waiting"]!, waiting.Count);
        Assert.Equal(Enumerable.Range(0, waiting.Count), waiting.Select(n => n.Before).Order());
        await app.AdvanceAsync(Duration.FromHours(2));
        staging = (await http.GetAsync("/fabric/rollouts/os").Expect(200))["clusters"]![0]!["staging"]!;
        Assert.Equal((20, 20, "P0D"), ((int)staging["nodes"]!, (int)staging["staged"]!, (string?)staging["left"]!["takes"]));
        Assert.NotNull(staging["doneAt"]);
        // Those that were said to come last did: the plan's order, not that of their names.
        var fetched = (await http.GetAsync("/fabric/clusters/south-c1/nodes").Expect(200))["value"]!.AsArray().Where(n => n!["staging"] is not null);
        Assert.Equal(
            waiting.OrderBy(n => n.Before).TakeLast(3).Select(n => n.Name).Order(),
            fetched.OrderBy(n => DateTimeOffset.Parse((string)n!["staging"]!["stagedAt"]!, CultureInfo.InvariantCulture)).TakeLast(3).Select(n => (string?)n!["name"]).Order());
        var staged = (await http.GetAsync($"/fabric/nodes/{last}").Expect(200))["staging"]!;
        Assert.Equal(("staged", 100), ((string?)staged["status"], (int)staged["percentComplete"]!));
        Assert.NotNull(staged["stagedAt"]);

        await http.Post("/fabric/rollouts/os/cancel").Expect(200);
        await app.AdvanceAsync(Duration.FromMinutes(5));
        Assert.Null((await http.GetAsync("/fabric/rollouts/os").Expect(200))["clusters"]![0]!["staging"]);
        Assert.Null((await http.GetAsync($"/fabric/nodes/{last}").Expect(200))["staging"]);
    }

    [Fact, Trait("spec", "F1")]
    public async Task The_network_of_a_cluster_is_the_topologys_to_say()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        Assert.Equal("quantum10", (string?)(await http.GetAsync("/fabric/clusters/north-c1").Expect(200))["network"]);
        var topology = await http.GetAsync("/fabric/topology").Expect(200);
        var cluster = topology["geos"]![0]!["regions"]!.AsArray().SelectMany(r => r!["clusters"]!.AsArray()).Single(c => (string?)c!["name"] == "north-c1")!;
        cluster["network"] = "copper";
        topology.Remove("etag");
        var problem = await http.Put("/fabric/topology", topology).ExpectProblem(400, "invalidTopology");
        Assert.EndsWith(".network", Assert.Single(problem["errors"]!.AsObject()).Key, StringComparison.Ordinal);
        cluster["network"] = "dla";
        await http.Put("/fabric/topology", topology).Expect(200);
        Assert.Equal("dla", (string?)(await http.GetAsync("/fabric/clusters/north-c1").Expect(200))["network"]);

        await http.Put("/fabric/hostUpdates/os-120", JsonNode.Parse("""{ "component": "hostOs", "version": "120.1", "image": "host-os-2014.10" }""")!).Expect(201);
        var clusters = (await http.Post("/fabric/rollouts/preview", JsonNode.Parse("""{ "hostUpdate": "os-120", "regions": ["north"] }""")!).Expect(200))["clusters"]!.AsArray();
        Assert.Equal(["dla 6", "quantum10 62"], clusters.Select(c => $"{c!["staging"]!["network"]} {c["staging"]!["atATime"]}"));
    }

    [Fact, Trait("spec", "R6")]
    public async Task Operations_are_listed_by_how_they_stand()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var nodes = (await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray().Where(n => !(bool)n!["reserved"]!).Take(2).ToList();
        await http.Post($"/fabric/nodes/{nodes[0]!["name"]}/repair").Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(30));
        await http.Post($"/fabric/nodes/{nodes[1]!["name"]}/provision").Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(1));

        async Task<string[]> Kinds(string query) =>
            [.. (await http.GetAsync("/fabric/operations" + query).Expect(200))["value"]!.AsArray().Select(o => $"{o!["kind"]} {o["status"]}").Order()];
        Assert.Equal(["provisionNode running", "repairNode succeeded"], await Kinds(""));
        Assert.Equal(["provisionNode running"], await Kinds("?status=running"));
        Assert.Equal(["repairNode succeeded"], await Kinds("?status=succeeded"));
        Assert.Empty(await Kinds("?status=succeeded&kind=provisionNode"));
        Assert.Empty(await Kinds("?status=failed"));
        var problem = await http.GetAsync("/fabric/operations?status=done").ExpectProblem(400, "invalidRequest");
        Assert.Equal("status", Assert.Single(problem["errors"]!.AsObject()).Key);
    }
}
