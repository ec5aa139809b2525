using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M2: rounds with at most so many nodes. A case is who excludes whom, the round of each node, the most, and the rounds that come of it.</summary>
[Trait("spec", "M2")]
public sealed class RoundLimitTests
{
    private static void Becomes(string pairs, int[] rounds, int most, int[] limited) =>
        Assert.Equal(limited, RoundLimit.Apply(Graphs.Of(rounds.Length, pairs), rounds, most));

    [Fact]
    public void Rounds_that_are_as_large_as_may_be_stay_as_they_are()
    {
        int[] rounds = [0, 0, 1, 1];
        Assert.Same(rounds, RoundLimit.Apply(Graphs.Of(4, "0-2"), rounds, 2));
        Assert.Same(rounds, RoundLimit.Apply(Graphs.Of(4, "0-2"), rounds, 3));
    }

    [Fact]
    public void One_too_many_goes_to_the_first_round_with_room() => Becomes("", [0, 0, 0, 1, 1, 2, 3], 2, [2, 0, 0, 1, 1, 2, 3]);

    [Fact]
    public void Whoever_excludes_the_fewest_goes() => Becomes("0-3 1-3", [0, 0, 0, 1], 2, [0, 0, 1, 1]);

    [Fact]
    public void Nobody_goes_to_a_round_that_it_minds_though_it_has_room() => Becomes("0-3 1-3 2-3", [0, 0, 0, 1, 2], 2, [2, 0, 0, 1, 2]);

    [Fact]
    public void Who_finds_no_room_opens_a_round_and_the_next_joins_it() => Becomes("0-4 1-4 2-4 3-4", [0, 0, 0, 0, 1], 2, [2, 2, 0, 0, 1]);

    [Fact]
    public void A_round_that_was_opened_is_filled_no_further_than_the_others() => Becomes("", [0, 0, 0, 0, 0, 0, 0], 2, [1, 1, 2, 2, 3, 0, 0]);

    [Fact]
    public void Who_went_is_minded_where_it_is_now() => Becomes("0-1", [0, 1, 0, 1, 0, 1, 2], 2, [0, 1, 2, 3, 0, 1, 2]);

    [Fact]
    public void What_one_minded_does_not_keep_the_next_from_going_there() => Becomes("0-4 1-5 2-5 3-5", [0, 0, 0, 0, 1, 2], 2, [2, 1, 0, 0, 1, 2]);

    [Fact]
    public void A_full_round_behind_one_that_is_minded_is_passed_over() => Becomes("0-3 1-3 2-3", [0, 0, 0, 1, 2, 2, 3], 2, [3, 0, 0, 1, 2, 2, 3]);

    [Fact]
    public void The_first_round_is_as_good_as_any() => Becomes("", [0, 1, 1, 1], 2, [0, 0, 1, 1]);

    [Fact]
    public void No_round_is_too_large_nobody_minds_and_no_more_go_than_have_to()
    {
        foreach (var (seed, graph) in Graphs.Many(200, 20))
        {
            var rounds = FirstRounds.BySaturation(graph);
            var most = 1 + Graphs.Below(seed, "most", 5);
            var before = rounds.ToArray();
            var limited = RoundLimit.Apply(graph, rounds, most);
            Assert.Equal(before, rounds);
            Assert.True(Graphs.IsProper(graph, limited));
            Assert.All(limited.GroupBy(r => r), r => Assert.InRange(r.Count(), 1, most));
            Assert.Equal(Enumerable.Range(0, limited.Max() + 1), limited.Distinct().Order());
            Assert.Equal(
                rounds.GroupBy(r => r).Sum(r => Math.Max(0, r.Count() - most)),
                Enumerable.Range(0, graph.Count).Count(v => rounds[v] != limited[v]));
        }
    }
}
