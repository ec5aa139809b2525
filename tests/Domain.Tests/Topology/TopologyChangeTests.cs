using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Topology;

public sealed class TopologyChangeTests
{
    private const string C = "geos[0].regions[0].clusters[0]";

    [Fact, Trait("spec", "F1")]
    public void A_change_may_add_racks_and_nodes_while_everything_is_in_use()
    {
        var change = Decide(Village.Json.With($"{C}.racks[0].names", "\"r{08..10}\"").With($"{C}.racks[2]", """
            { "name": "new", "nodes": 1, "hardware": "big" }
            """).With($"{C}.racks[0].nodes", "3"), "everywhere");

        Assert.Equal(
            "added east-c1-r08-n03 east-c1-r09-n03 east-c1-r10-n03 east-c1-new-n01; removed ; changed ",
            Shown(change.Value.Diff));
    }

    [Fact, Trait("spec", "F1")]
    public void A_change_may_take_away_and_change_what_is_unused()
    {
        var change = Decide(
            Village.Json.With($"{C}.racks[1]", null).With($"{C}.racks[0].hardware", "\"big\""), "west-c1-r1-n02");

        Assert.Equal(
            "added ; removed east-c1-mixed-n01 east-c1-mixed-n02 east-c1-mixed-n03; "
            + "changed east-c1-r08-n01 east-c1-r08-n02 east-c1-r09-n01 east-c1-r09-n02 east-c1-r10-n01 east-c1-r10-n02",
            Shown(change.Value.Diff));
    }

    [Fact, Trait("spec", "F1")]
    public void What_holds_instances_can_neither_go_nor_change_and_each_is_named()
    {
        var refusal = Decide(
            Village.Json.With($"{C}.racks[1]", null).With($"{C}.racks[0].hardware", "\"big\"")
                .With("geos[0].regions[1].clusters[0].dipPool", "\"10.9.0.0/24\""),
            "east-c1-r10-n02", "east-c1-mixed-n03", "west-c1-r1-n02").Refusal!;

        Assert.Equal(("topologyInUse", RefusalKind.Conflict), (refusal.Code, refusal.Kind));
        Assert.Equal(
            "The change would take away what is in use: "
            + "nodes.east-c1-mixed-n03, nodes.east-c1-r10-n02, clusters.west-c1.",
            refusal.Detail);
        Assert.Equal(
            """
            clusters.west-c1: Cannot be changed (dipPool): it holds a@west-c1-r1-n02, b@west-c1-r1-n02.
            nodes.east-c1-mixed-n03: Cannot be removed: it holds a@east-c1-mixed-n03, b@east-c1-mixed-n03.
            nodes.east-c1-r10-n02: Cannot be changed (hardware): it holds a@east-c1-r10-n02, b@east-c1-r10-n02.
            """,
            refusal.Lines());
    }

    [Fact, Trait("spec", "F1")]
    public void A_node_in_use_cannot_become_one_of_the_fabric_controller() =>
        Assert.Equal(
            "nodes.east-c1-r10-n01: Cannot be changed (controller): it holds a@east-c1-r10-n01, b@east-c1-r10-n01.",
            Decide(Village.Json.With($"{C}.fabricController.replicas", "3"), "east-c1-r10-n01").Refusal.Lines());

    [Fact, Trait("spec", "F1")]
    public void A_rack_in_front_moves_the_fault_domains_of_those_behind() =>
        Assert.Equal(
            "nodes.east-c1-mixed-n02: Cannot be changed (fault domain): it holds a@east-c1-mixed-n02, b@east-c1-mixed-n02.",
            Decide(Village.Json.With($"{C}.racks[0].names", "\"r{08..11}\""), "east-c1-mixed-n02").Refusal.Lines());

    [Fact, Trait("spec", "F1")]
    public void A_pool_may_grow_around_the_addresses_in_use() =>
        Assert.Equal(
            ["dipPool"],
            Assert.Single(Decide(Village.Json.With($"{C}.dipPool", "\"10.1.0.0/16\""), "everywhere").Value.Diff.ChangedClusters)
                .What);

    [Fact, Trait("spec", "F1"), Trait("spec", "F4")]
    public void The_network_of_a_cluster_may_be_another_while_everything_is_in_use_and_is_written_only_where_it_is_the_older_one()
    {
        var change = Decide(Village.Json.With($"{C}.network", "\"dla\""), "everywhere").Value;

        Assert.Equal(["network"], Assert.Single(change.Diff.ChangedClusters).What);
        Assert.Equal((NetworkGeneration.Quantum10, NetworkGeneration.Dla), (change.Before.Clusters[0].Network, change.After.Clusters[0].Network));
        Assert.Equal(NetworkGeneration.Dla, TopologyDocument.Read(change.After.Canonical()).Value.Clusters[0].Network);
        Assert.DoesNotContain("network\":\"", change.Before.Canonical(), StringComparison.Ordinal);
        Assert.Equal(change.Before, TopologyDocument.Read(Village.Json.With($"{C}.network", "\"quantum10\"")).Value);
    }

    [Fact, Trait("spec", "F1")]
    public void A_cluster_without_instances_stays_while_a_name_is_tied_to_it()
    {
        var before = TopologyDocument.Read(Village.Json).Value;
        var after = TopologyDocument.Read(Village.Json.With($"{C}.name", "\"east-c2\"")).Value;

        var refusal = TopologyChange.Decide(before, after, _ => [], c => c.Value == "east-c1" ? ["affinity group web"] : []);

        Assert.Equal("clusters.east-c1: Cannot be removed: it holds affinity group web.", refusal.Refusal.Lines());
    }

    [Fact, Trait("spec", "F3")]
    public void How_a_node_is_first_seen_is_no_change_of_a_node_that_was_seen() =>
        Assert.True(Decide(Village.Json.With($"{C}.racks[1].state", "\"ready\""), "everywhere").Value.Diff.IsEmpty);

    private static Outcome<TopologyChange> Decide(string after, params string[] used) => TopologyChange.Decide(
        TopologyDocument.Read(Village.Json).Value,
        TopologyDocument.Read(after).Value,
        node => used.Contains(node.Value) || used.Contains("everywhere")
            ? [new InstanceId($"b@{node}"), new InstanceId($"a@{node}")]
            : []);

    private static string Shown(TopologyDiff diff) =>
        $"added {string.Join(" ", diff.AddedNodes.Select(n => n.Id))}; "
        + $"removed {string.Join(" ", diff.RemovedNodes.Select(n => n.Id))}; "
        + $"changed {string.Join(" ", diff.ChangedNodes.Select(n => n.Before.Id))}";
}
