// When does each node go, if none waits for a round to end (M2)? From an order, every node gets the earliest time that
// does not disturb those before it: later ones fill gaps, and delay nobody. It is the same rule at plan time and at run
// time, so that what the controller does is what was planned.
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>Times of all nodes, from an order. One is used again and again: it keeps its arrays.</summary>
internal sealed class Stream
{
    private readonly Situation situation;
    private readonly ConflictGraph graph;
    private readonly int[] takes;

    // For each node, when its neighbours are down: apart from each other, in order of time. They stand where the node's
    // neighbours stand in the graph's lists, so there is room for all.
    private readonly Span[] shut;
    private readonly int[] shuts;
    private readonly bool[] isPut;
    private readonly Crowd crowd;

    public Stream(Situation situation)
    {
        this.situation = situation;
        graph = situation.Graph;
        takes = situation.Takes;
        shut = new Span[graph.Pairs * 2];
        shuts = new int[graph.Count];
        isPut = new bool[graph.Count];
        crowd = new Crowd(situation.MostAtOnce, graph.Count + situation.UnderWay.Length);
    }

    /// <summary>Fills in when each node begins, and tells when the last one ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Run(ReadOnlySpan<int> order, int[] starts)
    {
        Clear();
        foreach (var (_, end) in situation.UnderWay)
        {
            crowd.Enter(0, end);
        }

        var last = 0;
        for (var guess = 0; guess < 2; guess++)
        {
            // What waits for something of unknown end reserves no time: those that can go must not wait for a guess.
            foreach (var v in order)
            {
                if ((situation.HeldBy[v] is { IsKnown: false }) == (guess == 1))
                {
                    last = Math.Max(last, Put(v, situation.ReadyAt[v], starts));
                }
            }
        }

        return last;
    }

    /// <summary>
    /// The same from the end backwards: every node as late as can be. What is pushed to the right and then back to the
    /// left is never longer, and often shorter (justification, Tormos and Lova).
    /// </summary>
    public void RunBackwards(ReadOnlySpan<int> order, int[] starts, int end)
    {
        Clear();
        for (var i = order.Length - 1; i >= 0; i--)
        {
            Put(order[i], 0, starts);
        }

        for (var v = 0; v < starts.Length; v++)
        {
            starts[v] = end - starts[v] - takes[v];
        }
    }

    private void Clear()
    {
        Array.Clear(shuts);
        Array.Clear(isPut);
        crowd.Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Put(int v, int ready, int[] starts)
    {
        var d = takes[v];
        var start = ready;
        var mine = shut.AsSpan(graph.FirstOf(v), shuts[v]);
        while (true)
        {
            foreach (var span in mine)
            {
                if (span.Start >= start + d)
                {
                    break;
                }

                start = Math.Max(start, span.End);
            }

            var free = crowd.FirstFree(start, d);
            if (free == start)
            {
                break;
            }

            start = free;
        }

        var end = start + d;
        starts[v] = start;
        isPut[v] = true;
        crowd.Enter(start, end);
        foreach (var u in graph.Neighbours(v))
        {
            if (!isPut[u])
            {
                Shut(u, start, end);
            }
        }

        return end;
    }

    // Nearly always at the end of the list: nodes are put in nearly in order of time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Shut(int u, int start, int end)
    {
        var n = shuts[u];
        var list = shut.AsSpan(graph.FirstOf(u), graph.Degree(u));
        var at = n;
        while (at > 0 && list[at - 1].End >= start)
        {
            at--;
        }

        var to = at;
        while (to < n && list[to].Start <= end)
        {
            start = Math.Min(start, list[to].Start);
            end = Math.Max(end, list[to].End);
            to++;
        }

        if (to == at)
        {
            list[at..n].CopyTo(list[(at + 1)..]);
            shuts[u]++;
        }
        else if (to > at + 1)
        {
            list[to..n].CopyTo(list[(at + 1)..]);
            shuts[u] -= to - at - 1;
        }

        list[at] = new Span(start, end);
    }

    private readonly record struct Span(int Start, int End);
}

/// <summary>How many nodes are under way at any time, where only so many may be.</summary>
internal sealed class Crowd(int most, int nodes)
{
    private readonly List<(int At, int Count)> steps = [];
    private readonly bool binds = most < nodes;

    public void Clear() => steps.Clear();

    public void Enter(int start, int end)
    {
        if (!binds)
        {
            return;
        }

        var (from, to) = (Cut(start), Cut(end));
        for (var i = from; i < to; i++)
        {
            steps[i] = (steps[i].At, steps[i].Count + 1);
        }
    }

    /// <summary>The first time from <paramref name="start"/> on that has room for so long.</summary>
    public int FirstFree(int start, int takes)
    {
        if (!binds)
        {
            return start;
        }

        var i = IndexAt(start);
        for (i = Math.Max(0, i); i < steps.Count && steps[i].At < start + takes; i++)
        {
            // There is always another step: nobody is under way in the last one.
            if (steps[i].Count >= most)
            {
                start = steps[i + 1].At;
            }
        }

        return start;
    }

    // The step that begins at this very time; made where there is none.
    private int Cut(int at)
    {
        var i = IndexAt(at);
        if (i >= 0 && steps[i].At == at)
        {
            return i;
        }

        steps.Insert(i + 1, (at, i >= 0 ? steps[i].Count : 0));
        return i + 1;
    }

    private int IndexAt(int at)
    {
        var (low, high) = (0, steps.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = steps[middle].At <= at ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }
}
