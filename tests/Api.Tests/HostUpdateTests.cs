using System.Text.Json.Nodes;
using NodaTime;

namespace Rdfe.Api.Tests;

[Trait("spec", "M4")]
public sealed class HostUpdateTests : IDisposable
{
    private readonly RdfeApp app = new();

    public void Dispose() => app.Dispose();

    [Fact]
    public async Task An_update_of_hosts_is_made_replaced_and_listed_and_what_was_read_may_be_written()
    {
        var http = app.Operator;
        var body = JsonNode.Parse("""
            { "component": "hostOs", "version": "120.1", "image": "host-os-2014.10", "memoryPreserving": "heavy", "securityCritical": true,
              "requires": [{ "component": "hostAgent", "from": "118" }], "releaseNotes": "faster", "impact": "a pause of half a minute" }
            """)!;
        var made = await http.Put("/fabric/hostUpdates/os-120", body).Expect(201);
        Assert.Equal((true, true, false), ((bool)made["needsHostReboot"]!, (bool)made["liveMigratable"]!, (bool)made["hotPatchable"]!));
        var again = await http.Put("/fabric/hostUpdates/OS-120", made).Expect(200);
        Assert.Equal((string?)made["etag"], (string?)again["etag"]);
        Assert.True(JsonNode.DeepEquals(again, await http.GetAsync("/fabric/hostUpdates/os-120").Expect(200)));
        Assert.Equal("os-120", (string?)(await http.GetAsync("/fabric/hostUpdates").Expect(200))["value"]![0]!["name"]);
        body["version"] = "120.2";
        await http.Put("/fabric/hostUpdates/os-120", body, ifMatch: "old").ExpectProblem(412, "preconditionFailed");
        await http.Put("/fabric/hostUpdates/os-120", body).Expect(200);
        await http.GetAsync("/fabric/hostUpdates/none").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task A_wrong_one_is_refused_with_all_its_errors()
    {
        var problem = await app.Operator.Put("/fabric/hostUpdates/bad", JsonNode.Parse("""
            { "component": "hostOs", "version": "", "image": "debian-12", "hypervisorReplaceable": true, "memoryPreserving": "light", "kernel": 1 }
            """)!).ExpectProblem(400, "invalidHostUpdate");
        Assert.Equal(["$.hypervisorReplaceable", "$.image", "$.kernel", "$.memoryPreserving", "$.version"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
    }

    [Fact, Trait("spec", "W1")]
    public async Task What_a_machine_bears_is_set_changed_and_taken_from_its_set_where_it_says_nothing()
    {
        var tenant = await app.TenantAsync();
        var set = await tenant.Put("/availabilitySets/front", new { region = "north", maintenance = new { maxPause = "PT10S", leadTime = "P7D" } }).Expect(201);
        Assert.Equal("PT10S", (string?)set["maintenance"]!["maxPause"]);
        await tenant.Put("/virtualMachines/a", VirtualMachineTests.Machine(new { availabilitySet = "front", maintenance = new { allowReboot = false, leadTime = "P2D" } })).Expect(202);
        await tenant.Put("/virtualMachines/b", VirtualMachineTests.Machine(new { availabilitySet = "front" })).Expect(202);
        await app.Advance(Duration.FromMinutes(20));

        var a = await tenant.Get("/virtualMachines/a").Expect(200);
        Assert.Equal("""{"allowReboot":false,"leadTime":"P2D"}""", a["maintenance"]!.ToJsonString());
        Assert.Equal("""{"maxPause":"PT10S","allowReboot":false,"leadTime":"P2D"}""", a["instanceView"]!["ceilings"]!.ToJsonString());
        var b = await tenant.Get("/virtualMachines/b").Expect(200);
        Assert.Null(b["maintenance"]);
        Assert.Equal("""{"maxPause":"PT10S","leadTime":"P7D"}""", b["instanceView"]!["ceilings"]!.ToJsonString());

        // The machine's own words are part of its etag, and the guest has to be told nothing of them.
        await tenant.Patch("/virtualMachines/b", new { maintenance = new { maxPause = "PT1S" } }).Expect(202);
        await app.Advance(Duration.FromMinutes(2));
        var patched = await tenant.Get("/virtualMachines/b").Expect(200);
        Assert.NotEqual((string?)b["etag"], (string?)patched["etag"]);
        Assert.Equal("PT1S", (string?)patched["instanceView"]!["ceilings"]!["maxPause"]);
        Assert.Equal((string?)b["instanceView"]!["since"], (string?)patched["instanceView"]!["since"]);
        await tenant.Patch("/virtualMachines/b", new { maintenance = (object?)null }).Expect(202);

        // The set's may change while machines are in it; place and counts may not.
        await tenant.Put("/availabilitySets/front", new { region = "north", maintenance = new { allowRedeploy = false } }).Expect(200);
        await tenant.Put("/availabilitySets/front", new { region = "north", updateDomainCount = 2, maintenance = new { allowRedeploy = false } }).ExpectProblem(409, "inUse");
        await app.Advance(Duration.FromMinutes(2));
        Assert.Equal("""{"allowRedeploy":false}""", (await tenant.Get("/virtualMachines/b").Expect(200))["instanceView"]!["ceilings"]!.ToJsonString());
        Assert.Equal("""{"allowReboot":false,"allowRedeploy":false,"leadTime":"P2D"}""",
            (await tenant.Get("/virtualMachines/a").Expect(200))["instanceView"]!["ceilings"]!.ToJsonString());
        Assert.Equal((string?)a["etag"], (string?)(await tenant.Get("/virtualMachines/a").Expect(200))["etag"]);
        app.CheckBooks();
    }

    [Fact, Trait("spec", "W1")]
    public async Task Ceilings_are_checked_with_everything_else()
    {
        var tenant = await app.TenantAsync();
        var problem = await tenant.Put("/virtualMachines/a", VirtualMachineTests.Machine(new
        {
            size = "none",
            maintenance = new { maxPause = "PT-1S", leadTime = "P60D" },
        })).ExpectProblem(400, "invalidRequest");
        Assert.Equal(["$.maintenance.leadTime", "$.maintenance.maxPause", "$.size"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
        problem = await tenant.Put("/availabilitySets/s", new { region = "north", maintenance = new { maxPause = "soon", leadTime = "P60D" } })
            .ExpectProblem(400, "invalidRequest");
        Assert.Equal(["$.maintenance.leadTime", "$.maintenance.maxPause"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
    }
}
