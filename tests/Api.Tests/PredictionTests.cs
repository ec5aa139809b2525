using System.Text.Json.Nodes;
using NodaTime;

namespace Rdfe.Api.Tests;

/// <summary>What operators and tenants see of a node that is about to fail (H4).</summary>
[Trait("spec", "H4")]
public sealed class PredictionTests
{
    [Fact, Trait("spec", "W4")]
    public async Task A_degrading_node_shows_its_signals_with_why_is_emptied_and_its_guests_owners_are_told()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/box", VirtualMachineTests.Machine()).Expect(202);
        await app.AdvanceAsync(Duration.FromMinutes(20));
        var node = (string)(await tenant.Get("/virtualMachines/box").Expect(200))["instanceView"]!["node"]!;
        Assert.Null((await http.GetAsync($"/fabric/nodes/{node}").Expect(200))["prediction"]);

        await http.Put("/fabric/faults/old", JsonNode.Parse($$"""{ "kind": "degrading", "target": { "rack": "north-c1-r1" }, "parameters": { "defect": "rust", "failsAfter": "PT1S" } }""")!)
            .ExpectProblem(400, "invalidFault");
        var fault = await http.Put("/fabric/faults/old", JsonNode.Parse($$"""{ "kind": "degrading", "target": { "node": "{{node}}" }, "parameters": { "failsAfter": "P10D", "defect": "disk" } }""")!).Expect(201);
        Assert.Equal("P10D", (string?)fault["parameters"]!["failsAfter"]);
        JsonNode? seen = null;
        for (var step = 0; step < 20 && seen is null; step++)
        {
            await app.AdvanceAsync(Duration.FromHours(6));
            seen = (await http.GetAsync($"/fabric/nodes/{node}").Expect(200))["prediction"];
        }

        Assert.Equal("reallocatedSectors", (string?)seen!["signals"]![0]!["signal"]);
        Assert.Contains("reallocated disk sectors +", (string?)seen["why"], StringComparison.Ordinal);
        Assert.Equal(0.9, (double)seen["threshold"]!);
        Assert.Equal((double)seen["score"]!, -6.9 + seen["signals"]!.AsArray().Sum(s => (double)s!["adds"]!), 2);

        await app.AdvanceAsync(Duration.FromDays(8));
        var moved = await tenant.Get("/virtualMachines/box").Expect(200);
        Assert.NotEqual(node, (string?)moved["instanceView"]!["node"]);
        var empty = await http.GetAsync($"/fabric/nodes/{node}").Expect(200);
        Assert.Equal("outForRepair", (string?)empty["state"]);
        Assert.Contains("likely to fail", (string?)empty["health"]!["why"], StringComparison.Ordinal);
        var notice = (await tenant.Get("/serviceHealth?kind=predictedFailure").Expect(200))["value"]!.AsArray().Single()!;
        Assert.Equal(("closed", "A server is likely to fail"), ((string?)notice["state"], (string?)notice["title"]));
        Assert.DoesNotContain(node, notice.ToJsonString(), StringComparison.Ordinal);

        await http.DeleteAsync("/fabric/faults/old").Expect(204);
        await http.Post($"/fabric/nodes/{node}/return").Expect(202);
        await app.AdvanceAsync(Duration.FromHours(2));
        var back = await http.GetAsync($"/fabric/nodes/{node}").Expect(200);
        Assert.Equal("ready", (string?)back["state"]);
        Assert.Null(back["prediction"]);
        app.CheckBooks();
    }
}
