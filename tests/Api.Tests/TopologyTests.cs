using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Tests;

public sealed class TopologyTests
{
    [Fact, Trait("spec", "F1")]
    public async Task What_is_read_can_be_put_back_and_changes_nothing()
    {
        using var app = new RdfeApp();
        var topology = await app.Operator.GetAsync("/fabric/topology").Expect(200);
        var again = await app.Operator.Put("/fabric/topology", topology).Expect(200);
        Assert.Equal((string?)topology["etag"], (string?)again["etag"]);
    }

    [Fact, Trait("spec", "F1")]
    public async Task Only_the_operator_may_read_it()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        Assert.Equal(401, (int)(await app.ClientWith(null).GetAsync("/fabric/topology")).StatusCode);
        Assert.NotNull(tenant);
    }

    [Fact, Trait("spec", "F1")]
    public async Task Every_error_of_a_document_is_named_at_its_place()
    {
        using var app = new RdfeApp();
        var topology = await app.Operator.GetAsync("/fabric/topology").Expect(200);
        topology["hardware"]![0]!["cores"] = -1;
        topology["wrong"] = 1;
        var problem = await app.Operator.Put("/fabric/topology", topology).ExpectProblem(400, "invalidTopology");
        Assert.NotNull(problem["errors"]!["$.wrong"]);
        Assert.NotNull(problem["errors"]!["$.hardware[0].cores"]);
    }

    [Fact, Trait("spec", "F1")]
    public async Task Racks_and_clusters_come_and_their_nodes_are_provisioned_or_ready()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var topology = await http.GetAsync("/fabric/topology").Expect(200);
        var before = await http.GetAsync("/fabric/clusters/north-c1").Expect(200);
        topology.Racks(0, 0).Add(JsonNode.Parse("""{ "name": "new", "nodes": 3, "hardware": "general-16" }"""));
        var clusters = topology["geos"]![0]!["regions"]![0]!["clusters"]!.AsArray();
        var added = clusters[1]!.DeepClone();
        (added["name"], added["vipPool"], added["dipPool"]) = ("north-c9", "65.52.9.0/26", "10.9.0.0/20");
        clusters.Add(added);

        await http.Put("/fabric/topology", topology).Expect(200);
        await app.AdvanceAsync(Duration.FromHours(2));

        var after = await http.GetAsync("/fabric/clusters/north-c1").Expect(200);
        Assert.Equal((int)before["nodes"]!["ready"]! + 3, (int)after["nodes"]!["ready"]!);
        Assert.True((decimal)after["load"]!["cores"]!["allocatable"]! > (decimal)before["load"]!["cores"]!["allocatable"]!);
        Assert.True((int)(await http.GetAsync("/fabric/clusters/north-c9").Expect(200))["nodes"]!["ready"]! > 0);
        Assert.Equal(3, (await http.GetAsync("/fabric/clusters/north-c1/nodes?rack=new").Expect(200))["value"]!.AsArray().Count);
    }

    [Fact, Trait("spec", "F1")]
    public async Task What_hosts_instances_stays_and_is_named()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var topology = await http.GetAsync("/fabric/topology").Expect(200);
        var node = new NodeId((string)(await http.GetAsync("/fabric/clusters/north-c1/nodes?rack=r4").Expect(200))["value"]![0]!["name"]!);
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit => unit.Insert(Instance(node)));
        topology.Racks(0, 0).RemoveAt(3);

        var problem = await http.Put("/fabric/topology", topology).ExpectProblem(409, "topologyInUse");

        Assert.Contains("i-held", (string?)problem["errors"]![$"nodes.{node}"]![0], StringComparison.Ordinal);
        Assert.Single(problem["errors"]!.AsObject());
    }

    [Fact, Trait("spec", "F1")]
    public async Task An_empty_cluster_goes_with_its_actor_and_may_come_back()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var topology = await http.GetAsync("/fabric/topology").Expect(200);
        var less = topology.DeepClone();
        less["geos"]![0]!["regions"]![0]!["clusters"]!.AsArray().RemoveAt(1);

        await http.Put("/fabric/topology", less).Expect(200);
        await app.AdvanceAsync(Duration.FromMinutes(1));
        await http.GetAsync("/fabric/clusters/north-c2").ExpectProblem(404, "notFound");
        var gone = await app.Services.GetRequiredService<FabricEngine>().Ask(new ClusterId("north-c2"), s => s.Nodes.Count);
        Assert.Equal("clusterStopped", gone.Refusal?.Code);

        await http.Put("/fabric/topology", topology).Expect(200);
        await app.AdvanceAsync(Duration.FromHours(2));
        var back = await app.Services.GetRequiredService<FabricEngine>().Ask(new ClusterId("north-c2"), s => s.Nodes.Count);
        Assert.True(back.Value > 0);
    }

    [Fact, Trait("spec", "F1")]
    public async Task Of_two_changes_with_the_same_etag_one_wins()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var topology = await http.GetAsync("/fabric/topology").Expect(200);
        var etag = (string)topology["etag"]!;
        var puts = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
        {
            var mine = topology.DeepClone();
            mine["description"] = $"by {i}";
            return http.Put("/fabric/topology", mine, ifMatch: etag);
        }));
        Assert.Equal([200, 412, 412, 412], puts.Select(p => (int)p.StatusCode).Order());
    }

    [Fact, Trait("spec", "F1")]
    public async Task A_document_over_the_limit_is_refused()
    {
        using var app = RdfeApp.With(("Rdfe:Limits:MaxTopologyBytes", "2000"));
        var topology = await app.Operator.GetAsync("/fabric/topology").Expect(200);
        await app.Operator.Put("/fabric/topology", topology).ExpectProblem(413, "bodyTooLarge");
    }

    internal static FabricInstance Instance(NodeId node) => new()
    {
        Id = new InstanceId("i-held"),
        Cluster = new ClusterId("north-c1"),
        Kind = InstanceKind.WebRole,
        Owner = "d-1",
        Role = "Web",
        Name = "Web_IN_0",
        Size = "Small",
        Needs = new Resources(100, 100, 0, 0),
        Image = "x",
        Node = node,
        Group = new GroupId("d-1/Web"),
    };
}
