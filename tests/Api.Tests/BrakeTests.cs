using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Domain;
using Rdfe.Domain.Health;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Tests;

/// <summary>The slice is OverrideBrakes.</summary>
[Trait("spec", "L2")]
public sealed class BrakeTests
{
    [Fact]
    public async Task A_cluster_whose_brake_holds_is_out_of_selection_after_a_restart_too()
    {
        var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var cluster = await BrakeAsync(app, tenant);
        var view = await app.Operator.GetAsync("/fabric/clusters/" + cluster).Expect(200);
        Assert.Equal((true, 3, 3), ((bool?)view["brakes"]!["braked"], (int?)view["brakes"]!["threshold"], (int?)view["brakes"]!["humanInvestigate"]));
        Assert.NotNull(view["brakes"]!["since"]);
        Assert.StartsWith("braked", (string?)view["load"]!["closedBecause"], StringComparison.Ordinal);
        await tenant.Put("/services/late", new { region = "north" }).Expect(201);
        await tenant.Put("/services/late/deployments/production", new { package = "hello-web", configuration = Samples.Configuration("hello-web") }).Expect(202);
        await app.Advance(20);
        var late = await tenant.Get("/services/late/deployments/production").Expect(200);
        Assert.NotEqual(cluster, (string?)late["cluster"]);
        Assert.Contains(late["allocation"]!["candidates"]!.AsArray(), c => ((string?)c!["why"])?.Contains("braked", StringComparison.Ordinal) == true);

        // What a new process knows is what the store says.
        var known = app.Services.GetRequiredService<FabricCatalogue>();
        await using (var db = await app.Services.GetRequiredService<Microsoft.EntityFrameworkCore.IDbContextFactory<RdfeDbContext>>().CreateDbContextAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(known.Braked, FabricStartup.Stored(db)!.Braked);
            Assert.Equal([new ClusterId(cluster)], known.Braked.Keys);
        }

        app.Dispose();
    }

    [Fact, Trait("spec", "L4")]
    public async Task An_operator_says_go_on_with_a_reason_for_a_while_and_it_is_recorded()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var cluster = await BrakeAsync(app, tenant);
        var path = $"/fabric/clusters/{cluster}/override";
        var waiting = (await tenant.Get("/services/doomed/deployments/production").Expect(200))["instances"]!.AsArray();
        Assert.Contains(waiting, i => i!["blockers"]!.AsArray().Any(b => (string?)b!["code"] == "brake" && (string?)b["resource"] == cluster));
        Assert.Contains(waiting, i => (string?)i!["status"] == "waitingForNode");
        await app.Operator.Post("/fabric/clusters/none/override", new { reason = "x" }).ExpectProblem(404, "notFound");
        await app.Operator.Post(path, new { reason = " " }).ExpectProblem(400, "invalidRequest");
        await app.Operator.Post(path, new { reason = "x", duration = "P2D" }).ExpectProblem(400, "invalidRequest");
        await tenant.Http.DeleteAsync("/fabric/clusters/none/override").ExpectProblem(404, "notFound");
        await (await tenant.As("owner")).Http.PostAsync(path, RdfeApp.Json(new { reason = "x" })).ExpectProblem(403, "forbidden");

        var order = await app.Operator.Post($"/fabric/clusters/{cluster}/override", new { reason = "the fix is out" }).Expect(200);
        Assert.Equal(TimeSpan.FromHours(1), DateTimeOffset.Parse((string)order["until"]!, null) - DateTimeOffset.Parse((string)order["at"]!, null));
        await app.Operator.DeleteAsync("/fabric/faults/never").Expect(204);
        await app.Advance(30);
        var view = await app.Operator.GetAsync("/fabric/clusters/" + cluster).Expect(200);
        Assert.Equal("the fix is out", (string?)view["brakes"]!["override"]!["reason"]);
        var healed = (await tenant.Get("/services/doomed/deployments/production").Expect(200))["instances"]!.AsArray();
        Assert.Contains(healed, i => (string?)i!["status"] == "ready" && (bool?)i["lastMove"]?["temporaryDiskLost"] == true);
        await app.Operator.DeleteAsync($"/fabric/clusters/{cluster}/override").Expect(204);
        await app.Advance(1);
        Assert.Null((await app.Operator.GetAsync("/fabric/clusters/" + cluster).Expect(200))["brakes"]!["override"]);
        // Three nodes are still in Human Investigate: the brake itself is nobody's to take off but theirs who look at them.
        Assert.True((bool?)(await app.Operator.GetAsync("/fabric/clusters/" + cluster).Expect(200))["brakes"]!["braked"]);
    }

    [Fact]
    public void Blindness_closes_a_cluster_as_well()
    {
        Assert.Null(FabricCatalogue.WhyBraked(ClusterHealth.Fine));
        Assert.Contains("silent", FabricCatalogue.WhyBraked(ClusterHealth.Fine with { BlindSince = default(NodaTime.Instant), SilentNodes = 9 }));
    }

    // L1: three instances whose agents never connect take three nodes with them, which is where a small cluster's brake is.
    private static async Task<string> BrakeAsync(RdfeApp app, Tenant tenant)
    {
        await app.Operator.Put("/fabric/faults/never", JsonNode.Parse("""{ "kind": "guestAgentNeverConnects", "target": { "cluster": "north-c1" } }""")!).Expect(201);
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        await tenant.Put("/services/doomed", new { region = "north" }).Expect(201);
        await tenant.Put("/services/doomed/deployments/production", new { package = "hello-web", configuration = Samples.Configuration("hello-web") }).Expect(202);
        await app.Advance(100);
        Assert.Equal("north-c1", (string?)(await tenant.Get("/services/doomed/deployments/production").Expect(200))["cluster"]);
        return "north-c1";
    }
}
