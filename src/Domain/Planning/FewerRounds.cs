// Can the same nodes go in one round fewer (M2)? All nodes are pressed into fewer rounds, and those that are wrong there change
// places until nobody is, or time is up: tabu search (Hertz and de Werra), which learns what is hard. A pair that is wrong where no
// move helps weighs more from then on (breakout, Morris), so that others give way to it. Time is the caller's.
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>Takes one round away.</summary>
internal sealed class FewerRounds
{
    // How many pairs may weigh more than others: few are forgotten soon, many shape the whole search. Which of it a cluster needs
    // differs, so the number doubles every so many steps, and begins anew.
    private const int FewestHeavy = 100;
    private const int Doublings = 6;
    private const int StepsToDouble = 5_000;

    // What weighs more drives the search on; bars only keep it from turning back at once.
    private const int MostBarred = 5;

    private readonly ConflictGraph graph;
    private readonly Dice dice;
    private readonly bool learns;
    private readonly int[] rounds;

    // What each pair weighs, once for either of its nodes, where the other stands in its list of neighbours; and those above 1.
    private readonly int[] weight;
    private readonly List<(int Node, int Neighbour)> heavy = [];

    // For each node and round: what it weighs together with its neighbours there; and until which step it may not come back.
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
    /// <param name="learns">True where few pairs are hard: where nearly all are, what weighs more says nothing.</param>
    public FewerRounds(ConflictGraph graph, int[] start, int count, Dice dice, bool learns)
    {
        this.learns = learns;
        this.graph = graph;
        this.dice = dice;
        stride = count - 1;
        rounds = new int[graph.Count];
        weight = new int[graph.Pairs * 2];
        Array.Fill(weight, 1);
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
        for (var i = 0; i < steps && wrongCount > 0; i++)
        {
            Step(stride);
        }

        return wrongCount == 0;
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

                // A barred move is made only when it leads where the search has never been; where weights change, nobody knows that.
                if (barred[c] > step && (learns || wrongPairs + delta >= fewestWrong))
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

        if (learns && best >= 0)
        {
            Learn();
        }

        barredUntil[(node * stride) + rounds[node]] = step + BarredFor();
        Move(node, to);
        if (wrongPairs < fewestWrong)
        {
            (fewestWrong, betterAt) = (wrongPairs, step);
        }
    }

    // Without weights, the longer nothing has got better, the longer nobody may come back: few wrong ones would go round in a circle.
    private long BarredFor() => learns
        ? dice.Below(MostBarred)
        : dice.Below(10 + (int)Math.Min(90, (step - betterAt) / 100)) + (long)(0.6 * wrongCount);

    // What is wrong here weighs more from now on; where too much does, all of it weighs less.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Learn()
    {
        for (var i = 0; i < wrongCount; i++)
        {
            var v = wrong[i];
            var neighbours = graph.Neighbours(v);
            for (var n = 0; n < neighbours.Length; n++)
            {
                if (neighbours[n] > v && rounds[neighbours[n]] == rounds[v])
                {
                    if (weight[graph.FirstOf(v) + n] == 1)
                    {
                        heavy.Add((v, n));
                    }

                    Weigh(v, n, 1);
                }
            }
        }

        if (heavy.Count > FewestHeavy << (int)(step / StepsToDouble % Doublings))
        {
            heavy.RemoveAll(pair =>
            {
                Weigh(pair.Node, pair.Neighbour, -1);
                return weight[graph.FirstOf(pair.Node) + pair.Neighbour] == 1;
            });
        }
    }

    private void Weigh(int v, int neighbour, int more)
    {
        var u = graph.Neighbours(v)[neighbour];
        weight[graph.FirstOf(v) + neighbour] += more;
        weight[graph.FirstOf(u) + graph.Neighbours(u).BinarySearch(v)] += more;
        there[(v * stride) + rounds[u]] += more;
        there[(u * stride) + rounds[v]] += more;
    }

    private void Move(int v, int to)
    {
        var from = rounds[v];
        wrongPairs += there[(v * stride) + to] - there[(v * stride) + from];
        rounds[v] = to;
        var neighbours = graph.Neighbours(v);
        var weights = weight.AsSpan(graph.FirstOf(v), neighbours.Length);
        for (var i = 0; i < neighbours.Length; i++)
        {
            var u = neighbours[i];
            ref var row = ref there[u * stride];
            var less = Unsafe.Add(ref row, from) -= weights[i];
            Unsafe.Add(ref row, to) += weights[i];
            if (rounds[u] == from && less == 0)
            {
                SetRight(u);
            }
            else if (rounds[u] == to)
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
            wrongPairs += there[(v * stride) + rounds[v]];
            if (there[(v * stride) + rounds[v]] > 0)
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
