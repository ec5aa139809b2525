using System.Globalization;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>Graphs of who excludes whom, and the slow ways to know of one what the planners' searches claim: they try everything.</summary>
internal static class Graphs
{
    /// <summary>Nodes from 0, and pairs of them as text: <c>0-1 1-2</c>.</summary>
    public static ConflictGraph Of(int count, string pairs)
    {
        var words = (count + 63) / 64;
        var bits = new ulong[count * words];
        foreach (var pair in pairs.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (a, b) = (Number(pair.Split('-')[0]), Number(pair.Split('-')[1]));
            bits[(a * words) + (b >> 6)] |= 1UL << (b & 63);
            bits[(b * words) + (a >> 6)] |= 1UL << (a & 63);
        }

        return ConflictGraph.Of(count, bits);
    }

    /// <summary>A graph in which each pair is there with this chance.</summary>
    public static ConflictGraph Drawn(int seed, int count, double chance) => Of(count, string.Join(' ',
        from a in Enumerable.Range(0, count)
        from b in Enumerable.Range(0, a)
        where Draw.Unit((ulong)seed, "pair", $"{a}", b) < chance
        select $"{a}-{b}"));

    /// <summary>A graph that goes in so many rounds: nodes of the same remainder never exclude each other.</summary>
    public static ConflictGraph WithRounds(int seed, int count, int rounds, double chance) => Of(count, string.Join(' ',
        from a in Enumerable.Range(0, count)
        from b in Enumerable.Range(0, a)
        where a % rounds != b % rounds && Draw.Unit((ulong)seed, "pair", $"{a}", b) < chance
        select $"{a}-{b}"));

    /// <summary>Small graphs of all kinds: from no pair to nearly all, some larger than a word of bits.</summary>
    public static IEnumerable<(int Seed, ConflictGraph Graph)> Many(int many, int mostNodes) =>
        Enumerable.Range(0, many).Select(seed => (seed, Drawn(seed, Below(seed, "nodes", mostNodes) + 1, Below(seed, "chance", 10) / 10.0)));

    /// <summary>A number from 0 to <paramref name="below"/> - 1, the same for the same seed.</summary>
    public static int Below(int seed, string what, int below, int n = 0) => (int)(below * Draw.Unit((ulong)seed, what, "graphs", n));

    public static bool IsProper(ConflictGraph graph, IReadOnlyList<int> rounds) => rounds.Count == graph.Count
        && rounds.All(r => r >= 0)
        && Enumerable.Range(0, graph.Count).All(a => Enumerable.Range(0, a).All(b => !graph.Exclude(a, b) || rounds[a] != rounds[b]));

    public static bool IsClique(ConflictGraph graph, IReadOnlyList<int> nodes) =>
        nodes.All(a => nodes.All(b => a == b || graph.Exclude(a, b))) && nodes.Distinct().Count() == nodes.Count;

    /// <summary>The fewest rounds that these nodes (all, unless told) go in.</summary>
    public static int FewestRounds(ConflictGraph graph, IReadOnlyList<int>? nodes = null) =>
        Enumerable.Range(0, graph.Count + 1).First(k => Deal(graph, k, nodes) is not null);

    /// <summary>A way to deal these nodes (all, unless told) out to so many rounds, found by trying all ways; null where there is none.</summary>
    public static int[]? Deal(ConflictGraph graph, int k, IReadOnlyList<int>? nodes = null)
    {
        nodes ??= [.. Enumerable.Range(0, graph.Count)];
        var rounds = new int[nodes.Count];
        return Fits(0, 0) ? rounds : null;

        bool Fits(int next, int used)
        {
            if (next == nodes.Count)
            {
                return true;
            }

            // Rounds that nobody is in yet are all alike.
            for (var r = 0; r < Math.Min(k, used + 1); r++)
            {
                rounds[next] = r;
                if (Enumerable.Range(0, next).All(i => rounds[i] != r || !graph.Exclude(nodes[i], nodes[next])) && Fits(next + 1, Math.Max(used, r + 1)))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The weight of the heaviest clique, by trying all of them.</summary>
    public static long HeaviestClique(ConflictGraph graph, int[] weight)
    {
        return Heaviest([.. Enumerable.Range(0, graph.Count)]);

        long Heaviest(int[] candidates) => candidates.Length == 0
            ? 0
            : Enumerable.Range(0, candidates.Length).Max(i => weight[candidates[i]] + Heaviest([.. candidates[(i + 1)..].Where(u => graph.Exclude(candidates[i], u))]));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
