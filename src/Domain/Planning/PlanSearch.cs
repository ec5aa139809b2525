// From a situation to a plan (M1, M2): first the quickest answers, with what bounds them from below; then better ones for
// as long as the caller allows. Nothing that was found is lost: a plan only gets better.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Planning;

/// <summary>The state of one search.</summary>
internal sealed class PlanSearch
{
    // Some milliseconds of each on 1,000 nodes, so that a stated budget is kept to a hundredth or so.
    private const int NodesToShare = 200;
    private const int CliqueBranches = 20_000;
    private const int MostTightSteps = 4_000;

    // A wider gap than that is not closed by trying all ways: placements are scattered then.
    private const int MostToSettle = 3;

    // Scattered placements are further from their bound still: nearly every pair is hard there, and none stands out.
    private const int MostToLearn = 9;

    private readonly Situation situation;
    private readonly FasterStream stream;
    private int[] rounds = [];
    private int count;
    private Cliques largest;
    private Cliques heaviest;
    private SharedRounds? shared;
    private TightRounds? tight;
    private int tightRounds;
    private int tightSteps;
    private int provenRounds;
    private int[] core = [];

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
            Settle(situation.Settings.FirstTightSteps);
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

    private int ByExclusion => Math.Max(largest.Best.Length, provenRounds);

    private int FewestRounds => Math.Max(ByExclusion, ByLimit);

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
        var (graph, dice) = (situation.Graph, new Dice(situation.Settings.Seed, "rounds"));
        OneRoundFewer? fewer = null;
        tightSteps = situation.Settings.FirstTightSteps * 2;
        for (var turn = 0; mayGoOn(); turn++)
        {
            var (shorterRounds, shorterTime) = (count > FewestRounds, stream.Time > LeastTime);
            if (!shorterRounds && !shorterTime)
            {
                break;
            }

            if (shorterRounds)
            {
                fewer = fewer?.Count <= count ? fewer : Fewer([.. rounds], count, dice);
                fewer = GoOn(fewer, dice);
                if (turn % 2 == 1)
                {
                    RaiseBound(fewer.Count - 1);
                }
            }

            // Rounds come first where both can be better: a search that is about to save one needs many steps.
            if (shorterTime && (!shorterRounds || turn % 8 == 7))
            {
                stream.Shake();
            }

            if (turn % 4 == 1)
            {
                Search(largest, shorterRounds);
                Search(heaviest, shorterTime);
            }

            // Seldom: it takes as long as many turns of the search, which mostly is the first to find.
            if (turn % 16 == 1 && shorterRounds)
            {
                var before = count;
                Settle(tightSteps);
                tightSteps = Math.Min(MostTightSteps, tightSteps * 5 / 4);
                if (count < before)
                {
                    stream.TryRounds(rounds);
                }
            }
        }
    }

    private OneRoundFewer Fewer(int[] than, int count, Dice dice) =>
        new(
            situation.Graph, than, count, dice,
            shared?.Rounds == count - 1 ? shared : new SharedRounds(situation.Graph, count - 1),
            learns: count - ByExclusion <= MostToLearn);

    // It keeps its own count: where the most nodes at once bind, rounds that are fewer by exclusion may still be as many.
    private OneRoundFewer GoOn(OneRoundFewer fewer, Dice dice)
    {
        if (fewer.Count <= ByExclusion)
        {
            return fewer;
        }

        switch (fewer.GoOn())
        {
            case Verdict.Possible:
                var found = fewer.Rounds;
                Take([.. found]);
                stream.TryRounds(rounds);
                return Fewer(found, fewer.Count - 1, dice);
            case Verdict.Impossible:
                (provenRounds, core) = (fewer.Count, fewer.Core);
                break;
        }

        return fewer;
    }

    // What is impossible is shown the more easily the fewer rounds are asked for: so it begins with the fewest that may be possible,
    // unless those are what is searched for just now.
    private void RaiseBound(int searched)
    {
        if (ByExclusion >= searched || searched - ByExclusion >= MostToSettle)
        {
            return;
        }

        shared = shared?.Rounds == ByExclusion ? shared : new SharedRounds(situation.Graph, ByExclusion);
        shared.GoOn(NodesToShare);
        if (shared.Core.Length > 0)
        {
            (provenRounds, core) = (shared.Rounds + 1, shared.Core);
        }
    }

    // Where few rounds are between what is known to be possible and what is known to be needed, each number is settled.
    private void Settle(int steps)
    {
        while (count > FewestRounds && count - FewestRounds <= MostToSettle && FewestRounds <= TightRounds.MostRounds)
        {
            if (tight is null || tightRounds != FewestRounds)
            {
                (tight, tightRounds) = (new TightRounds(situation.Graph, FewestRounds, largest.Best, situation.SoleUpdateDomain), FewestRounds);
            }

            switch (tight.Try(steps))
            {
                case Verdict.Impossible:
                    (provenRounds, core) = (tightRounds + 1, tight.Core);
                    break;
                case Verdict.Possible:
                    Take([.. tight.Rounds]);
                    return;
                default:
                    return;
            }
        }
    }

    /// <summary>What it has come to.</summary>
    public MaintenancePlan Write(MaintenanceInventory basis, ImmutableArray<PlannedMove> moves)
    {
        var time = LeastTime;
        return PlanWriter.Write(
            situation, basis, moves, rounds, stream,
            new RoundBound(
                FewestRounds, Named(largest.Best), provenRounds == FewestRounds ? Named(core) : [],
                ByLimit > ByExclusion),
            new TimeBound(
                Duration.FromSeconds(time), Named(heaviest.Best), Duration.FromSeconds(heaviest.Weight), heaviest.Proven));
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

    private ImmutableArray<NodeId> Named(int[] nodes) =>
        [.. nodes.Order().Select(v => situation.Nodes[v].Id)];
}
