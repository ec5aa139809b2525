using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>
/// M2: what the searches come to on drawn towns, and in how many steps. They are chance from a seed, so the same steps lead to the same
/// figures: one that changes says that a search goes another way. That is not wrong by itself; whoever changes it looks whether it has
/// become better (the benches tell it of large towns), and writes the new figures down.
/// </summary>
[Trait("spec", "175-175-156-156-156-7439e7")]
public sealed class SearchFigures
{
    private static string Each(int many, Func<int, object> figure) =>
        string.Join(' ', Enumerable.Range(0, many).Select(seed => string.Create(CultureInfo.InvariantCulture, $"{figure(seed)}")));

    private static int Calls(Func<bool> done, int most = 20_000)
    {
        var calls = 1;
        while (!done() && calls < most)
        {
            calls++;
        }

        return calls;
    }

    private static string Fingerprint(int[] numbers) =>
        Draw.Hash(0, string.Join(' ', numbers), "", 0).ToString("x16", CultureInfo.InvariantCulture)[..6];

    private static int[] Rounds(ConflictGraph graph)
    {
        var rounds = FirstRounds.BySaturation(graph);
        FirstRounds.Tighten(rounds);
        return rounds;
    }

    // Each role has two instances in each of three update domains, strewn over the nodes; some are down for a while.
    internal static MaintenanceInventory Scattered(int seed, int nodes, int most)
    {
        var on = Enumerable.Range(0, nodes).Select(_ => ImmutableArray.CreateBuilder<MaintainedInstance>()).ToArray();
        for (var i = 0; i < nodes * 2; i++)
        {
            var (role, node) = (i / 6, Graphs.Below(seed, "node", nodes, i));
            if (on[node].All(other => other.Group!.Value.Value != $"r{role}"))
            {
                on[node].Add(new(new($"r{role}.{i % 6}"), new GroupId($"r{role}"), i % 3, new(100, 1, 0, 0)));
            }
        }

        return new(
            Hamlet.Now,
            [.. on.Select((instances, n) => new MaintainedNode(new($"n{n:00}"), Duration.FromMinutes(10 + Graphs.Below(seed, "takes", 30, n)), instances.ToImmutable()))],
            seed % 3 == 1 ? [new(new("gone"), new("r1"), 0, null, Hamlet.Now + Duration.FromMinutes(25))] : [],
            most);
    }

    [Theory]
    [InlineData(true, "98 76 73 88 60 103 85 85 109 74 65 76")]
    [InlineData(false, "100 65 93 83 56 78 84 74 78 69 70 68")]
    public void Steps_until_hidden_rounds_are_found(bool learns, string steps) => Assert.Equal(steps, Each(12, seed =>
    {
        var graph = Graphs.WithRounds(seed, 60, 6, 0.5 + (0.02 * (seed % 4)));
        var search = new FewerRounds(graph, [.. Enumerable.Range(0, 60).Select(v => v * v % 7)], 7, new Dice((ulong)seed, "test"), learns);
        return Calls(() => search.GoOn(1));
    }));

    [Theory]
    [InlineData(true, "8f9c4b 162057 24ce0a 62686b")]
    [InlineData(false, "f758f9 b75ea5 0f84e4 933a7f")]
    public void Where_a_search_for_rounds_that_are_not_there_has_gone(bool learns, string where) => Assert.Equal(where, Each(4, seed =>
    {
        var graph = Graphs.Drawn(seed, 50, 0.5);
        var search = new FewerRounds(graph, [.. Enumerable.Range(0, 50).Select(v => v % 7)], 7, new Dice((ulong)seed, "test"), learns);
        search.GoOn(6_000);
        return Fingerprint(search.Rounds);
    }));

    [Fact]
    public void Cliques_at_a_glance_and_after_how_many_branches() => Assert.Equal(
        "8-66-8 14-66-15 21-66-22 27-66-28 9-66-10 18-66-18 23-132-25 28-132-30 10-132-12 19-132-19 28-132-28 36-132-36 13-198-13 "
        + "24-198-24", Each(14, seed =>
    {
        var graph = Graphs.Drawn(seed, 66, 0.5 + (0.02 * seed));
        int[] weight = [.. Enumerable.Range(0, 66).Select(v => 1 + Graphs.Below(seed, "weight", 1 + (seed % 4), v))];
        var cliques = new Cliques(graph, weight, Rounds(graph));
        var first = cliques.Weight;
        return $"{first}-{Calls(() => { cliques.GoOn(1); return cliques.Proven; })}-{(Graphs.IsClique(graph, cliques.Best) ? cliques.Best.Sum(v => weight[v]) : 0)}";
    }));

    [Fact]
    public void Tries_until_it_is_settled_whether_all_go_in_so_few_rounds() => Assert.Equal(
        "4-Impossible-1-16 7-Unknown-20 5-Possible-1 6-Possible-1 6-Possible-1 5-Possible-1 5-Possible-1 "
        + "6-Possible-1 5-Impossible-1-27 7-Possible-1 5-Unknown-20 6-Possible-1 5-Impossible-1-25 7-Unknown-20", Each(14, seed =>
    {
        var graph = Graphs.Drawn(seed, 40, 0.25 + (0.02 * (seed % 5)));
        var fewer = Rounds(graph).Max() + (seed % 2);
        var clique = new Cliques(graph, [.. Enumerable.Repeat(1, 40)], Rounds(graph)).Best;
        var tight = new TightRounds(graph, fewer, clique, [.. Enumerable.Range(0, 40).Select(v => v % 6)]);
        var verdict = Verdict.Unknown;
        var calls = Calls(() => (verdict = tight.Try(25)) != Verdict.Unknown, 20);
        return $"{fewer}-{verdict}-{calls}" + (verdict == Verdict.Impossible ? $"-{tight.Core.Length}" : "");
    }));

    [Fact]
    public void Looks_until_it_is_known_who_must_share_a_round() => Assert.Equal(
        "70-64 70-69 70-70 26--18 70-70 4--35 140-67 4--44 140-0 4--39 140-0 2--36 140-0 2--39", Each(14, seed =>
    {
        var graph = seed % 2 == 0 ? Graphs.WithRounds(seed, 70, 4, 0.16 + (0.012 * seed)) : Graphs.Drawn(seed, 70, 0.12 + (0.01 * seed));
        var shared = new SharedRounds(graph, 4);
        var calls = Calls(() => { shared.GoOn(1); return shared.Done; });
        return $"{calls}-{(shared.Core.Length > 0 ? -shared.Core.Length : shared.Graph().Count)}";
    }));

    [Theory]
    [InlineData(true,
        "1-Possible-5 4-Impossible-10 4-Impossible-29 4-Impossible-19 5-Unknown-5 5-Unknown-5 5-Unknown-5 4-Impossible-26")]
    [InlineData(false,
        "2-Possible-5 1-Impossible-10 1-Impossible-29 1-Impossible-19 5-Unknown-5 5-Unknown-5 5-Unknown-5 1-Impossible-26")]
    public void Calls_until_a_round_fewer_is_found_or_shown_not_to_be_there(bool learns, string calls) => Assert.Equal(calls, Each(8, seed =>
    {
        var graph = seed < 7 ? Graphs.Drawn(seed, 40, 0.2) : Graphs.WithRounds(seed, 70, 4, 0.25);
        var count = Rounds(graph).Max() + 1;
        var search = new OneRoundFewer(graph, Rounds(graph), count, new Dice((ulong)seed, "test"), new SharedRounds(graph, count - 1), learns);
        var verdict = Verdict.Unknown;
        return $"{Calls(() => (verdict = search.GoOn()) != Verdict.Unknown, 5)}-{verdict}-{(verdict == Verdict.Impossible ? search.Core.Length : count)}";
    }));

    [Theory]
    [InlineData(1, 30, 99, "172-150-150-150-150-88d2b8")]
    [InlineData(7, 30, 99, "175-175-156-156-156-7439e7")]
    [InlineData(12, 30, 99, "185-185-185-185-185-3117d1")]
    [InlineData(14, 30, 99, "145-139-139-137-137-64b11a")]
    [InlineData(4, 36, 99, "150-150-150-150-150-cd393c")]
    [InlineData(5, 36, 7, "157-157-157-157-157-762fa7")]
    [InlineData(6, 36, 7, "160-160-160-160-160-2b2c0c")]
    [InlineData(9, 36, 7, "174-169-169-169-169-39ef99")]
    [InlineData(13, 36, 7, "183-181-181-181-181-eeeb38")]
    [InlineData(14, 36, 7, "173-173-173-173-170-896ab9")]
    public void Minutes_of_a_stream_at_first_and_after_some_shakes(int seed, int nodes, int most, string minutes)
    {
        var s = Situation.Of(Scattered(seed, nodes, most), new PlanSettings(), []);
        var search = new FasterStream(s, new Dice((ulong)seed, "test"));
        search.TryRounds(RoundLimit.Apply(s.Graph, Rounds(s.Graph), s.MostAtOnce));
        var figures = $"{search.Time / 60}";
        for (var i = 0; i < 40; i++)
        {
            search.Shake();
            figures += i % 10 == 9 ? $"-{search.Time / 60}" : "";
        }

        Assert.Equal(minutes, $"{figures}-{Fingerprint(search.Order)}");
    }

    [Fact]
    public void Rounds_minutes_and_bounds_of_a_plan_at_first_and_after_some_turns() => Assert.Equal(
        "5-5-0-162-8280s/5-5-0-162-8280s/20 5-5-7-163-8040s/5-5-7-163-8040s/20 5-5-0-158-8220s/5-5-0-158-8220s/20 "
        + "5-5-0-150-5820s/5-5-0-150-5820s/20 6-6-0-168-8054s/6-6-0-168-8054s/20 6-5-0-184-7440s/5-5-0-154-7440s/20 "
        + "5-5-10-170-7860s/5-5-10-170-7860s/20 5-5-19-136-6660s/5-5-19-136-6660s/20 7-7-0-201-10114s/7-7-0-201-10114s/20 "
        + "5-5-14-164-7920s/5-5-14-164-7920s/20 5-5-0-153-7200s/5-5-0-149-7200s/20 5-5-15-157-7800s/5-5-15-157-7800s/20 "
        + "6-6-0-159-9360s/6-6-0-156-9360s/3 6-5-0-177-8340s/5-5-0-177-8340s/20 5-5-0-158-7680s/5-5-0-158-7680s/20 "
        + "6-5-0-173-9360s/6-6-10-173-9360s/20", Each(16, seed =>
    {
        var town = Scattered(seed, 40 + (10 * (seed % 3)), seed % 4 == 0 ? 9 : 99);
        var settings = new PlanSettings { FirstTightSteps = seed % 4 == 3 ? 0 : 20, FirstCliqueBranches = 10, FirstStreamTries = 1 + (seed % 2) };
        var plan = MaintenancePlanner.Plan(town, settings);
        var turns = 20;
        var better = MaintenancePlanner.Improve(plan, () => turns-- > 0, settings);
        return string.Join('/', new[] { plan, better }.Select(p =>
            $"{p.Rounds.Length}-{p.RoundBound.Rounds}-{p.RoundBound.Core.Length}-{p.Takes.TotalMinutes}-{(int)p.TimeBound.Time.TotalSeconds}s")) + $"/{20 - Math.Max(0, turns)}";
    }));
}
