// Can the same nodes go in one round fewer (M2)? Tabu search (Hertz and de Werra): all nodes are pressed into fewer
// rounds, and those that are wrong there change places until nobody is, or time is up. Time is the caller's.
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>Takes one round away.</summary>
internal sealed class FewerRounds
{
    private readonly ConflictGraph graph;
    private readonly Dice dice;
    private readonly int[] rounds;

    // For each node and round: how many neighbours are there; and until which step the node may not come back.
    private readonly int[] there;
    private readonly long[] barredUntil;
    private readonly int stride;

    // The nodes that share a round with a neighbour, and where each stands in that list.
    private readonly int[] wrong;
    private readonly int[] wrongAt;
    private int wrongCount;
    private int wrongPairs;
    private int fewestWrong;
    private long step;
    private long betterAt;

    /// <param name="graph">Who excludes whom.</param>
    /// <param name="start">The round of each node; some may be wrong there already.</param>
    /// <param name="count">How many rounds these are.</param>
    /// <param name="dice">The chance.</param>
    public FewerRounds(ConflictGraph graph, int[] start, int count, Dice dice)
    {
        this.graph = graph;
        this.dice = dice;
        stride = count - 1;
        rounds = new int[graph.Count];
        there = new int[graph.Count * stride];
        barredUntil = new long[graph.Count * stride];
        wrong = new int[graph.Count];
        wrongAt = new int[graph.Count];
        Array.Fill(wrongAt, -1);
        DropARound(start, count);
    }

    /// <summary>The rounds, as far as the search has come.</summary>
    public int[] Rounds => rounds;

    /// <summary>Goes on for some steps; true when nobody is wrong any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool GoOn(int steps)
    {
        for (var i = 0; i < steps && wrongPairs > 0; i++)
        {
            Step(stride);
        }

        return wrongPairs == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step(int k)
    {
        step++;
        var (node, to, best, ties) = (-1, -1, int.MaxValue, 0);
        for (var i = 0; i < wrongCount; i++)
        {
            var v = wrong[i];
            var row = there.AsSpan(v * stride, k);
            var barred = barredUntil.AsSpan(v * stride, k);
            var here = row[rounds[v]];
            for (var c = 0; c < row.Length; c++)
            {
                var delta = row[c] - here;
                if (delta > best || c == rounds[v])
                {
                    continue;
                }

                // A barred move is made only when it leads where the search has never been.
                if (barred[c] > step && wrongPairs + delta >= fewestWrong)
                {
                    continue;
                }

                if (delta < best)
                {
                    (node, to, best, ties) = (v, c, delta, 1);
                }
                else if (dice.Below(++ties) == 0)
                {
                    (node, to) = (v, c);
                }
            }
        }

        if (node < 0)
        {
            // Everything is barred: any of the wrong ones goes anywhere.
            node = wrong[dice.Below(wrongCount)];
            to = (rounds[node] + 1 + dice.Below(Math.Max(1, k - 1))) % k;
        }

        // The longer nothing has got better, the longer nobody may come back: few wrong ones would go round in a circle.
        var patience = 10 + (int)Math.Min(90, (step - betterAt) / 100);
        barredUntil[(node * stride) + rounds[node]] = step + dice.Below(patience) + (long)(0.6 * wrongCount);
        Move(node, to);
        if (wrongPairs < fewestWrong)
        {
            (fewestWrong, betterAt) = (wrongPairs, step);
        }
    }

    private void Move(int v, int to)
    {
        var from = rounds[v];
        wrongPairs += there[(v * stride) + to] - there[(v * stride) + from];
        rounds[v] = to;
        foreach (var u in graph.Neighbours(v))
        {
            ref var row = ref there[u * stride];
            var less = --Unsafe.Add(ref row, from);
            var more = ++Unsafe.Add(ref row, to);
            if (rounds[u] == from && less == 0)
            {
                SetRight(u);
            }
            else if (rounds[u] == to && more == 1)
            {
                SetWrong(u);
            }
        }

        if (there[(v * stride) + to] == 0)
        {
            SetRight(v);
        }
        else
        {
            SetWrong(v);
        }
    }

    // The smallest round is dissolved; its nodes go where the fewest neighbours are.
    private void DropARound(int[] start, int count)
    {
        var sizes = new int[count];
        foreach (var round in start)
        {
            sizes[round]++;
        }

        var smallest = Array.IndexOf(sizes, sizes.Min());
        for (var v = 0; v < graph.Count; v++)
        {
            rounds[v] = start[v] == smallest ? -1 : start[v] > smallest ? start[v] - 1 : start[v];
            Enter(v, rounds[v]);
        }

        for (var v = 0; v < graph.Count; v++)
        {
            if (rounds[v] < 0)
            {
                rounds[v] = Emptiest(there.AsSpan(v * stride, stride));
                Enter(v, rounds[v]);
            }
        }

        for (var v = 0; v < graph.Count; v++)
        {
            var same = there[(v * stride) + rounds[v]];
            wrongPairs += same;
            if (same > 0)
            {
                SetWrong(v);
            }
        }

        wrongPairs /= 2;
        fewestWrong = wrongPairs;
    }

    private void Enter(int v, int round)
    {
        foreach (var u in graph.Neighbours(v))
        {
            if (round >= 0)
            {
                there[(u * stride) + round]++;
            }
        }
    }

    private static int Emptiest(ReadOnlySpan<int> row)
    {
        var best = 0;
        for (var c = 1; c < row.Length; c++)
        {
            best = row[c] < row[best] ? c : best;
        }

        return best;
    }

    private void SetWrong(int v)
    {
        if (wrongAt[v] < 0)
        {
            wrongAt[v] = wrongCount;
            wrong[wrongCount++] = v;
        }
    }

    private void SetRight(int v)
    {
        if (wrongAt[v] >= 0)
        {
            var last = wrong[--wrongCount];
            wrong[wrongAt[v]] = last;
            wrongAt[last] = wrongAt[v];
            wrongAt[v] = -1;
        }
    }
}
