using Rdfe.Domain.Planning;

namespace Rdfe.Bench.Planning;

/// <summary>Plans for clusters that our own allocator has filled: how many have as few rounds as can be, and how long the stream is.</summary>
internal static class OwnPlacements
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);
    private static readonly int[] AllDomains = [0, 2, 3, 5, 10, 20];
    private static readonly double[] Fills = [0.80, 0.85, 0.90];

    /// <summary>Takes the number of seeds (4), then the numbers of update domains, 0 for 2-20 mixed (all).</summary>
    public static int Run(int[] numbers)
    {
        var seeds = numbers.Length > 0 ? numbers[0] : 4;
        Console.WriteLine("| update domains | nodes | churned | clusters | rounds = bound: first, after 1 s | rounds - bound, worst | stream / heaviest clique: first, after 1 s, worst | first plan: CPU ms, worst |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        MaintenancePlanner.Plan(OwnTown.Make(200, 0.85, 99, 0, 2));
        var (all, met, metFirst, streamed) = (0, 0, 0, 0);
        foreach (var domains in numbers.Length > 1 ? numbers[1..] : AllDomains)
        {
            foreach (var nodes in new[] { 200, 1_000 })
            {
                foreach (var churn in new[] { 0, nodes / 10 })
                {
                    var rows = Enumerable.Range(1, seeds)
                        .SelectMany(_ => Fills, (s, fill) => Measure(nodes, fill, (ulong)s, domains, churn)).ToList();
                    all += rows.Count;
                    met += rows.Count(r => r.Over == 0);
                    metFirst += rows.Count(r => r.OverFirst == 0);
                    streamed += rows.Count(r => r.Stream <= 1.15);
                    Console.WriteLine(
                        $"| {(domains == 0 ? "2-20 mixed" : domains)} | {nodes:N0} | {(churn > 0 ? "yes" : "no")} | {rows.Count} "
                        + $"| {rows.Count(r => r.OverFirst == 0)}, {rows.Count(r => r.Over == 0)} | {rows.Max(r => r.Over)} "
                        + $"| {rows.Average(r => r.StreamFirst):0.000}, {rows.Average(r => r.Stream):0.000}, {rows.Max(r => r.Stream):0.000} | {rows.Max(r => r.Milliseconds):0.0} |");
                }
            }
        }

        Console.WriteLine($"Rounds = bound in {metFirst} of {all} first plans, and in {met} ({(double)met / all:P1}) after 1 s; stream at most 1.15 times the heaviest clique in {streamed}.");
        return 0;
    }

    private static Row Measure(int nodes, double fill, ulong seed, int domains, int churn)
    {
        var town = OwnTown.Make(nodes, fill, seed, domains, churn);
        MaintenancePlan plan = null!;
        var took = PlanBench.Cost(() => plan = MaintenancePlanner.Plan(town));
        var better = MaintenancePlanner.Improve(plan, PlanBench.For(Budget));
        var pairs = Hroller.Pairs(town);
        if (PlanBench.Broken(town, pairs, plan) + PlanBench.Broken(town, pairs, better) > 0)
        {
            throw new InvalidOperationException($"A plan breaks the promise: {nodes} nodes, {fill}, seed {seed}, {domains} update domains, churn {churn}.");
        }

        return new(
            plan.Rounds.Length - plan.RoundBound.Rounds, better.Rounds.Length - better.RoundBound.Rounds,
            plan.Takes / plan.TimeBound.CliqueTakes, better.Takes / better.TimeBound.CliqueTakes, took);
    }

    private sealed record Row(int OverFirst, int Over, double StreamFirst, double Stream, double Milliseconds);
}
