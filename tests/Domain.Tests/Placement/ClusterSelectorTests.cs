using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

public class ClusterSelectorTests
{
    private static readonly ClusterAsk Ask = new(new("west"), null, 10_00, 1, ["any"], []);

    private static ClusterLoad Cluster(string id, long vips = 0, long cores = 0) =>
        new(new(id), new("west"), vips, 100, cores * 100, 100_00, true, null, ["any"]);

    private static string Why(ClusterLoad cluster, ClusterAsk ask) => ClusterSelector.Rank([cluster], ask).Candidates[0].Because;

    [Fact, Trait("spec", "R5")]
    public void The_least_loaded_cluster_comes_first_by_the_larger_of_vips_and_cores()
    {
        var choice = ClusterSelector.Rank([Cluster("a", vips: 50), Cluster("b", cores: 30), Cluster("c", vips: 39)], Ask);

        Assert.Equal(["b", "c", "a"], choice.Ranked.Select(c => c.Value));
        Assert.Equal([0.40, 0.40, 0.51], choice.Candidates.Select(c => c.Load));
        Assert.StartsWith("least loaded: 40.0", choice.Candidates[0].Because, StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "R5")]
    public void Load_counts_the_placement_itself() =>
        Assert.Equal(0.10, ClusterSelector.Rank([Cluster("a")], Ask).Candidates[0].CoreLoad);

    [Fact, Trait("spec", "R5")]
    public void Equal_loads_go_by_id() =>
        Assert.Equal(["a", "b"], ClusterSelector.Rank([Cluster("b"), Cluster("a")], Ask).Ranked.Select(c => c.Value));

    [Fact, Trait("spec", "R5")]
    public void Other_regions_are_no_candidates() =>
        Assert.Empty(ClusterSelector.Rank([Cluster("a") with { Region = new("east") }], Ask).Candidates);

    [Fact, Trait("spec", "R5")]
    public void Every_cluster_that_is_out_says_why()
    {
        Assert.Equal("disabled by an operator", Why(Cluster("a") with { Enabled = false }, Ask));
        Assert.Equal("closed: brake", Why(Cluster("a") with { ClosedBecause = "brake" }, Ask));
        Assert.Equal("has no nodes of family gpu", Why(Cluster("a"), Ask with { Families = ["any", "gpu"] }));
        Assert.Equal("full: needs 10 cores, 5 of 100 free", Why(Cluster("a", cores: 95), Ask));
        Assert.Equal("full: needs 1 VIPs, 0 of 100 free", Why(Cluster("a", vips: 100), Ask));
        Assert.StartsWith("tried already", Why(Cluster("a"), Ask with { AlreadyTried = [new("a")] }), StringComparison.Ordinal);
        Assert.StartsWith("not a cluster of", Why(Cluster("a"), Ask with { Only = [new("b")] }), StringComparison.Ordinal);
    }
}
