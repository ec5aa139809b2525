using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Tests;

public sealed class SafeModeTests
{
    [Fact, Trait("spec", "L3")]
    public async Task Everything_is_read_only_until_it_is_opened_again()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var closed = await PutAsync(http, new { name = "all", reason = "leap day" }).Expect(200);
        Assert.Equal("leap day", (string?)closed["scopes"]![0]!["reason"]);
        await http.Post("/fabric/clock/advance", new { by = "PT1H" }).ExpectProblem(503, "safeMode");
        await http.GetAsync("/fabric/safeMode").Expect(200);
        await PutAsync(http).Expect(200);
        await http.Post("/fabric/clock/advance", new { by = "PT1H" }).Expect(202);
    }

    [Fact, Trait("spec", "L3")]
    public async Task A_closed_cluster_takes_nothing_on_and_goes_on_once_it_is_open()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var node = (string)(await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray()
            .First(n => !(bool)n!["reserved"]!)!["name"]!;
        await PutAsync(http, new { name = "cluster/north-c1", reason = "looking" }).Expect(200);
        await http.Post($"/fabric/nodes/{node}/provision").ExpectProblem(503, "clusterReadOnly");
        Assert.Contains("looking", (string?)(await http.GetAsync("/fabric/clusters/north-c1").Expect(200))["load"]!["closedBecause"], StringComparison.Ordinal);

        // One that was accepted before the cluster closed: it waits in the inbox.
        var clock = app.Services.GetRequiredService<FabricClock>();
        var operation = Operation.Accept(new OperationId("op-waits"), null, OperationKinds.ProvisionNode, $"/fabric/nodes/{node}",
            new ClusterId("north-c1"), Provisioning.StepNamesOfProvisioning, 0, clock.Now);
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit =>
        {
            unit.Insert(operation.ToRow());
            app.Services.GetRequiredService<PlacementDesk>().Post(
                unit, new ClusterId("north-c1"), new FabricRequest.ProvisionNode(new NodeId(node), operation), clock.Now);
        });
        await app.AdvanceAsync(Duration.FromHours(2));
        Assert.Equal("notStarted", (string?)(await http.GetAsync("/fabric/operations/op-waits").Expect(200))["status"]);

        await PutAsync(http).Expect(200);
        await app.AdvanceAsync(Duration.FromHours(2));
        Assert.Equal("succeeded", (string?)(await http.GetAsync("/fabric/operations/op-waits").Expect(200))["status"]);
    }

    [Fact, Trait("spec", "L3")]
    public async Task Unknown_scopes_are_refused()
    {
        using var app = new RdfeApp();
        await PutAsync(app.Operator, new { name = "cluster/none", reason = "" }).ExpectProblem(400, "invalidRequest");
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient http, params object[] scopes) =>
        http.PutAsync("/fabric/safeMode", RdfeApp.Json(new { scopes }));
}
