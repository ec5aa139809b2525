using System.Diagnostics;
using System.Text.Json.Nodes;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Topology;

public sealed class ShippedTopologiesTests
{
    [Fact, Trait("spec", "F1")]
    public void The_default_has_two_geos_of_paired_regions_and_8000_nodes()
    {
        var topology = Shipped.Topology("default.json");

        Assert.Equal(["us", "europe"], topology.Geos.Select(g => g.Id.Value));
        Assert.All(topology.Geos, g => Assert.Equal(2, g.Regions.Length));
        Assert.All(topology.Regions, r => Assert.Equal(r.Id, topology.Find(r.Pair)!.Pair));
        Assert.All(topology.Regions, r => Assert.Equal(2, r.Clusters.Length));
        Assert.All(topology.Clusters, c => Assert.Equal(20, c.Racks.Length));
        Assert.All(topology.Racks, r => Assert.Equal(50, r.Nodes.Length));
        Assert.Equal(8_000, topology.Nodes.Length);
        Assert.Equal(8 * 5, topology.Nodes.Count(n => n.FcReserved));
        Assert.All(topology.Clusters, c => Assert.Equal(["D", "E", "F", "H", "M", "N", "general"], c.Families));
    }

    [Fact, Trait("spec", "F3")]
    public void In_the_default_one_rack_is_provisioned_before_ones_eyes()
    {
        var notReady = Shipped.Topology("default.json").Nodes.Where(n => n.InitialState != NodeState.Ready).ToList();

        Assert.Equal(50, notReady.Count);
        Assert.All(notReady, n => Assert.Equal((new RackId("us-north-c1-r06"), NodeState.PoweredOff), (n.Rack, n.InitialState)));
    }

    [Fact, Trait("spec", "F1")]
    public void Every_family_is_in_two_fault_domains_of_each_default_cluster() =>
        Assert.All(Shipped.Topology("default.json").Clusters, cluster => Assert.All(cluster.Families, family =>
            Assert.True(cluster.Nodes.Where(n => n.Family == family).Select(n => n.FaultDomain).Distinct().Count() >= 2)));

    [Fact, Trait("spec", "F1")]
    public void The_small_one_has_the_same_families_in_clusters_of_four_racks_of_six_nodes()
    {
        var topology = Shipped.Topology("small.json");

        Assert.Single(topology.Geos);
        Assert.Equal(2, topology.Regions.Length);
        Assert.All(topology.Regions, r => Assert.Equal(2, r.Clusters.Length));
        Assert.All(topology.Clusters, c => Assert.Equal([6, 6, 6, 6], c.Racks.Select(r => r.Nodes.Length)));
        Assert.All(topology.Clusters, c => Assert.Equal(Shipped.Topology("default.json").Clusters[0].Families, c.Families));
        Assert.All(topology.Nodes, n => Assert.Equal(NodeState.Ready, n.InitialState));
    }

    [Fact, Trait("spec", "F1")]
    public void The_one_for_traces_has_more_than_800_nodes_of_52_cores_and_576_GiB_for_instances()
    {
        var cluster = Shipped.Topology("trace.json").Clusters[0];
        var free = cluster.Nodes.Where(n => !n.FcReserved).ToList();

        Assert.Equal(815, free.Count);
        Assert.All(free, n => Assert.Equal((5_200L, 576 * 1024L, "trace"), (n.Total.Cores, n.Total.MemoryMib, n.Family)));
        Assert.True(cluster.DipPool.Usable > 200_000);
    }

    [Fact, Trait("spec", "F1")]
    public void Reading_8000_nodes_takes_a_blink()
    {
        var text = Shipped.Text("default.json");
        TopologyDocument.Read(text); // the first reading compiles the code

        var fastest = Enumerable.Range(0, 5).Min(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            Assert.False(TopologyDocument.Read(text).Refused);
            return Stopwatch.GetElapsedTime(start);
        });

        Assert.True(fastest < TimeSpan.FromMilliseconds(200), $"It took {fastest.TotalMilliseconds} ms.");
    }

    [Theory, Trait("spec", "F1")]
    [InlineData("default.json")]
    [InlineData("small.json")]
    [InlineData("trace.json")]
    public void A_shipped_topology_reads_back_from_its_canonical_text(string name)
    {
        var topology = Shipped.Topology(name);

        Assert.Equal(topology.Canonical(), TopologyDocument.Read(topology.Canonical()).Value.Canonical());
        Assert.True(FabricTopology.Diff(topology, TopologyDocument.Read(topology.Canonical()).Value).IsEmpty);
    }

    [Fact, Trait("spec", "F1")]
    public void The_schema_knows_the_members_that_the_reader_knows()
    {
        var definitions = JsonNode.Parse(Shipped.Text("topology.schema.json"))!["$defs"]!.AsObject();
        var inSchema = definitions
            .Where(d => d.Value!["properties"] is not null)
            .ToDictionary(d => d.Key, d => string.Join(" ", d.Value!["properties"]!.AsObject().Select(p => p.Key)));
        var inReader = typeof(TopologyMembers).GetProperties().ToDictionary(
            p => $"{char.ToLowerInvariant(p.Name[0])}{p.Name[1..]}",
            p => string.Join(" ", (IEnumerable<string>)p.GetValue(null)!));

        Assert.Equal(inReader.OrderBy(p => p.Key), inSchema.OrderBy(p => p.Key));
        Assert.All(inSchema.Keys, d => Assert.False((bool)definitions[d]!["additionalProperties"]!));
        Assert.All(definitions, d => Assert.NotNull(d.Value!["description"]));
    }

    [Fact, Trait("spec", "F1")]
    public void What_the_schema_requires_the_reader_misses()
    {
        var definitions = JsonNode.Parse(Shipped.Text("topology.schema.json"))!["$defs"]!;
        var cluster = "geos[0].regions[0].clusters[0]";
        var places = new Dictionary<string, string>
        {
            ["document"] = "",
            ["hardware"] = "hardware[1].",
            ["geo"] = "geos[0].",
            ["region"] = "geos[0].regions[0].",
            ["cluster"] = cluster + ".",
            ["fabricController"] = cluster + ".fabricController.",
            ["rack"] = cluster + ".racks[0].",
            ["nodeGroup"] = cluster + ".racks[1].nodes[0].",
        };

        foreach (var (definition, place) in places)
        {
            foreach (var required in definitions[definition]!["required"]!.AsArray().Select(r => place + (string)r!))
            {
                var errors = TopologyDocument.Read(Village.Json.With(required, null)).Refusal.Lines();
                Assert.Contains($"$.{required}: Missing.", errors.Split('\n'));
            }
        }
    }

    [Fact, Trait("spec", "F1")]
    public void The_example_of_the_notation_is_a_topology()
    {
        var page = Shipped.Text("README.md");
        var start = page.IndexOf("```json", StringComparison.Ordinal) + "```json".Length;
        var example = page[start..page.IndexOf("```", start, StringComparison.Ordinal)];

        Assert.Equal("", TopologyDocument.Read(example).Refusal.Lines());
    }
}
