namespace Rdfe.Api.Tests;

public sealed class PreviewTests
{
    [Fact, Trait("spec", "R5")]
    public async Task A_service_is_placed_on_paper_only()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var asked = new
        {
            region = "north",
            updateDomainCount = 5,
            roles = new[] { new { name = "web", size = "Small", count = 3, endpoints = new[] { new { name = "http", protocol = "tcp", publicPort = 80, localPort = 8080 } } } },
        };
        var one = await http.Post("/fabric/allocations/preview", asked).Expect(200);
        Assert.True((bool)one["placed"]!);
        Assert.Equal(3, one["instances"]!.AsArray().Select(i => (string?)i!["node"]).Distinct().Count());
        Assert.Equal([0, 1, 2], one["instances"]!.AsArray().Select(i => (int)i!["updateDomain"]!));
        Assert.True(one["instances"]!.AsArray().Select(i => (int)i!["faultDomain"]!).Distinct().Count() >= 2);
        var group = one["tries"]![0]!["groups"]![0]!;
        Assert.Equal((int)group["nodes"]!, group["allNodes"]!.AsArray().Count);
        Assert.Equal((int)group["eligible"]!, group["allNodes"]!.AsArray().Count(n => n!["turnedAwayBy"] is null));
        Assert.Equal(2, one["candidates"]!.AsArray().Count);

        var again = await http.Post("/fabric/allocations/preview", asked).Expect(200);
        Assert.Equal(one.ToJsonString(), again.ToJsonString());
        Assert.Equal(0m, (decimal)(await http.GetAsync("/fabric/clusters/north-c1").Expect(200))["load"]!["cores"]!["used"]!);
    }

    [Fact, Trait("spec", "R5")]
    public async Task What_fits_nowhere_falls_through_every_cluster_and_says_what_bound()
    {
        using var app = new RdfeApp();
        var answer = await app.Operator.Post("/fabric/allocations/preview",
            new { region = "north", size = "Small", count = 1000, updateDomainCount = 5, faultDomainCount = 2 }).Expect(200);
        Assert.False((bool)answer["placed"]!);
        Assert.Equal(2, answer["tries"]!.AsArray().Count);
        Assert.All(answer["tries"]!.AsArray(), t => Assert.NotNull(t!["bound"]));
    }

    [Fact, Trait("spec", "P6")]
    public async Task Isolated_machines_take_whole_nodes()
    {
        using var app = new RdfeApp();
        var answer = await app.Operator.Post("/fabric/allocations/preview",
            new { region = "south", size = "Small", count = 4, isolated = true }).Expect(200);
        Assert.Equal(4, answer["instances"]!.AsArray().Select(i => (string?)i!["node"]).Distinct().Count());
    }

    [Fact]
    public async Task Wrong_questions_are_refused_whole()
    {
        using var app = new RdfeApp();
        var problem = await app.Operator.Post("/fabric/allocations/preview",
            new { region = "nowhere", updateDomainCount = 99, roles = new[] { new { name = "a", size = "None", count = 0 } } })
            .ExpectProblem(400, "invalidRequest");
        Assert.True(problem["errors"]!.AsObject().Count >= 4, problem.ToJsonString());
        await app.Operator.Post("/fabric/allocations/preview", new { region = "north" }).ExpectProblem(400, "invalidRequest");
    }
}
