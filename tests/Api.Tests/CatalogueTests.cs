using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests;

public sealed class CatalogueTests
{
    [Fact, Trait("spec", "D4")]
    public async Task A_size_is_made_replaced_and_found_whatever_its_case()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var size = JsonNode.Parse("""{ "family": "general", "cores": 0.25, "memoryMib": 512, "localDiskGib": 10, "networkMbps": 5 }""")!;
        var made = await http.Put("/fabric/sizes/Tiny", size).Expect(201);
        Assert.Equal(0.25m, (decimal)made["cores"]!);
        var again = await http.Put("/fabric/sizes/tiny", made).Expect(200);
        Assert.Equal(("Tiny", (string?)made["etag"]), ((string?)again["name"], (string?)again["etag"]));
        Assert.Equal("Tiny", (string?)(await http.GetAsync("/fabric/sizes/TINY").Expect(200))["name"]);
        var listed = (await http.GetAsync("/fabric/sizes?top=1000").Expect(200))["value"]!.AsArray();
        Assert.Single(listed, s => string.Equals((string?)s!["name"], "tiny", StringComparison.OrdinalIgnoreCase));
        await http.Put("/fabric/sizes/Tiny", size, ifMatch: "old").ExpectProblem(412, "preconditionFailed");
    }

    [Fact, Trait("spec", "D4")]
    public async Task Wrong_sizes_are_refused_with_all_their_errors()
    {
        using var app = new RdfeApp();
        var problem = await app.Operator.Put("/fabric/sizes/Bad", JsonNode.Parse("""{ "family": "general", "cores": 0.001, "what": 1 }""")!)
            .ExpectProblem(400, "invalidSize");
        Assert.True(problem["errors"]!.AsObject().Count >= 4);
        await app.Operator.GetAsync("/fabric/sizes/None").ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "F4")]
    public async Task A_newer_host_os_is_what_nodes_get_from_then_on()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var images = (await http.GetAsync("/fabric/images?top=1000").Expect(200))["value"]!.AsArray();
        Assert.NotEmpty(images);
        await http.Put("/fabric/images/host-new", JsonNode.Parse("""{ "kind": "hostOs", "version": "9999.1", "sizeMib": 4000 }""")!).Expect(201);
        await app.AdvanceAsync(NodaTime.Duration.FromMinutes(1));
        var node = (await http.GetAsync("/fabric/clusters/north-c1/nodes?rack=r4&state=ready").Expect(200))["value"]!.AsArray()
            .First(n => !(bool)n!["reserved"]!)!;
        await http.Post($"/fabric/nodes/{node["name"]}/provision").Expect(202);
        await app.AdvanceAsync(NodaTime.Duration.FromHours(2));
        Assert.Equal("host-new", (string?)(await http.GetAsync($"/fabric/nodes/{node["name"]}").Expect(200))["hostOs"]);
    }

    [Fact, Trait("spec", "F4")]
    public async Task Two_guest_images_of_one_version_are_refused()
    {
        using var app = new RdfeApp();
        var guest = JsonNode.Parse("""{ "kind": "guestOs", "version": "77.1", "family": 7, "sizeMib": 4000 }""")!;
        var both = await Task.WhenAll(
            app.Operator.Put("/fabric/images/guest-a", guest.DeepClone()), app.Operator.Put("/fabric/images/guest-b", guest.DeepClone()));
        Assert.Equal([201, 409], both.Select(b => (int)b.StatusCode).Order());
    }
}
