using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M1, M2: who excludes whom, and the heaviest who all do: held against the definition and against trying all of them.</summary>
[Trait("spec", "M2")]
public sealed class CliquesTests
{
    private static int[] Weights(int seed, int count) => [.. Enumerable.Range(0, count).Select(v => 1 + Graphs.Below(seed, "weight", 1 + (seed % 20), v))];

    [Fact, Trait("spec", "M1")]
    public void Two_nodes_exclude_each_other_when_they_host_two_update_domains_of_one_group()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            // Groups of two and groups that are everywhere; up to four words of nodes.
            var count = 1 + Graphs.Below(seed, "nodes", 200);
            var members = Enumerable.Range(0, 1 + Graphs.Below(seed, "groups", 9))
                .SelectMany(g => Enumerable.Range(0, 1 + Graphs.Below(seed, "size", 4 << (g % 5), g)).Select(i => (
                    Group: g, Domain: i % (1 + Graphs.Below(seed, "domains", 4, g)), Node: Graphs.Below(seed, $"node{g}", count, i))))
                .DistinctBy(m => (m.Group, m.Node)) // A node with two update domains of a group is set aside before.
                .ToList();
            var graph = ConflictGraph.Of(count, [.. members.Select(m => Membership.Of(m.Group, m.Domain, m.Node))]);
            var expected = new HashSet<(int, int)>(
                from a in members
                from b in members
                where a.Group == b.Group && a.Domain != b.Domain && a.Node != b.Node
                select (a.Node, b.Node));
            for (var v = 0; v < count; v++)
            {
                int[] neighbours = [.. Enumerable.Range(0, count).Where(u => expected.Contains((v, u)))];
                Assert.Equal(neighbours, graph.Neighbours(v).ToArray().Where(u => u != v));
                Assert.Equal(neighbours, Enumerable.Range(0, count).Where(u => u != v && graph.Exclude(v, u)));
                Assert.Equal(graph.Neighbours(v).Length, graph.Degree(v));
            }

            Assert.Equal(Enumerable.Range(0, count).Max(graph.Degree), graph.MostDegree);
            Assert.Equal(Enumerable.Range(0, count).Sum(graph.Degree) / 2, graph.Pairs);
        }
    }

    [Fact, Trait("spec", "M1")]
    public void A_membership_holds_its_three_numbers_and_sorts_by_group_then_update_domain()
    {
        var all = new[] { (3, 2, 70_000), (3, 19, 5), (1, 65_535, 1_048_575), (0, 0, 0), (1_000_000, 1, 1) };
        Assert.All(all, m => Assert.Equal(m, (
            (int)Membership.Group(Membership.Of(m.Item1, m.Item2, m.Item3)),
            Membership.UpdateDomain(Membership.Of(m.Item1, m.Item2, m.Item3)),
            Membership.Node(Membership.Of(m.Item1, m.Item2, m.Item3)))));
        Assert.Equal(all.Order(), all.OrderBy(m => Membership.Of(m.Item1, m.Item2, m.Item3)));
    }

    [Fact]
    public void The_heaviest_clique_is_found_and_known_to_be_the_heaviest()
    {
        foreach (var (seed, graph) in Graphs.Many(150, 14).Concat(Enumerable.Range(0, 6).Select(s => (s, Graphs.Drawn(s, 60 + (12 * s), 0.25)))))
        {
            var weight = Weights(seed, graph.Count);
            var cliques = new Cliques(graph, weight, FirstRounds.BySaturation(graph));
            Assert.Equal(cliques.Weight, cliques.Best.Sum(v => (long)weight[v]));
            cliques.GoOn(1_000_000);
            Assert.True(cliques.Proven);
            Assert.True(Graphs.IsClique(graph, cliques.Best));
            Assert.Equal(cliques.Weight, cliques.Best.Sum(v => (long)weight[v]));
            Assert.Equal(Graphs.HeaviestClique(graph, weight), cliques.Weight);
        }
    }

    [Fact]
    public void Step_by_step_it_comes_to_the_same_and_claims_nothing_before()
    {
        foreach (var (seed, graph) in Graphs.Many(60, 16))
        {
            var weight = Weights(seed, graph.Count);
            var most = Graphs.HeaviestClique(graph, weight);
            var cliques = new Cliques(graph, weight, FirstRounds.BySaturation(graph));
            for (var step = 0; !cliques.Proven; step++)
            {
                Assert.True(step < 20_000);
                cliques.GoOn(1 + (seed % 3));
                Assert.True(Graphs.IsClique(graph, cliques.Best));
                Assert.Equal(cliques.Weight, cliques.Best.Sum(v => (long)weight[v]));
                Assert.True(!cliques.Proven || cliques.Weight == most);
            }
        }
    }

    [Fact]
    public void A_hard_root_is_cut_short_and_gets_its_time_when_all_have_had_their_turn()
    {
        // More branches below a root than the 200 that it gets at first.
        var graph = Graphs.Drawn(5, 60, 0.75);
        var weight = Weights(19, graph.Count);
        var cliques = new Cliques(graph, weight, FirstRounds.BySaturation(graph));
        var calls = 0;
        for (; calls < 50 && !cliques.Proven; calls++)
        {
            cliques.GoOn(1_000_000);
        }

        Assert.InRange(calls, 2, 49);
        Assert.True(Graphs.IsClique(graph, cliques.Best));
        var once = new Cliques(graph, weight, [.. Enumerable.Range(0, graph.Count)]);
        for (var i = 0; i < 50 && !once.Proven; i++)
        {
            once.GoOn(10_000_000);
        }

        Assert.Equal(once.Weight, cliques.Weight);
    }

    [Fact]
    public void At_a_glance_always_the_heaviest_that_is_left_is_taken()
    {
        var cliques = new Cliques(Graphs.Of(5, "0-1 0-2 1-2 2-3 3-4"), [1, 1, 1, 2, 2], FirstRounds.BySaturation(Graphs.Of(5, "0-1 0-2 1-2 2-3 3-4")));
        Assert.Equal((4, "3 4"), (cliques.Weight, string.Join(' ', cliques.Best.Order())));
        Assert.False(cliques.Proven);
    }
}
