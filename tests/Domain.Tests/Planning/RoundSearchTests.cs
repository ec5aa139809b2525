using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M2: rounds. Every search is held against trying all ways on small graphs, and against what is known of large ones.</summary>
[Trait("spec", "M2")]
public sealed class RoundSearchTests
{
    private static int[] Nobody(ConflictGraph graph) => [.. Enumerable.Repeat(-1, graph.Count)];

    private static ConflictGraph All(int count) => Graphs.Drawn(0, count, 2);

    [Fact]
    public void First_rounds_keep_apart_who_excludes_each_other_and_are_numbered_without_gaps()
    {
        foreach (var (seed, graph) in Graphs.Many(50, 90))
        {
            var home = Enumerable.Range(0, graph.Count).Select(v => Graphs.Below(seed, "home", 6, v) - 1).ToArray();
            foreach (var rounds in new[] { FirstRounds.BySaturation(graph), FirstRounds.RoundByRound(graph), FirstRounds.ByUpdateDomain(graph, home) })
            {
                var count = FirstRounds.Tighten(rounds);
                Assert.True(Graphs.IsProper(graph, rounds));
                Assert.Equal(Enumerable.Range(0, count), rounds.Distinct());
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(130)]
    public void Where_all_exclude_each_other_each_has_its_round(int count)
    {
        var graph = All(count);
        foreach (var rounds in new[] { FirstRounds.BySaturation(graph), FirstRounds.RoundByRound(graph), FirstRounds.ByUpdateDomain(graph, new int[count]) })
        {
            Assert.Equal(Enumerable.Range(0, count), rounds.Order());
        }
    }

    [Fact]
    public void Nodes_that_go_in_two_rounds_are_dealt_out_to_two()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var graph = Graphs.WithRounds(seed, 40, 2, 0.1 + (seed * 0.01));
            Assert.InRange(FirstRounds.Tighten(FirstRounds.BySaturation(graph)), 1, 2);
        }
    }

    [Fact]
    public void Well_placed_nodes_go_with_their_update_domain()
    {
        var graph = Graphs.WithRounds(1, 60, 5, 0.5);
        int[] home = [.. Enumerable.Range(0, 60).Select(v => v % 5)];
        Assert.Equal(home, FirstRounds.ByUpdateDomain(graph, home));
    }

    [Fact]
    public void Of_two_of_one_update_domain_index_that_mind_each_other_the_first_keeps_it()
    {
        var graph = Graphs.Of(4, "0-1 1-2 0-3");
        Assert.Equal([2, 0, 2, 0], FirstRounds.ByUpdateDomain(graph, [2, 2, 2, 0]));
        Assert.Equal([0, 1, 2, 3], FirstRounds.ByUpdateDomain(Graphs.Of(4, "0-1 1-2 2-3"), [0, 1, 2, 3]));
        Assert.Equal([100, 3], FirstRounds.ByUpdateDomain(Graphs.Of(2, "0-1"), [100, 3]));
    }

    [Fact]
    public void Next_comes_who_has_neighbours_in_the_most_rounds_then_who_has_the_most_neighbours()
    {
        foreach (var (_, graph) in Graphs.Many(70, 40))
        {
            var (rounds, open) = (Nobody(graph), Enumerable.Range(0, graph.Count).ToList());
            while (open.Count > 0)
            {
                int[] Rounds(int v) => [.. graph.Neighbours(v).ToArray().Select(u => rounds[u]).Where(r => r >= 0).Distinct()];
                var next = open.MaxBy(v => (Rounds(v).Length, graph.Degree(v)));
                rounds[next] = Enumerable.Range(0, 99).First(r => !Rounds(next).Contains(r));
                open[open.IndexOf(next)] = open[^1];
                open.RemoveAt(open.Count - 1);
            }

            Assert.Equal(rounds, FirstRounds.BySaturation(graph));
        }
    }

    [Fact]
    public void Next_into_a_round_comes_who_has_the_most_neighbours_that_can_come_no_more_then_who_costs_it_the_fewest()
    {
        foreach (var (_, graph) in Graphs.Many(70, 40))
        {
            var (rounds, open) = (Nobody(graph), Enumerable.Range(0, graph.Count).ToArray());
            var left = open.Length;
            for (var round = 0; left > 0; round++)
            {
                bool Minds(int v) => graph.Neighbours(v).ToArray().Any(u => rounds[u] == round);
                int Inside(int v) => graph.Neighbours(v).ToArray().Count(u => rounds[u] < 0);
                int Shut(int v) => graph.Neighbours(v).ToArray().Count(u => rounds[u] < 0 && Minds(u));
                var candidates = left;
                for (var next = open[..left].MaxBy(Inside); ; next = open[..candidates].OrderByDescending(Shut).ThenBy(Inside).First())
                {
                    rounds[next] = round;

                    // Who can't come any more changes places with the last candidate: that decides who is first among equals.
                    for (var i = 0; i < candidates;)
                    {
                        if (rounds[open[i]] >= 0 || Minds(open[i]))
                        {
                            candidates--;
                            (open[i], open[candidates]) = (open[candidates], open[i]);
                        }
                        else
                        {
                            i++;
                        }
                    }

                    if (candidates == 0)
                    {
                        break;
                    }
                }

                open = [.. open[..left].Where(v => rounds[v] < 0)];
                left = open.Length;
            }

            Assert.Equal(rounds, FirstRounds.RoundByRound(graph));
        }
    }

    [Fact]
    public void All_ways_being_tried_the_answer_is_right_and_so_is_its_proof()
    {
        foreach (var (seed, graph) in Graphs.Many(150, 11))
        {
            var fewest = Graphs.FewestRounds(graph);
            var home = Enumerable.Range(0, graph.Count).Select(v => Graphs.Below(seed, "home", 5, v) - 1).ToArray();
            for (var k = Math.Max(1, fewest - 2); k <= fewest + 1; k++)
            {
                var clique = new Cliques(graph, [.. home.Select(_ => 1)], FirstRounds.BySaturation(graph)).Best;
                var tight = new TightRounds(graph, k, seed % 2 == 0 ? clique : [], home);
                foreach (var most in new[] { 1, 4, 100_000 })
                {
                    var verdict = tight.Try(most);
                    Assert.True(verdict == (k >= fewest ? Verdict.Possible : Verdict.Impossible) || (verdict == Verdict.Unknown && most < 100_000));
                    if (verdict == Verdict.Possible)
                    {
                        Assert.True(Graphs.IsProper(graph, tight.Rounds));
                        Assert.InRange(tight.Rounds.Max(), 0, k - 1);
                    }
                    else if (verdict == Verdict.Impossible)
                    {
                        Assert.Null(Graphs.Deal(graph, k, tight.Core));
                    }
                }
            }
        }
    }

    [Fact]
    public void A_proof_names_those_who_are_in_each_others_way_and_no_bystanders()
    {
        // A ring of five does not go in two rounds. The star beside it does, and is asked first: it excludes the most.
        var graph = Graphs.Of(11, "0-1 0-2 0-3 0-4 0-5 6-7 7-8 8-9 9-10 6-10");
        var tight = new TightRounds(graph, 2, [], Nobody(graph));
        Assert.Equal(Verdict.Impossible, tight.Try(1_000));
        Assert.Equal([6, 7, 8, 9, 10], tight.Core);
    }

    [Fact]
    public void The_round_that_a_node_likes_is_tried_first()
    {
        var graph = Graphs.Of(6, "0-1 2-3 4-5");
        var tight = new TightRounds(graph, 3, [0, 1], [0, 1, 0, 2, 2, 1]);
        Assert.Equal(Verdict.Possible, tight.Try(10));
        Assert.Equal([0, 1, 0, 2, 2, 1], tight.Rounds);
    }

    [Fact]
    public void As_many_rounds_are_settled_as_a_word_has_places_but_one()
    {
        var graph = All(TightRounds.MostRounds + 1);
        Assert.Equal(Verdict.Impossible, new TightRounds(graph, TightRounds.MostRounds, [], Nobody(graph)).Try(10_000));
        var fits = All(TightRounds.MostRounds);
        Assert.Equal(Verdict.Possible, new TightRounds(fits, TightRounds.MostRounds, [], Nobody(fits)).Try(10_000));
    }

    [Fact]
    public void Large_towns_with_hidden_rounds_are_settled_in_few_steps()
    {
        foreach (var seed in Enumerable.Range(0, 12))
        {
            var graph = Graphs.WithRounds(seed, 80, 4, 0.25);
            var tight = new TightRounds(graph, 4, [], Nobody(graph));
            Assert.Equal(Verdict.Possible, Enumerable.Range(0, 4).Select(_ => tight.Try(2_000)).First(v => v != Verdict.Unknown));
            Assert.True(Graphs.IsProper(graph, tight.Rounds));
        }
    }

    [Fact]
    public void Who_must_share_a_round_changes_nothing_about_what_is_possible()
    {
        foreach (var (seed, graph) in Graphs.Many(250, 12))
        {
            var fewest = Graphs.FewestRounds(graph);
            for (var k = Math.Max(1, fewest - 2); k <= fewest + 1; k++)
            {
                var shared = Settled(graph, k, 1 + (seed % 7));
                if (shared.Core.Length > 0)
                {
                    Assert.Null(Graphs.Deal(graph, k, shared.Core));
                    continue;
                }

                var left = shared.Graph();
                var rounds = Graphs.Deal(left, k);
                Assert.Equal(k >= fewest, rounds is not null);
                Assert.True(Graphs.HeaviestClique(graph, [.. Enumerable.Repeat(1, graph.Count)]) <= k);
                NothingMoreFollows(left, k);
                if (rounds is not null)
                {
                    var all = shared.ForAll(rounds);
                    Assert.True(Graphs.IsProper(graph, all));
                    Assert.InRange(all.Max(), 0, k - 1);
                    Assert.Equal(rounds, shared.Of(all));
                }
            }
        }
    }

    [Fact]
    public void Who_must_share_a_round_is_found_in_larger_graphs_too()
    {
        foreach (var seed in Enumerable.Range(0, 10))
        {
            var graph = Graphs.WithRounds(seed, 75, 3, 0.3);
            var shared = Settled(graph, 3, 200);
            Assert.Empty(shared.Core);
            NothingMoreFollows(shared.Graph(), 3);
            var rounds = Graphs.Deal(shared.Graph(), 3);
            Assert.True(Graphs.IsProper(graph, shared.ForAll(rounds!)));
            Assert.NotEmpty(Settled(All(70), 69, 200).Core);
        }
    }

    private static SharedRounds Settled(ConflictGraph graph, int k, int nodes)
    {
        var shared = new SharedRounds(graph, k);
        Assert.Equal(k, shared.Rounds);
        for (var turn = 0; turn < 2_000 && !shared.Done; turn++)
        {
            shared.GoOn(nodes);
        }

        Assert.True(shared.Done);
        return shared;
    }

    // Each has as many neighbours as there are rounds; none excludes no others than some other does; no two must share a round.
    private static void NothingMoreFollows(ConflictGraph left, int k)
    {
        for (var v = 0; v < left.Count; v++)
        {
            var mine = left.Neighbours(v).ToArray();
            Assert.True(mine.Length >= k);
            for (var u = 0; u < v; u++)
            {
                var theirs = left.Neighbours(u).ToArray();
                if (!left.Exclude(u, v))
                {
                    var weight = new int[left.Count];
                    Array.ForEach([.. mine.Intersect(theirs)], n => weight[n] = 1);
                    Assert.NotEmpty(mine.Except(theirs));
                    Assert.NotEmpty(theirs.Except(mine));
                    Assert.True(Graphs.HeaviestClique(left, weight) < k - 1);
                }
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_round_fewer_is_found_where_it_is_possible_and_nowhere_else(bool learns)
    {
        foreach (var (seed, graph) in Graphs.Many(80, 10))
        {
            var fewest = Graphs.FewestRounds(graph);
            int[] start = [.. Enumerable.Range(0, graph.Count)];
            for (var count = graph.Count; count > 1; count--)
            {
                var search = new FewerRounds(graph, start, count, new Dice((ulong)seed, "test"), learns);
                var found = search.GoOn(400);
                Assert.InRange(search.Rounds.Max(), 0, count - 2);
                Assert.InRange(search.Rounds.Min(), 0, count - 2);
                Assert.Equal(found, Graphs.IsProper(graph, search.Rounds));
                Assert.Equal(count > fewest, found);
                if (!found)
                {
                    break;
                }

                start = search.Rounds;
            }
        }
    }

    [Theory]
    [InlineData(true, 400)]
    [InlineData(false, 400)]
    public void Hidden_rounds_are_found_in_so_many_steps(bool learns, int steps)
    {
        foreach (var seed in Enumerable.Range(0, 10))
        {
            var graph = Graphs.WithRounds(seed, 60, 6, 0.7);
            var start = Enumerable.Range(0, 60).Select(v => v % 7).ToArray();
            Assert.True(new FewerRounds(graph, start, 7, new Dice((ulong)seed, "test"), learns).GoOn(steps), $"seed {seed}");
        }
    }

    [Fact]
    public void The_smallest_round_is_dissolved_and_its_nodes_go_where_they_mind_the_fewest()
    {
        // Round 1 has one node; it minds one of round 0 and two of round 2, which is round 1 from now on.
        var search = new FewerRounds(Graphs.Of(6, "0-2 2-3 2-4"), [0, 0, 1, 2, 2, 0], 3, new Dice(1, "test"), true);
        Assert.False(search.GoOn(0));
        Assert.Equal([0, 0, 0, 1, 1, 0], search.Rounds);
        var free = new FewerRounds(Graphs.Of(6, "0-2"), [0, 0, 1, 2, 2, 0], 3, new Dice(1, "test"), true);
        Assert.True(free.GoOn(0));
        Assert.Equal([0, 0, 1, 1, 1, 0], free.Rounds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_search_that_is_cut_into_pieces_finds_the_same(bool learns)
    {
        var graph = Graphs.Drawn(3, 40, 0.5);
        var start = FirstRounds.BySaturation(graph);
        var count = FirstRounds.Tighten(start);
        var (one, other) = (new FewerRounds(graph, start, count, new Dice(1, "test"), learns), new FewerRounds(graph, start, count, new Dice(1, "test"), learns));
        one.GoOn(300);
        for (var i = 0; i < 30; i++)
        {
            other.GoOn(10);
        }

        Assert.Equal(one.Rounds, other.Rounds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_round_fewer_comes_with_its_rounds_or_with_its_proof(bool learns)
    {
        foreach (var (seed, graph) in Graphs.Many(40, 10))
        {
            var fewest = Graphs.FewestRounds(graph);
            var count = fewest + (seed % 2);
            var start = Graphs.Deal(graph, count)!;
            if (count < 2 || start.Distinct().Count() < count)
            {
                continue;
            }

            var search = new OneRoundFewer(graph, start, count, new Dice((ulong)seed, "test"), new SharedRounds(graph, count - 1), learns);
            var verdict = Verdict.Unknown;
            for (var turn = 0; turn < 7 && verdict == Verdict.Unknown; turn++)
            {
                verdict = search.GoOn();
            }

            Assert.Equal(count, search.Count);
            if (count > fewest)
            {
                Assert.Equal(Verdict.Possible, verdict);
                Assert.True(Graphs.IsProper(graph, search.Rounds));
                Assert.InRange(search.Rounds.Max(), 0, count - 2);
            }
            else if (verdict == Verdict.Impossible)
            {
                Assert.Null(Graphs.Deal(graph, count - 1, search.Core));
            }
            else
            {
                Assert.Equal(Verdict.Unknown, verdict);
            }
        }
    }
}
