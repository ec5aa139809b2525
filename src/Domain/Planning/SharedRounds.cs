// What must share a round, if there are to be only so many (M2)? Two nodes that both exclude the same k - 1, which all exclude
// each other, have one round of k left between them. They count as one from then on, which excludes whom either did; that
// makes others share too. In the end it either takes more rounds, or a smaller graph is left to search.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>Joins nodes that share their round in every plan of so few rounds, and leaves out those that always find one.</summary>
internal sealed class SharedRounds
{
    // A pair that takes more is left as it is. On placements of our own allocator none does.
    private const int BranchesOfPair = 2_000;

    private readonly int count;
    private readonly int rounds;
    private readonly int words;
    private readonly ulong[] bits;

    // For each node: all those that the reasons for what it was joined with speak of, itself among them.
    private readonly ulong[] reasons;
    private readonly ulong[] left;

    // Who was taken out, in order, and into whom; -1 where there will be a round for it, whatever the others do.
    private readonly List<(int Node, int Into)> taken = [];
    private readonly List<int> path = [];
    private readonly List<ulong[]> sets = [];
    private int at;
    private bool changed;
    private int branches;

    public SharedRounds(ConflictGraph graph, int rounds)
    {
        (count, words, this.rounds) = (graph.Count, graph.Words, rounds);
        bits = new ulong[count * words];
        reasons = new ulong[count * words];
        left = new ulong[words];
        for (var v = 0; v < count; v++)
        {
            graph.Row(v).CopyTo(Row(v));
            reasons[(v * words) + (v >> 6)] |= 1UL << (v & 63);
            left[v >> 6] |= 1UL << (v & 63);
        }
    }

    /// <summary>How many rounds there are to be.</summary>
    public int Rounds => rounds;

    /// <summary>True when nothing more follows.</summary>
    public bool Done { get; private set; }

    /// <summary>Nodes that alone do not go in so few rounds; empty where that is not shown.</summary>
    public int[] Core { get; private set; } = [];

    /// <summary>Looks at some of the nodes, with all those that may have to share their round.</summary>
    public void GoOn(int nodes)
    {
        for (; nodes > 0 && !Done; nodes--)
        {
            if (at == 0)
            {
                LeaveOut();
            }

            if (IsLeft(at))
            {
                Look(at);
            }

            if (++at >= count)
            {
                (Done, at, changed) = (Done || !changed, 0, false);
            }
        }
    }

    /// <summary>The nodes that are left, each for all that share its round, numbered in order.</summary>
    public ConflictGraph Graph()
    {
        var nodes = Left();
        var number = new int[count];
        for (var i = 0; i < nodes.Length; i++)
        {
            number[nodes[i]] = i;
        }

        var (size, list) = ((nodes.Length + 63) / 64, new int[count]);
        var smaller = new ulong[nodes.Length * size];
        for (var i = 0; i < nodes.Length; i++)
        {
            foreach (var u in list.AsSpan(0, ConflictGraph.ListInto(Row(nodes[i]), list)))
            {
                smaller[(i * size) + (number[u] >> 6)] |= 1UL << (number[u] & 63);
            }
        }

        return ConflictGraph.Of(nodes.Length, smaller);
    }

    /// <summary>Rounds of all nodes, as those that are left have them.</summary>
    public int[] Of(int[] all) => [.. Left().Select(v => all[v])];

    /// <summary>Rounds for all nodes, from proper ones for those that are left.</summary>
    public int[] ForAll(int[] ofLeft)
    {
        var (all, nodes, list) = (Enumerable.Repeat(-1, count).ToArray(), Left(), new int[count]);
        for (var i = 0; i < nodes.Length; i++)
        {
            all[nodes[i]] = ofLeft[i];
        }

        // The last that was taken out comes back first: its row says whom it excluded then.
        for (var i = taken.Count - 1; i >= 0; i--)
        {
            var (v, into) = taken[i];
            var near = list[..ConflictGraph.ListInto(Row(v), list)].Select(u => all[u]).ToHashSet();
            all[v] = into >= 0 ? all[into] : Enumerable.Range(0, rounds).First(r => !near.Contains(r));
        }

        return all;
    }

    private Span<ulong> Row(int v) => bits.AsSpan(v * words, words);

    private bool IsLeft(int v) => (left[v >> 6] >> (v & 63) & 1) != 0;

    private int[] Left()
    {
        var list = new int[count];
        return list[..ConflictGraph.ListInto(left, list)];
    }

    // Nodes that exclude fewer than there are rounds find one at last; one that excludes no others than some node does may go with it.
    private void LeaveOut()
    {
        for (var found = true; found;)
        {
            found = false;
            foreach (var v in Left())
            {
                var into = Size(Row(v)) < rounds ? -1 : Above(v);
                if (into != v)
                {
                    TakeOut(v, into);
                    found = true;
                }
            }
        }
    }

    // A node that excludes whom v does, and more or the same; v itself where there is none.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Above(int v)
    {
        var row = Row(v);
        var w = 0;
        while (row[w] == 0)
        {
            w++;
        }

        var other = Row((w << 6) + BitOperations.TrailingZeroCount(row[w]));
        for (w = 0; w < words; w++)
        {
            for (var word = other[w] & ~row[w]; word != 0; word &= word - 1)
            {
                var u = (w << 6) + BitOperations.TrailingZeroCount(word);
                if (u != v && Within(row, Row(u)))
                {
                    return u;
                }
            }
        }

        return v;
    }

    // Is v in a clique that is too large; and who shares its round? What is joined with it counts at once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Look(int v)
    {
        path.Clear();
        branches = BranchesOfPair;
        if (HasClique(Row(v), rounds, 0))
        {
            path.Add(v);
            var core = new ulong[words];
            path.ForEach(u => AddReasons(core, u));
            var list = new int[count];
            (Core, Done) = (list[..ConflictGraph.ListInto(core, list)], true);
            return;
        }

        var common = new ulong[words];
        for (var u = v + 1; u < count; u++)
        {
            if (!IsLeft(u) || (Row(v)[u >> 6] >> (u & 63) & 1) != 0)
            {
                continue;
            }

            And(Row(v), Row(u), common);
            path.Clear();
            branches = BranchesOfPair;
            if (HasClique(common, rounds - 1, 0))
            {
                path.Add(u);
                var because = reasons.AsSpan(v * words, words);
                foreach (var p in path)
                {
                    AddReasons(because, p);
                }

                for (var w = 0; w < words; w++)
                {
                    Row(v)[w] |= Row(u)[w];
                }

                foreach (var x in Left().Where(x => (Row(u)[x >> 6] >> (x & 63) & 1) != 0))
                {
                    Row(x)[v >> 6] |= 1UL << (v & 63);
                }

                TakeOut(u, v);
                changed = true;
            }
        }
    }

    // Puts so many of the candidates that all exclude each other on the path. A clique has at most one node of each round that
    // the candidates are dealt to, which tells early that there is none.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool HasClique(ReadOnlySpan<ulong> candidates, int most, int depth)
    {
        if (most == 0)
        {
            return true;
        }

        if (Size(candidates) < most || --branches < 0)
        {
            return false;
        }

        while (sets.Count <= (3 * depth) + 2)
        {
            sets.Add(new ulong[words]);
        }

        var (open, round, next) = (sets[3 * depth], sets[(3 * depth) + 1], sets[(3 * depth) + 2]);
        candidates.CopyTo(open);
        for (var r = 1; r < most; r++)
        {
            // What goes in fewer rounds than are asked for holds no such clique: only the others need be its last member.
            open.CopyTo(round, 0);
            for (var w = 0; w < words; w++)
            {
                while (round[w] != 0)
                {
                    var v = (w << 6) + BitOperations.TrailingZeroCount(round[w]);
                    open[w] &= ~(1UL << (v & 63));
                    round[w] &= ~(1UL << (v & 63));
                    var row = Row(v);
                    for (var x = w; x < words; x++)
                    {
                        round[x] &= ~row[x];
                    }
                }
            }
        }

        candidates.CopyTo(round);
        for (var w = 0; w < words; w++)
        {
            for (; open[w] != 0; open[w] &= open[w] - 1)
            {
                var v = (w << 6) + BitOperations.TrailingZeroCount(open[w]);
                And(round, Row(v), next);
                if (HasClique(next, most - 1, depth + 1))
                {
                    path.Add(v);
                    return true;
                }

                round[w] &= ~(1UL << (v & 63));
            }
        }

        return false;
    }

    private void TakeOut(int v, int into)
    {
        taken.Add((v, into));
        left[v >> 6] &= ~(1UL << (v & 63));
        foreach (var u in Left())
        {
            Row(u)[v >> 6] &= ~(1UL << (v & 63));
        }
    }

    private void AddReasons(Span<ulong> to, int v)
    {
        for (var w = 0; w < words; w++)
        {
            to[w] |= reasons[(v * words) + w];
        }
    }

    private static void And(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> both)
    {
        for (var w = 0; w < both.Length; w++)
        {
            both[w] = a[w] & b[w];
        }
    }

    private static bool Within(ReadOnlySpan<ulong> small, ReadOnlySpan<ulong> large)
    {
        for (var w = 0; w < small.Length; w++)
        {
            if ((small[w] & ~large[w]) != 0)
            {
                return false;
            }
        }

        return true;
    }

    private static int Size(ReadOnlySpan<ulong> set)
    {
        var size = 0;
        foreach (var word in set)
        {
            size += BitOperations.PopCount(word);
        }

        return size;
    }
}
