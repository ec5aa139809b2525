// In how few rounds can all nodes go, at a glance (M2)? Three ways to colour the graph of who excludes whom, each fast;
// the best is taken. Most clusters are placed so that the first one is already as good as can be (P2).
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>First answers to "which round?": a round for each node, none excluding another of its round.</summary>
internal static class FirstRounds
{
    private const int Open = -1;

    /// <summary>
    /// A node's round is the update domain index that it hosts, where it hosts one only and nobody minds; the others
    /// follow by saturation. Our own placements look like that (P2).
    /// </summary>
    public static int[] ByUpdateDomain(ConflictGraph graph, int[] soleUpdateDomain)
    {
        var rounds = new int[graph.Count];
        for (var v = 0; v < graph.Count; v++)
        {
            rounds[v] = soleUpdateDomain[v];
            foreach (var u in graph.Neighbours(v))
            {
                if (u < v && rounds[u] == rounds[v])
                {
                    rounds[v] = Open;
                    break;
                }
            }
        }

        return BySaturation(graph, rounds);
    }

    /// <summary>Always the node next whose neighbours are in the most different rounds (Brélaz's DSATUR).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int[] BySaturation(ConflictGraph graph, int[]? begun = null)
    {
        var n = graph.Count;
        var rounds = begun ?? Enumerable.Repeat(Open, n).ToArray();
        var most = graph.MostDegree;
        for (var v = 0; v < n; v++)
        {
            most = Math.Max(most, rounds[v]);
        }

        var words = (most / 64) + 1;
        var taken = new ulong[n * words];
        var key = new long[n];
        var open = new int[n];
        var left = 0;
        for (var v = 0; v < n; v++)
        {
            key[v] = graph.Degree(v);
            if (rounds[v] == Open)
            {
                open[left++] = v;
            }
        }

        for (var v = 0; v < n; v++)
        {
            if (rounds[v] != Open)
            {
                Tell(v);
            }
        }

        while (left > 0)
        {
            var best = 0;
            for (var i = 1; i < left; i++)
            {
                if (key[open[i]] > key[open[best]])
                {
                    best = i;
                }
            }

            var v = open[best];
            open[best] = open[--left];
            rounds[v] = FirstFree(taken.AsSpan(v * words, words));
            Tell(v);
        }

        return rounds;

        void Tell(int v)
        {
            var (word, bit) = (rounds[v] >> 6, 1UL << (rounds[v] & 63));
            foreach (var u in graph.Neighbours(v))
            {
                ref var there = ref taken[(u * words) + word];
                if ((there & bit) == 0)
                {
                    there |= bit;
                    key[u] += 1L << 32;
                }
            }
        }
    }

    /// <summary>
    /// Round by round as large as can be: next into the round comes the node with the most neighbours that can't come
    /// any more (Leighton's RLF).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int[] RoundByRound(ConflictGraph graph)
    {
        const byte Candidate = 0, Shut = 1, Done = 2;
        var n = graph.Count;
        var rounds = new int[n];
        var state = new byte[n];
        var shut = new int[n];
        var inside = new int[n];
        var open = new int[n];
        for (var v = 0; v < n; v++)
        {
            open[v] = v;
            inside[v] = graph.Degree(v);
        }

        var left = n;
        for (var round = 0; left > 0; round++)
        {
            var (candidates, next) = (left, FirstOf(left));
            while (next != Open)
            {
                var v = next;
                rounds[v] = round;
                state[v] = Done;
                foreach (var u in graph.Neighbours(v))
                {
                    inside[u]--;
                    if (state[u] == Candidate)
                    {
                        state[u] = Shut;
                        foreach (var w in graph.Neighbours(u))
                        {
                            shut[w]++;
                        }
                    }
                }

                next = Next(ref candidates);
            }

            var kept = 0;
            for (var i = 0; i < left; i++)
            {
                var v = open[i];
                if (state[v] != Done)
                {
                    state[v] = Candidate;
                    shut[v] = 0;
                    open[kept++] = v;
                }
            }

            left = kept;
        }

        return rounds;

        int FirstOf(int count)
        {
            var best = open[0];
            for (var i = 1; i < count; i++)
            {
                best = inside[open[i]] > inside[best] ? open[i] : best;
            }

            return best;
        }

        // Nodes that can't come any more are swapped behind the candidates, so that each is passed over once.
        int Next(ref int candidates)
        {
            var best = Open;
            for (var i = 0; i < candidates;)
            {
                var v = open[i];
                if (state[v] != Candidate)
                {
                    (open[i], open[--candidates]) = (open[candidates], v);
                    continue;
                }

                // Ties go to the node that costs the round the fewest candidates.
                if (best == Open || shut[v] > shut[best] || (shut[v] == shut[best] && inside[v] < inside[best]))
                {
                    best = v;
                }

                i++;
            }

            return best;
        }
    }

    /// <summary>How many rounds there are; they are numbered without gaps afterwards.</summary>
    public static int Tighten(int[] rounds)
    {
        var names = new Dictionary<int, int>();
        for (var v = 0; v < rounds.Length; v++)
        {
            if (!names.TryGetValue(rounds[v], out var name))
            {
                names[rounds[v]] = name = names.Count;
            }

            rounds[v] = name;
        }

        return names.Count;
    }

    // There is one: no node has more neighbours than there are bits, less one.
    private static int FirstFree(ReadOnlySpan<ulong> taken)
    {
        var w = 0;
        while (taken[w] == ulong.MaxValue)
        {
            w++;
        }

        return (w << 6) + BitOperations.TrailingZeroCount(~taken[w]);
    }
}
