using System.Text.Json.Nodes;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Topology;

public sealed class TopologyDocumentTests
{
    private const string C = "$.geos[0].regions[0].clusters[0]";

    [Fact, Trait("spec", "F1")]
    public void A_document_becomes_racks_as_fault_domains_and_nodes_with_stable_ids()
    {
        var topology = TopologyDocument.Read(Village.Json).Value;

        var shown = string.Join("\n", topology.Clusters[0].Nodes.Select(n =>
            $"fd{n.FaultDomain} {n.Id} {n.Family} {n.InitialState}{(n.FcReserved ? " fc" : "")}"));
        Assert.Equal(
            """
            fd0 east-c1-r08-n01 general Ready fc
            fd0 east-c1-r08-n02 general Ready
            fd1 east-c1-r09-n01 general Ready fc
            fd1 east-c1-r09-n02 general Ready
            fd2 east-c1-r10-n01 general Ready
            fd2 east-c1-r10-n02 general Ready
            fd3 east-c1-mixed-n01 general PoweredOff
            fd3 east-c1-mixed-n02 M PoweredOff
            fd3 east-c1-mixed-n03 M PoweredOff
            """,
            shown);
        Assert.Equal(new Resources(6450, 1048576, 0, 0), topology.Find(new NodeId("east-c1-mixed-n02"))!.Total);
        Assert.Equal(new RegionId("west"), topology.FindRegion("EAST")!.Pair);
        Assert.Equal(["M", "general"], topology.Clusters[0].Families);
        Assert.Equal(1, topology.Clusters[1].ControllerReplicas);
    }

    [Theory, Trait("spec", "F1")]
    [InlineData("nodes", "3", "$.nodes: Unknown member; known are $schema, description, hardware, geos.")]
    [InlineData("geos", null, "$.geos: Missing.")]
    [InlineData("geos", "{}", "$.geos: Must be an array, not an object.")]
    [InlineData("geos[0].name", "null", "$.geos[0].name: Must be a string, not null.")]
    [InlineData("geos[0].name", "\"a b\"",
        "$.geos[0].name: Must be 1 to 63 letters, digits, '_', '.' or '-', and start with a letter or a digit.")]
    [InlineData("geos[1]", "7", "$.geos[1]: Must be an object, not a number.")]
    [InlineData("hardware[0].cores", "8.125", "$.hardware[0].cores: Must be a number above 0, at most 10000, to the hundredth.")]
    [InlineData("hardware[0].cores", "\"8\"", "$.hardware[0].cores: Must be a number above 0, at most 10000, to the hundredth.")]
    [InlineData("hardware[0].memoryMib", "0", "$.hardware[0].memoryMib: Must be a whole number from 1 to 1073741824.")]
    [InlineData("hardware[0].memoryMib", "true",
        "$.hardware[0].memoryMib: Must be a whole number from 1 to 1073741824, not a boolean.")]
    [InlineData("hardware[1].name", "\"PLAIN\"",
        "$.geos[0].regions[0].clusters[0].racks[1].nodes[1].hardware: There is no hardware profile 'big' in $.hardware.\n"
        + "$.hardware[1].name: The hardware profile 'PLAIN' is declared already, at $.hardware[0].name.")]
    [InlineData("hardware[1].family", "\"General\"", "$.hardware[1].family: The family 'General' is written 'general' above.")]
    [InlineData("geos[0].regions[0].pair", "\"moon\"",
        "$.geos[0].regions[0].pair: There is no region 'moon'.\n"
        + "$.geos[0].regions[1].pair: The region 'East' is paired with 'moon'; pairing is mutual.")]
    [InlineData("geos[0].regions[0].pair", "\"east\"",
        "$.geos[0].regions[0].pair: A region cannot be its own pair.\n"
        + "$.geos[0].regions[1].pair: The region 'East' is paired with 'east'; pairing is mutual.")]
    [InlineData("geos[0].regions[0].pair", null, "$.geos[0].regions[0].pair: Missing.")]
    [InlineData("geos[0].regions[1]", null,
        "$.geos[0].regions: Must have at least 2.\n$.geos[0].regions[0].pair: There is no region 'West'.")]
    [InlineData("geos[0].regions[1].name", "\"eAsT\"",
        "$.geos[0].regions[0].pair: There is no region 'West'.\n"
        + "$.geos[0].regions[1].name: The region 'eAsT' is declared already, at $.geos[0].regions[0].name.")]
    [InlineData("geos[0].regions[1].clusters[0].name", "\"EAST-C1\"",
        "$.geos[0].regions[1].clusters[0].name: The cluster 'EAST-C1' is declared already, at " + C + ".name.")]
    public void An_error_of_the_document_names_its_path(string path, string? value, string errors) =>
        Assert.Equal(errors, TopologyDocument.Read(Village.Json.With(path, value)).Refusal.Lines());

    [Theory, Trait("spec", "F1")]
    [InlineData("vipPool", "\"65.52.0.0\"", ".vipPool: Must be an IPv4 block such as 10.1.0.0/16.")]
    [InlineData("vipPool", "\"65.52.0.1/28\"", ".vipPool: The block /28 that holds 65.52.0.1 starts at 65.52.0.0.")]
    [InlineData("dipPool", "\"10.1.0.0/31\"", ".dipPool: The prefix length must be from 8 to 30.")]
    [InlineData("dipPool", "\"10.1.0.0/28\"", ".dipPool: 10.1.0.0/28 has 14 addresses; 7 nodes need at least 28.")]
    [InlineData("dipPool", "\"65.0.0.0/8\"", ".dipPool: 65.0.0.0/8 shares addresses with 65.52.0.0/28 at " + C + ".vipPool.\n"
        + "$.geos[0].regions[1].clusters[0].vipPool: 65.52.1.0/28 shares addresses with 65.0.0.0/8 at " + C + ".dipPool.")]
    [InlineData("fabricController", "[]", ".fabricController: Must be an object, not an array.")]
    [InlineData("network", "\"quantum11\"", ".network: Must be one of dla, quantum10.")]
    [InlineData("network", "3", ".network: Must be a string, not a number.")]
    [InlineData("fabricController.replicas", "5", ".fabricController.replicas: Must be a whole number from 1 to 4.")]
    [InlineData("racks", "[]", ".racks: Must have at least 1.")]
    [InlineData("racks[0].nodes", "500", ".racks[0].nodes: Must be a whole number from 1 to 200.")]
    [InlineData("racks[0].nodes", "2.5", ".racks[0].nodes: Must be a whole number from 1 to 200.")]
    [InlineData("racks[0].hardware", null, ".racks[0].hardware: Missing.")]
    [InlineData("racks[0].hardware", "\"gold\"", ".racks[0].hardware: There is no hardware profile 'gold' in $.hardware.")]
    [InlineData("racks[0].state", "\"broken\"", ".racks[0].state: Must be one of ready, provisioning.")]
    [InlineData("racks[0].names", null, ".racks[0].name: Missing.")]
    [InlineData("racks[0].name", "\"r1\"", ".racks[0].names: A rack has either 'name' or 'names'.")]
    [InlineData("racks[0].names", "\"r01\"", ".racks[0].names: Must be a run of names such as r{01..20}.")]
    [InlineData("racks[0].names", "\"r{3..1}\"", ".racks[0].names: The run goes from 3 down to 1; it must count up.")]
    [InlineData("racks[0].names", "\"r{1..999999}\"",
        ".racks[0].names: The run has 999999 names; at most 200 are allowed.")]
    [InlineData("racks[1].name", "\"R09\"", ".racks[1].name: The rack 'R09' is declared already, at " + C + ".racks[0].names.")]
    [InlineData("racks[1].hardware", "\"big\"",
        ".racks[1].hardware: The groups in 'nodes' name their hardware; the rack must not.")]
    [InlineData("racks[1].nodes[0].count", "199", ".racks[1].nodes: The rack has 201 nodes; at most 200 are allowed.")]
    [InlineData("racks[1].nodes[0].weight", "1", ".racks[1].nodes[0].weight: Unknown member; known are count, hardware.")]
    public void An_error_of_a_cluster_names_its_path(string path, string? value, string errors) =>
        Assert.Equal(C + errors, TopologyDocument.Read(Village.Json.With($"{C}.{path}", value)).Refusal.Lines());

    [Fact, Trait("spec", "F1")]
    public void All_errors_come_at_once()
    {
        var broken = Village.Json
            .With("hardware[0].cores", "0")
            .With("geos[0].regions[0].pair", "\"moon\"")
            .With($"{C}.dipPool", "\"10.2.0.0/24\"")
            .With($"{C}.racks[0].nodes", "\"two\"")
            .With($"{C}.racks[1].nodes[1].hardware", "\"gold\"")
            .With("geos[0].regions[1].clusters[0].colour", "\"red\"");

        var refusal = TopologyDocument.Read(broken).Refusal!;

        Assert.Equal(("invalidTopology", RefusalKind.Invalid), (refusal.Code, refusal.Kind));
        Assert.Equal("The topology has 7 errors.", refusal.Detail);
        Assert.Equal(
            """
            $.geos[0].regions[0].clusters[0].racks[0].nodes: Must be a whole number from 1 to 200, not a string.
            $.geos[0].regions[0].clusters[0].racks[1].nodes[1].hardware: There is no hardware profile 'gold' in $.hardware.
            $.geos[0].regions[0].pair: There is no region 'moon'.
            $.geos[0].regions[1].clusters[0].colour: Unknown member; known are name, vipPool, dipPool, network, fabricController, racks.
            $.geos[0].regions[1].clusters[0].dipPool: 10.2.0.0/24 shares addresses with 10.2.0.0/24 at $.geos[0].regions[0].clusters[0].dipPool.
            $.geos[0].regions[1].pair: The region 'East' is paired with 'moon'; pairing is mutual.
            $.hardware[0].cores: Must be a number above 0, at most 10000, to the hundredth.
            """,
            refusal.Lines());
    }

    [Theory, Trait("spec", "F1")]
    [InlineData("", "$: Not JSON: line 1, byte 1.")]
    [InlineData("[]", "$: Must be an object, not an array.")]
    [InlineData("{ \"geos\": [], \"geos\": [], \"hardware\": [] }",
        "$.geos: Must have at least 1.\n$.geos: The member is there more than once.\n$.hardware: Must have at least 1.")]
    [InlineData("{ \"a 'b\": 1, \"geos\": 1, \"hardware\": \"\\ud800\" }",
        "$.geos: Must be an array, not a number.\n$.hardware: Must be an array, not a string.\n"
        + "$['a \\'b']: Unknown member; known are $schema, description, hardware, geos.")]
    public void Text_that_is_no_topology_is_refused_like_any_other(string json, string errors) =>
        Assert.Equal(
            errors.Split('\n').Order(StringComparer.Ordinal),
            TopologyDocument.Read(json).Refusal.Lines().Split('\n').Order(StringComparer.Ordinal));

    [Fact, Trait("spec", "F1")]
    public void Text_that_is_not_Unicode_is_refused()
    {
        Assert.Equal("$: Not JSON: the text is not valid Unicode.", TopologyDocument.Read("{ \"\ud800").Refusal.Lines());
        Assert.Equal(
            "$.geos[0].name: Must be a string, not text that is not valid Unicode.",
            TopologyDocument.Read(Village.Json.Replace("\"Home\"", "\"\\ud800\"", StringComparison.Ordinal)).Refusal.Lines());
        Assert.StartsWith("$['\uFFFD']: Unknown member",
            TopologyDocument.Read("{ \"\\ud800\": 1, \"hardware\": 1, \"geos\": 1 }").Refusal.Lines().Split('\n')[^1],
            StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "F1")]
    public void A_document_that_was_parsed_already_is_read_alike()
    {
        Assert.Equal(TopologyDocument.Read(Village.Json).Value, TopologyDocument.Read(JsonNode.Parse(Village.Json)).Value);
        Assert.Equal("$: Must be an object, not null.", TopologyDocument.Read((JsonNode?)null).Refusal.Lines());
        Assert.Contains(
            "$.geos: The member is there more than once.",
            TopologyDocument.Read(JsonNode.Parse("{ \"geos\": 1, \"geos\": 2 }")).Refusal.Lines().Split('\n'));
    }

    [Fact, Trait("spec", "F1")]
    public void A_pair_may_not_leave_its_geo()
    {
        var other = Village.Json.Replace("east-c1", "e2", StringComparison.Ordinal).Replace("west-c1", "w2", StringComparison.Ordinal)
            .Replace("East", "North", StringComparison.Ordinal).Replace("West", "South", StringComparison.Ordinal)
            .Replace("Home", "Away", StringComparison.Ordinal)
            .Replace("10.", "11.", StringComparison.Ordinal).Replace("65.", "66.", StringComparison.Ordinal);
        var geo = JsonNode.Parse(other)!["geos"]![0]!.ToJsonString();
        var two = Village.Json.With("geos[1]", geo);
        Assert.False(TopologyDocument.Read(two).Refused);

        var crossed = two.With("geos[0].regions[0].pair", "\"North\"").With("geos[1].regions[0].pair", "\"East\"");
        Assert.Equal(
            """
            $.geos[0].regions[0].pair: The region 'North' is in another geo.
            $.geos[0].regions[1].pair: The region 'East' is paired with 'North'; pairing is mutual.
            $.geos[1].regions[0].pair: The region 'East' is in another geo.
            $.geos[1].regions[1].pair: The region 'North' is paired with 'East'; pairing is mutual.
            """,
            TopologyDocument.Read(crossed).Refusal.Lines());
    }

    [Fact, Trait("spec", "F1")]
    public void Two_racks_of_two_clusters_cannot_share_an_id()
    {
        var twins = Village.Json.With($"{C}.racks[1].name", "\"c-d\"")
            .With("geos[0].regions[1].clusters[0].name", "\"EAST-C1-c\"")
            .With("geos[0].regions[1].clusters[0].racks[0].name", "\"d\"");

        Assert.Equal(
            $"$.geos[0].regions[1].clusters[0].racks[0]: The rack's id would be 'east-c1-c-d', as that of {C}.racks[1].",
            TopologyDocument.Read(twins).Refusal.Lines());
    }

    [Fact, Trait("spec", "F1")]
    public void The_limits_on_nodes_are_arguments()
    {
        var limits = new TopologyLimits { NodesPerCluster = 8, Nodes = 11, RacksPerCluster = 3 };

        Assert.Equal(
            $"""
            $.geos: The topology has 12 nodes; at most 11 are allowed.
            {C}.racks: The cluster has 9 nodes; at most 8 are allowed.
            {C}.racks: The cluster has more than 3 racks.
            """.Split('\n').Order(StringComparer.Ordinal),
            TopologyDocument.Read(Village.Json, limits).Refusal.Lines().Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact, Trait("spec", "F1")]
    public void A_cluster_whose_nodes_all_belong_to_the_fabric_controller_is_refused() =>
        Assert.Equal(
            "$.geos[0].regions[1].clusters[0].racks: The fabric controller takes every node; none is left for instances.",
            TopologyDocument.Read(Village.Json.With("geos[0].regions[1].clusters[0].racks[0].nodes", "1")).Refusal.Lines());

    [Fact, Trait("spec", "F1")]
    public void The_canonical_text_is_the_same_for_every_way_of_writing_the_same_thing()
    {
        var topology = TopologyDocument.Read(Village.Json).Value;
        var again = TopologyDocument.Read(topology.Canonical()).Value;
        var turned = TopologyDocument.Read(Village.Json
            .With("hardware", JsonNode.Parse(Village.Json)!["hardware"]!.AsArray().Reverse().ToList() is var h
                ? $"[{string.Join(",", h.Select(x => x!.ToJsonString()))}]" : null)
            .With("geos[0].name", "\"HOME\"")).Value;

        Assert.Equal(topology.Canonical(), again.Canonical());
        Assert.Equal(topology, turned);
        Assert.Equal(topology.ContentHash(), turned.ContentHash());
        Assert.Matches("^[0-9a-f]{64}$", topology.ContentHash());
        Assert.NotEqual(topology, TopologyDocument.Read(Village.Json.With($"{C}.racks[0].nodes", "3")).Value);
    }
}
