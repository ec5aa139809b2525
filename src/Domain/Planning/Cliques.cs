// How many rounds, and how much time, does it take at least (M2)? Nodes that all exclude each other must go one after
// the other, so the heaviest such clique bounds every plan. It is named with the plan: anyone can check it.
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>
/// Searches the heaviest clique by branch and bound. A proper colouring bounds a branch: a clique has at most one node
/// of each round.
/// </summary>
internal sealed class Cliques
{
    private readonly ConflictGraph graph;
    private readonly int[] weight;
    private readonly int[] order;
    private readonly int[] round;
    private readonly ulong[] bits;
    private readonly int[] weightAt;
    private readonly int words;
    private readonly List<int> path = [];
    private readonly List<ulong[]> sets = [];
    private readonly List<int[]> lists = [];
    private readonly List<long[]> bounds = [];
    private int root;
    private bool cutShort;
    private long branches;
    private long branchesOfRoot;
    private long mostOfRoot = 200;

    public Cliques(ConflictGraph graph, int[] weight, int[] rounds)
    {
        this.graph = graph;
        this.weight = weight;
        words = graph.Words;

        // In order of round, and light before heavy: then the running sum of each round's heaviest bounds what comes before.
        (order, round, weightAt) = (new int[graph.Count], new int[graph.Count], new int[graph.Count]);
        Array.Copy(weight, weightAt, weight.Length);
        for (var v = 0; v < order.Length; v++)
        {
            order[v] = v;
        }

        Array.Sort(weightAt, order);
        SortStably(order, rounds);
        for (var i = 0; i < order.Length; i++)
        {
            (round[i], weightAt[i]) = (rounds[order[i]], weight[order[i]]);
        }

        bits = graph.BitsIn(order);
        root = graph.Count - 1;
        Greedy();
    }

    /// <summary>The heaviest clique that was found.</summary>
    public int[] Best { get; private set; } = [];

    /// <summary>Its weight.</summary>
    public long Weight { get; private set; }

    /// <summary>True when there is none heavier.</summary>
    public bool Proven { get; private set; }

    /// <summary>Goes on for some branches.</summary>
    public void GoOn(long most)
    {
        if (root < 0 && cutShort)
        {
            (root, cutShort, mostOfRoot) = (graph.Count - 1, false, mostOfRoot * 8);
        }

        branches = most;
        for (; root >= 0 && branches > 0; root--)
        {
            // No root may eat up the others' time: a hard one is cut short, and gets more when all have had their turn.
            branchesOfRoot = mostOfRoot;
            var set = SetOf(0);
            Neighbours(root).CopyTo(set);
            KeepBelow(set, root);
            path.Clear();
            path.Add(root);
            Expand(set, weightAt[root], 1);
            cutShort |= branchesOfRoot <= 0;
        }

        Proven = root < 0 && !cutShort;
    }

    // By counting: there are few rounds.
    private static void SortStably(int[] order, int[] rounds)
    {
        var next = new int[rounds.Length + 1];
        foreach (var r in rounds)
        {
            next[r + 1]++;
        }

        for (var r = 1; r < next.Length; r++)
        {
            next[r] += next[r - 1];
        }

        var sorted = new int[order.Length];
        foreach (var v in order)
        {
            sorted[next[rounds[v]]++] = v;
        }

        sorted.CopyTo(order, 0);
    }

    // From each node, always the heaviest neighbour that is left: quick, and mostly right.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Greedy()
    {
        var members = new List<int>();
        var set = new ulong[words];
        var list = new int[graph.Count];
        for (var v = 0; v < graph.Count; v++)
        {
            members.Clear();
            members.Add(v);
            var sum = (long)weight[v];
            graph.Row(v).CopyTo(set);
            for (var n = ConflictGraph.ListInto(set, list); n > 0; n = ConflictGraph.ListInto(set, list))
            {
                var best = list[0];
                var most = -1L;
                for (var i = 0; i < n; i++)
                {
                    var value = ((long)weight[list[i]] << 24) + graph.Degree(list[i]);
                    if (value > most)
                    {
                        (best, most) = (list[i], value);
                    }
                }

                members.Add(best);
                sum += weight[best];
                var row = graph.Row(best);
                for (var w = 0; w < words; w++)
                {
                    set[w] &= row[w];
                }
            }

            if (sum > Weight)
            {
                (Best, Weight) = ([.. members], sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Expand(ReadOnlySpan<ulong> candidates, long sum, int depth)
    {
        branches--;
        branchesOfRoot--;
        if (sum > Weight)
        {
            (Best, Weight) = ([.. path.Select(i => order[i])], sum);
        }

        var list = ListOf(depth);
        var bound = BoundsOf(depth);
        var n = ConflictGraph.ListInto(candidates, list);
        var (before, heaviest) = (0L, 0L);
        for (var i = 0; i < n; i++)
        {
            if (i > 0 && round[list[i]] != round[list[i - 1]])
            {
                before += heaviest;
                heaviest = 0;
            }

            heaviest = Math.Max(heaviest, weightAt[list[i]]);
            bound[i] = before + heaviest;
        }

        for (var i = n - 1; i >= 0 && sum + bound[i] > Weight && branchesOfRoot > 0; i--)
        {
            var v = list[i];
            var set = SetOf(depth);
            var row = Neighbours(v);
            for (var w = 0; w < words; w++)
            {
                set[w] = candidates[w] & row[w];
            }

            KeepBelow(set, v);
            path.Add(v);
            Expand(set, sum + weightAt[v], depth + 1);
            path.RemoveAt(path.Count - 1);
        }
    }

    private ReadOnlySpan<ulong> Neighbours(int i) => bits.AsSpan(i * words, words);

    private static void KeepBelow(ulong[] set, int i)
    {
        set[i >> 6] &= (1UL << (i & 63)) - 1;
        Array.Clear(set, (i >> 6) + 1, set.Length - (i >> 6) - 1);
    }

    private ulong[] SetOf(int depth) => At(sets, depth, words);

    private int[] ListOf(int depth) => At(lists, depth, graph.Count);

    private long[] BoundsOf(int depth) => At(bounds, depth, graph.Count);

    private static T[] At<T>(List<T[]> shelf, int depth, int size)
    {
        while (shelf.Count <= depth)
        {
            shelf.Add(new T[size]);
        }

        return shelf[depth];
    }
}
