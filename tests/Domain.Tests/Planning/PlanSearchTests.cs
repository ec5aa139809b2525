using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M2: what a first plan and its improvement owe to what was known before, and what bounds them.</summary>
[Trait("spec", "M2")]
public sealed class PlanSearchTests
{
    private static readonly PlanSettings NotTried = new() { FirstTightSteps = 0 };

    private static Func<bool> Times(int n) => () => n-- > 0;

    // A town in which just these nodes exclude each other: each pair is a role of two instances.
    private static MaintenanceInventory TownOf(ConflictGraph graph, int most = 999) => new(
        Hamlet.Now,
        [
            .. Enumerable.Range(0, graph.Count).Select(v => new MaintainedNode(
                new($"n{v:000}"), Duration.FromMinutes(10 + (v * 7 % 20)),
                [
                    .. graph.Neighbours(v).ToArray().Select(u => new MaintainedInstance(
                        new($"{Math.Min(u, v)}-{Math.Max(u, v)}.{(v < u ? 0 : 1)}"), new GroupId($"{Math.Min(u, v)}-{Math.Max(u, v)}"), v < u ? 0 : 1)),
                ])),
        ],
        [], most);

    private static string Figures(MaintenancePlan plan) => string.Create(CultureInfo.InvariantCulture,
        $"{plan.Rounds.Length}-{plan.RoundBound.Rounds}-{plan.RoundBound.Clique.Length}-{plan.RoundBound.Core.Length}-{plan.Takes.TotalMinutes}-{plan.TimeBound.CliqueTakes.TotalMinutes}{(plan.TimeBound.Proven ? "!" : "")}");

    [Fact]
    public void What_was_known_of_rounds_is_never_lost()
    {
        var town = TownOf(Graphs.WithRounds(2, 60, 6, 0.35));
        var first = MaintenancePlanner.Plan(town, NotTried);
        var better = MaintenancePlanner.Improve(first, Times(12), NotTried);
        Assert.True(better.Rounds.Length < first.Rounds.Length);
        Assert.Equal(better.Rounds.Length, MaintenancePlanner.Improve(better, Times(0), NotTried).Rounds.Length);
        Assert.Equal(first.Rounds.Length, MaintenancePlanner.Improve(first, Times(0), NotTried).Rounds.Length);
    }

    [Fact]
    public void What_was_known_of_the_order_is_never_lost()
    {
        var town = SearchFigures.Scattered(14, 30, 99);
        var first = MaintenancePlanner.Plan(town);
        var better = MaintenancePlanner.Improve(first, Times(60));
        Assert.True(better.Takes < first.Takes);
        Assert.Equal(better.Takes, MaintenancePlanner.Improve(better, Times(0)).Takes);
        Assert.Equal(better.Takes, MaintenancePlanner.Replan(better.Order, town).Takes);
    }

    [Fact, Trait("spec", "M1")]
    public void Rounds_that_would_break_the_promise_by_now_are_not_taken_over()
    {
        var plan = MaintenancePlanner.Plan(Hamlet.Of("n1 20 web.0/ud0\nn2 20 web.1/ud0\nn3 20 db.0/ud0"));
        Assert.Single(plan.Rounds);
        var now = MaintenancePlanner.Improve(plan with { Basis = Hamlet.Of("n1 20 web.0/ud0\nn2 20 web.1/ud1\nn3 20 db.0/ud0") }, Times(0));
        Assert.Equal("n1 n3, n2", string.Join(", ", now.Rounds.Select(r => string.Join(' ', r.Nodes))));
        var more = MaintenancePlanner.Improve(plan with { Basis = Hamlet.Of("n1 20 web.0/ud0\nn2 20 web.1/ud0\nn3 20 db.0/ud0\nn4 20 web.2/ud1") }, Times(0));
        Assert.Equal("n1 n2 n3, n4", string.Join(", ", more.Rounds.Select(r => string.Join(' ', r.Nodes))));
    }

    [Theory]
    [InlineData("n1 50 - began-10\nn2 20 -", 9, 40)]
    [InlineData("n1 50 - began-10\nn2 20 -\nn3 30 -", 2, 45)]
    [InlineData("n1 20 web.0/ud0\nn2 10 web.1/ud1!25 done", 9, 45)]
    [InlineData("n1 20 web.0/ud0\nn2 10 web.1/ud1\nn3 15 web.2/ud2\nn4 40 web.3/ud0", 9, 65)]
    [InlineData("n1 20 -\nn2 20 -\nn3 21 -", 3, 21)]
    [InlineData("n1 20 -\nn2 20 -\nn3 21 -", 1, 61)]
    public void No_plan_is_shorter_than_what_is_under_way_what_is_held_what_excludes_each_other_and_the_places_there_are(string town, int most, int minutes) =>
        Assert.Equal(Duration.FromMinutes(minutes), MaintenancePlanner.Plan(Hamlet.Of(town, most)).TimeBound.Time);

    [Theory]
    [InlineData("n1 20 -\nn2 20 -\nn3 20 -", 2, 2, true)]
    [InlineData("n1 20 -\nn2 20 -\nn3 20 -\nn4 20 -", 2, 2, true)]
    [InlineData("n1 20 web.0/ud0\nn2 20 web.1/ud1\nn3 20 -", 2, 2, false)]
    [InlineData("n1 20 web.0/ud0\nn2 20 web.1/ud1\nn3 20 -", 3, 2, false)]
    [InlineData("n1 20 -", 0, 1, false)]
    public void It_is_told_whether_the_places_there_are_ask_for_so_many_rounds(string town, int most, int rounds, bool byLimit)
    {
        var bound = MaintenancePlanner.Plan(Hamlet.Of(town, most)).RoundBound;
        Assert.Equal((rounds, byLimit), (bound.Rounds, bound.ByLimit));
    }

    [Fact]
    public void A_core_is_told_only_where_it_is_what_proves_the_bound()
    {
        var ring = Graphs.Of(7, "0-1 1-2 2-3 3-4 0-4");
        Assert.Equal((3, 2, 5), Bound(MaintenancePlanner.Plan(TownOf(ring))));
        Assert.Equal((7, 2, 0), Bound(MaintenancePlanner.Plan(TownOf(ring, most: 1))));
        Assert.Equal((2, 2, 0), Bound(MaintenancePlanner.Plan(TownOf(Graphs.Of(4, "0-1 1-2 2-3")))));

        static (int, int, int) Bound(MaintenancePlan plan) => (plan.RoundBound.Rounds, plan.RoundBound.Clique.Length, plan.RoundBound.Core.Length);
    }

    [Fact]
    public void A_plan_that_cannot_be_better_asks_for_no_more_time()
    {
        var asked = 0;
        MaintenancePlanner.Improve(MaintenancePlanner.Plan(Hamlet.Of("n1 20 web.0/ud0\nn2 20 web.1/ud1")), () => asked++ < 50);
        Assert.Equal(1, asked);
    }

    [Fact]
    public void Settings_of_the_caller_are_the_ones_that_hold()
    {
        var town = SearchFigures.Scattered(14, 30, 99);
        var seeds = Enumerable.Range(1, 3).Select(s => new PlanSettings { Seed = (ulong)s, FirstStreamTries = 30 }).ToList();
        Assert.True(seeds.Select(s => string.Join(' ', MaintenancePlanner.Plan(town, s).Order)).Distinct().Count() > 1);
        Assert.True(seeds.Select(s => string.Join(' ', MaintenancePlanner.Replan([], town, s).Order)).Distinct().Count() > 1);
        var first = MaintenancePlanner.Plan(town);
        Assert.True(seeds.Select(s => string.Join(' ', MaintenancePlanner.Improve(first, Times(30), s).Order)).Distinct().Count() > 1);
    }

    /// <summary>As in <see cref="SearchFigures"/>, in towns whose fewest rounds are hidden or are not to be found by cliques.</summary>
    [Fact]
    public void Rounds_minutes_and_bounds_turn_by_turn()
    {
        var towns = new[]
        {
            (TownOf(Graphs.WithRounds(2, 60, 6, 0.35)), NotTried),
            (TownOf(Graphs.WithRounds(3, 60, 5, 0.3), 12), NotTried),
            (TownOf(Graphs.Drawn(2, 45, 0.25)), NotTried),
            (TownOf(Graphs.Drawn(1, 40, 0.5)), new PlanSettings { FirstTightSteps = 10, FirstCliqueBranches = 5 }),
            (TownOf(Graphs.Drawn(3, 50, 0.35), 12), new PlanSettings { FirstTightSteps = 100 }),
            (TownOf(Graphs.Drawn(1, 45, 0.25)), new PlanSettings { FirstTightSteps = 4, FirstCliqueBranches = 1, FirstStreamTries = 2 }),
            (TownOf(Graphs.WithRounds(2, 50, 5, 0.4), 14), new PlanSettings { FirstTightSteps = 3 }),
        };
        Assert.Equal(
            [
                "8-5-5-0-195-117! 6-5-5-0-159-117! 6-6-5-35-159-117! 6-6-5-35-159-117!",
                "7-5-4-0-169-104! 6-5-4-0-147-104! 6-5-4-34-147-104! 6-5-4-34-147-104!",
                "6-4-4-0-137-100! 5-4-4-0-128-100! 5-5-4-26-128-100! 5-5-4-26-128-100!",
                "9-8-7-22-226-143 8-8-7-22-199-143! 8-8-7-22-199-143! 8-8-7-22-199-143!",
                "7-7-6-36-167-121! 7-7-6-36-167-121! 7-7-6-36-167-121! 7-7-6-36-167-121!",
                "6-5-4-12-157-102 6-5-4-12-157-102! 6-5-4-12-157-102! 6-5-4-12-157-102!",
                "5-5-5-0-130-105! 5-5-5-0-130-105! 5-5-5-0-130-105! 5-5-5-0-130-105!",
            ],
            towns.Select(t =>
            {
                var (town, settings) = t;
                var figures = new List<string>();
                var plan = MaintenancePlanner.Plan(town, settings);
                figures.Add(Figures(plan));
                foreach (var turns in new[] { 2, 6, 18 })
                {
                    figures.Add(Figures(MaintenancePlanner.Improve(plan, Times(turns), settings)));
                }

                return string.Join(' ', figures);
            }));
    }
}
