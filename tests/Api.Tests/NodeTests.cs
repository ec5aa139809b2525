using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Tests;

public sealed class NodeTests
{
    [Fact, Trait("spec", "F1")]
    public async Task The_operator_sees_regions_clusters_and_load()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        Assert.Equal(["north", "south"], (await http.GetAsync("/fabric/regions").Expect(200))["value"]!.AsArray().Select(r => (string?)r!["name"]));
        var cluster = await http.GetAsync("/fabric/clusters/NORTH-C1").Expect(200);
        Assert.True((int)cluster["nodes"]!["ready"]! > 0);
        var loads = await http.GetAsync("/fabric/load?top=1").Expect(200);
        Assert.Equal(0, (long)loads["value"]![0]!["vips"]!["used"]!);
        Assert.NotNull(loads["nextLink"]);
        await http.GetAsync("/fabric/clusters/none").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "F3")]
    public async Task Nodes_are_listed_by_rack_and_state_page_by_page()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var all = new List<string>();
        for (var next = "/fabric/clusters/north-c1/nodes?top=5"; next is not null;)
        {
            var page = await http.GetAsync(next).Expect(200);
            all.AddRange(page["value"]!.AsArray().Select(n => (string)n!["name"]!));
            next = (string?)page["nextLink"];
        }

        Assert.Equal(all.Distinct().Order(StringComparer.Ordinal), all);
        var rack = (await http.GetAsync("/fabric/clusters/north-c1/nodes?rack=north-c1-r1").Expect(200))["value"]!.AsArray();
        Assert.All(rack, n => Assert.Equal("north-c1-r1", (string?)n!["rack"]));
        Assert.Empty((await http.GetAsync("/fabric/clusters/north-c1/nodes?state=outForRepair").Expect(200))["value"]!.AsArray());
        await http.GetAsync("/fabric/clusters/north-c1/nodes?state=fine").ExpectProblem(400, "invalidRequest");
    }

    [Fact, Trait("spec", "P5")]
    public async Task A_node_shows_its_goal_state_and_what_is_used()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var name = await FreeNodeAsync(http);
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit => unit.Insert(TopologyTests.Instance(new NodeId(name))));
        var node = await http.GetAsync($"/fabric/nodes/{name}").Expect(200);
        Assert.Equal(1m, (decimal)node["used"]!["cores"]!);
        Assert.Equal("i-held", (string?)node["goalState"]!["instances"]![0]!["id"]);
        Assert.Equal("Web_IN_0", (string?)node["instances"]![0]!["name"]);
        await http.Post($"/fabric/nodes/{name}/provision").ExpectProblem(409, "nodeInUse");
    }

    [Fact, Trait("spec", "F3")]
    public async Task Provisioning_is_an_operation_with_the_machines_steps()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var name = await FreeNodeAsync(http);
        var accepted = await http.Post($"/fabric/nodes/{name}/provision").Expect(202);
        await http.Post($"/fabric/nodes/{name}/provision").ExpectProblem(409, "operationInProgress");
        var path = $"/fabric/operations/{accepted["id"]}";
        Assert.EndsWith(path, (string?)accepted["operation"], StringComparison.Ordinal);

        await app.AdvanceAsync(Duration.FromMinutes(5));
        var middle = await http.GetAsync($"/fabric/nodes/{name}").Expect(200);
        Assert.NotEqual("ready", (string?)middle["state"]);
        Assert.NotNull(middle["deadline"]);

        await app.AdvanceAsync(Duration.FromHours(2));
        var ended = await http.GetAsync(path).Expect(200);
        Assert.Equal("succeeded", (string?)ended["status"]);
        Assert.Equal(8, ended["steps"]!.AsArray().Count);
        Assert.Equal("ready", (string?)(await http.GetAsync($"/fabric/nodes/{name}").Expect(200))["state"]);
        Assert.Single((await http.GetAsync("/fabric/operations?kind=provisionNode").Expect(200))["value"]!.AsArray());
        await http.GetAsync("/fabric/operations/none").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "F3")]
    public async Task Nodes_of_the_controller_and_unknown_ones_are_refused()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var reserved = (await http.GetAsync("/fabric/clusters/north-c1/nodes").Expect(200))["value"]!.AsArray().First(n => (bool)n!["reserved"]!)!;
        await http.Post($"/fabric/nodes/{reserved["name"]}/provision").ExpectProblem(409, "nodeReserved");
        await http.Post("/fabric/nodes/none/provision").ExpectProblem(404, "notFound");
    }

    private static async Task<string> FreeNodeAsync(HttpClient http) =>
        (string)(await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray()
            .First(n => !(bool)n!["reserved"]!)!["name"]!;
}
