// From a situation to a plan (M1, M2): first the quickest answers, with what bounds them from below; then better ones for
// as long as the caller allows. Nothing that was found is lost: a plan only gets better.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Planning;

/// <summary>The state of one search.</summary>
internal sealed class PlanSearch
{
    // Some milliseconds of each on 1,000 nodes, so that a stated budget is kept to a hundredth or so.
    private const int TabuSteps = 4_000;
    private const int CliqueBranches = 20_000;

    private readonly Situation situation;
    private readonly FasterStream stream;
    private int[] rounds = [];
    private int count;
    private Cliques largest;
    private Cliques heaviest;

    public PlanSearch(Situation situation, int[]? knownRounds, IReadOnlyList<int>? knownOrder)
    {
        this.situation = situation;
        stream = new FasterStream(situation, new Dice(situation.Settings.Seed, "stream"));
        var graph = situation.Graph;
        var known = knownRounds is not null && IsProper(graph, knownRounds) ? knownRounds : null;
        Take(FirstRounds.ByUpdateDomain(graph, situation.SoleUpdateDomain));
        largest = new Cliques(graph, Enumerable.Repeat(1, graph.Count).ToArray(), rounds);
        foreach (var other in Others(graph, known))
        {
            if (count > FewestRounds)
            {
                Take(other());
            }
        }

        if (count > FewestRounds)
        {
            largest.GoOn(situation.Settings.FirstCliqueBranches);
        }

        heaviest = new Cliques(graph, situation.Takes, rounds);
        heaviest.GoOn(situation.Settings.FirstCliqueBranches);
        if (knownOrder is not null)
        {
            stream.TryOrder(knownOrder);
        }

        stream.TryRounds(rounds);
        for (var i = 1; i < situation.Settings.FirstStreamTries && stream.Time > LeastTime; i++)
        {
            stream.Shake();
        }
    }

    private int ByLimit => (situation.Nodes.Length + situation.MostAtOnce - 1) / situation.MostAtOnce;

    private int FewestRounds => Math.Max(largest.Best.Length, ByLimit);

    private long LeastTime
    {
        get
        {
            var (least, sum) = (heaviest.Weight, 0L);
            foreach (var (_, end) in situation.UnderWay)
            {
                least = Math.Max(least, end);
                sum += end;
            }

            for (var v = 0; v < situation.Takes.Length; v++)
            {
                least = Math.Max(least, situation.ReadyAt[v] + situation.Takes[v]);
                sum += situation.Takes[v];
            }

            return Math.Max(least, (sum + situation.MostAtOnce - 1) / situation.MostAtOnce);
        }
    }

    /// <summary>Searches on while it may, and there is something to be found.</summary>
    public void GoOn(Func<bool> mayGoOn)
    {
        var fewer = count > FewestRounds ? new FewerRounds(situation.Graph, [.. rounds], new Dice(situation.Settings.Seed, "rounds")) : null;
        for (var turn = 0; mayGoOn(); turn++)
        {
            var (shorterRounds, shorterTime) = (fewer is not null && count > FewestRounds, stream.Time > LeastTime);
            if (!shorterRounds && !shorterTime)
            {
                break;
            }

            if (shorterRounds && fewer!.GoOn(TabuSteps))
            {
                Take(fewer.Best);
                stream.TryRounds(rounds);
            }

            // Rounds come first where both can be better: a search that is about to save one needs many steps.
            if (shorterTime && (!shorterRounds || turn % 8 == 7))
            {
                stream.Shake();
            }

            if (turn % 16 == 3)
            {
                Search(largest, shorterRounds);
                Search(heaviest, shorterTime);
            }
        }
    }

    /// <summary>What it has come to.</summary>
    public MaintenancePlan Write(MaintenanceInventory basis, ImmutableArray<PlannedMove> moves)
    {
        var time = LeastTime;
        return PlanWriter.Write(
            situation, basis, moves, rounds, stream,
            new RoundBound(FewestRounds, Named(largest), ByLimit > largest.Best.Length, largest.Proven || count == largest.Best.Length),
            new TimeBound(
                Duration.FromSeconds(time), Named(heaviest), Duration.FromSeconds(heaviest.Weight), heaviest.Proven));
    }

    private static IEnumerable<Func<int[]>> Others(ConflictGraph graph, int[]? known)
    {
        if (known is not null)
        {
            yield return () => known;
        }

        yield return () => FirstRounds.RoundByRound(graph);
        yield return () => FirstRounds.BySaturation(graph);
    }

    private static void Search(Cliques cliques, bool worthIt)
    {
        if (worthIt && !cliques.Proven)
        {
            cliques.GoOn(CliqueBranches);
        }
    }

    private static bool IsProper(ConflictGraph graph, int[] rounds)
    {
        for (var v = 0; v < graph.Count; v++)
        {
            foreach (var u in graph.Neighbours(v))
            {
                if (rounds[u] == rounds[v])
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void Take(int[] found)
    {
        FirstRounds.Tighten(found);
        var limited = RoundLimit.Apply(situation.Graph, found, situation.MostAtOnce);
        var of = FirstRounds.Tighten(limited);
        if (rounds.Length != limited.Length || of < count)
        {
            (rounds, count) = (limited, of);
        }
    }

    private ImmutableArray<NodeId> Named(Cliques cliques) =>
        [.. cliques.Best.Order().Select(v => situation.Nodes[v].Id)];
}
