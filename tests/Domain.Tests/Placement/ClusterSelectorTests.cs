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

    [Fact, Trait("spec", "R5")]
    public void What_is_just_enough_is_enough()
    {
        Assert.Equal(1, ClusterSelector.Rank([Cluster("a", cores: 90)], Ask).Candidates[0].Rank);
        Assert.Equal(1, ClusterSelector.Rank([Cluster("a", vips: 99)], Ask).Candidates[0].Rank);
        Assert.Equal(1, ClusterSelector.Rank([Cluster("a")], Ask with { Only = [new("a")] }).Candidates[0].Rank);
        Assert.Equal("full: needs 10.5 cores, 10 of 100 free", Why(Cluster("a", cores: 90), Ask with { Cores = 10_50 }));
        Assert.Equal("full: needs 2 VIPs, 1 of 100 free", Why(Cluster("a", vips: 99), Ask with { Vips = 2 }));
    }

    [Fact, Trait("spec", "R5")]
    public void Those_that_are_out_come_last_by_id_with_their_figures_and_no_rank()
    {
        var choice = ClusterSelector.Rank(
            [Cluster("d", cores: 95), Cluster("c") with { Enabled = false }, Cluster("b", cores: 50), Cluster("a", cores: 60)], Ask);

        Assert.Equal(["b", "a"], choice.Ranked.Select(c => c.Value));
        Assert.Equal(["b 1 0.6", "a 2 0.7", "c  0.1", "d  1.05"], choice.Candidates.Select(c => FormattableString.Invariant($"{c.Cluster} {c.Rank} {c.Load}")));
        Assert.StartsWith("number 2 by load: 70.0", choice.Candidates[1].Because, StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "R5")]
    public void Nothing_used_of_nothing_is_no_load_and_something_of_nothing_is_a_full_one()
    {
        var bare = Cluster("a") with { VipsAllocatable = 0, CoresAllocatable = 0 };
        ClusterCandidate Of(ClusterAsk ask) => ClusterSelector.Rank([bare], ask).Candidates[0];

        Assert.Equal((0.0, 0.0, 1), (Of(Ask with { Cores = 0, Vips = 0 }).VipLoad, Of(Ask with { Cores = 0, Vips = 0 }).CoreLoad, Of(Ask with { Cores = 0, Vips = 0 }).Rank));
        Assert.Equal((1.0, 0.0, "full: needs 1 VIPs, 0 of 0 free"), (Of(Ask with { Cores = 0 }).VipLoad, Of(Ask with { Cores = 0 }).CoreLoad, Of(Ask with { Cores = 0 }).Because));
    }
}
