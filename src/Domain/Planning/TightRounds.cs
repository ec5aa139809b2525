// Can all nodes go in exactly so few rounds, yes or no (M2)? Tries all ways, cleverly: a node with one round left takes it,
// the tightest node comes next, and those that made trouble before come earlier. Where update domains are mixed, a "no"
// proves a bound that no clique can prove.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>Settles one number of rounds, at most 63 of them.</summary>
internal sealed class TightRounds
{
    /// <summary>More rounds than this are not settled: a node's open rounds are the bits of one word.</summary>
    public const int MostRounds = 63;

    private const int ColourBits = 6;
    private const int Assigned = MostRounds;

    private readonly ConflictGraph graph;
    private readonly int count;
    private readonly int[] clique;
    private readonly int[] weight;
    private readonly bool[] touched;
    private readonly ulong[] open;

    // The round to try first: the update domain index that the node hosts, later the one that it was in last.
    private readonly int[] liked;
    private readonly int[] round;
    private readonly List<int> trail = [];
    private readonly Stack<int> forced = new();
    private int[] nodes;
    private bool[] matters;
    private int used;

    public TightRounds(ConflictGraph graph, int count, int[] clique, int[] soleUpdateDomain)
    {
        this.graph = graph;
        this.count = count;
        this.clique = clique;
        weight = new int[graph.Count];
        touched = new bool[graph.Count];
        open = new ulong[graph.Count];
        round = new int[graph.Count];
        liked = [.. soleUpdateDomain];
        nodes = [.. Enumerable.Range(0, graph.Count)];
        matters = [.. Enumerable.Repeat(true, graph.Count)];
    }

    /// <summary>The rounds, once they are possible.</summary>
    public int[] Rounds => round;

    /// <summary>Nodes that alone do not go in so few rounds, once that is impossible.</summary>
    public int[] Core => [.. nodes.Where(v => touched[v])];

    /// <summary>Begins anew, with what it has learnt, and gives up after so many assignments.</summary>
    public Verdict Try(int most)
    {
        var verdict = Search(most);
        for (var turn = 0; verdict == Verdict.Impossible && turn < 4; turn++)
        {
            // Again with those alone that the "no" came from: often fewer do.
            var core = Core;
            var before = (nodes, matters, touched.ToArray());
            nodes = core;
            matters = new bool[graph.Count];
            Array.ForEach(core, v => matters[v] = true);
            if (Search(most) != Verdict.Impossible || Core.Length == core.Length)
            {
                (nodes, matters) = (before.nodes, before.matters);
                before.Item3.CopyTo(touched, 0);
                break;
            }
        }

        return verdict;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Verdict Search(int most)
    {
        trail.Clear();
        Array.Clear(touched);
        Array.Fill(round, -1);
        Array.Fill(open, (1UL << count) - 1);
        used = 0;
        for (var i = 0; i < clique.Length; i++)
        {
            // It may have been forced to where it belongs already, or, where it was forced elsewhere, rounds change names.
            if (round[clique[i]] < 0 && !Assign(clique[i], Liked(clique[i], open[clique[i]])))
            {
                return Verdict.Impossible;
            }
        }

        var decisions = new Stack<(int Node, ulong Choices, int Trail, int Used)>();
        while (true)
        {
            var v = Tightest();
            if (v < 0)
            {
                return Verdict.Possible;
            }

            // Rounds that nobody is in yet are all alike: one of them stands for all.
            var (choices, mark) = (open[v] & ((1UL << Math.Min(count, used + 1)) - 1), trail.Count);
            decisions.Push((v, choices, mark, used));
            while (!Decide(decisions))
            {
                decisions.Pop();
                if (decisions.Count == 0)
                {
                    return Verdict.Impossible;
                }
            }

            if (--most < 0)
            {
                return Verdict.Unknown;
            }
        }
    }

    private bool Decide(Stack<(int Node, ulong Choices, int Trail, int Used)> decisions)
    {
        var (node, choices, mark, usedBefore) = decisions.Pop();
        Undo(mark);
        used = usedBefore;
        while (choices != 0)
        {
            var c = Liked(node, choices);
            choices &= ~(1UL << c);
            if (Assign(node, c))
            {
                decisions.Push((node, choices, mark, usedBefore));
                return true;
            }

            Undo(mark);
            used = usedBefore;
        }

        decisions.Push((node, 0, mark, usedBefore));
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Tightest()
    {
        var best = -1;
        var bestScore = double.MaxValue;
        foreach (var v in nodes)
        {
            if (round[v] < 0)
            {
                var score = BitOperations.PopCount(open[v]) / (1.0 + weight[v] + (graph.Degree(v) * 0.001));
                if (score < bestScore)
                {
                    (best, bestScore) = (v, score);
                }
            }
        }

        return best;
    }

    // Puts a node into a round, and every node that has one round left because of it. False where one has none left. A node is
    // forced once: when the last round but one is taken from it; and where that one is taken too, it has none left.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Assign(int first, int firstRound)
    {
        forced.Clear();
        forced.Push((first << ColourBits) | firstRound);
        while (forced.Count > 0)
        {
            var (v, c) = (forced.Peek() >> ColourBits, forced.Pop() & Assigned);
            touched[v] = true;
            round[v] = c;
            liked[v] = c;
            used = Math.Max(used, c + 1);
            trail.Add((v << ColourBits) | Assigned);
            foreach (var u in graph.Neighbours(v))
            {
                if (round[u] >= 0 || !matters[u] || (open[u] >> c & 1) == 0)
                {
                    continue;
                }

                open[u] &= ~(1UL << c);
                trail.Add((u << ColourBits) | c);
                if (open[u] == 0)
                {
                    touched[u] = true;
                    weight[u]++;
                    return false;
                }

                if (BitOperations.IsPow2(open[u]))
                {
                    forced.Push((u << ColourBits) | BitOperations.TrailingZeroCount(open[u]));
                }
            }
        }

        return true;
    }

    private int Liked(int v, ulong choices) =>
        liked[v] >= 0 && liked[v] < count && (choices >> liked[v] & 1) != 0 ? liked[v] : BitOperations.TrailingZeroCount(choices);

    private void Undo(int mark)
    {
        for (var i = trail.Count - 1; i >= mark; i--)
        {
            var (v, c) = (trail[i] >> ColourBits, trail[i] & Assigned);
            if (c == Assigned)
            {
                round[v] = -1;
            }
            else
            {
                open[v] |= 1UL << c;
            }
        }

        trail.RemoveRange(mark, trail.Count - mark);
    }
}
