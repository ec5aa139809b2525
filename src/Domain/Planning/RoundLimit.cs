// Rounds with at most so many nodes (M2): whoever is too many in a round goes to one that has room and minds nobody of
// it, or to a new one.
namespace Rdfe.Domain.Planning;

/// <summary>Keeps rounds to the most nodes that may be under way at once.</summary>
internal static class RoundLimit
{
    /// <summary>The same rounds, or more of them, none larger than <paramref name="most"/>.</summary>
    public static int[] Apply(ConflictGraph graph, int[] rounds, int most)
    {
        var sizes = new List<int>();
        foreach (var round in rounds)
        {
            while (sizes.Count <= round)
            {
                sizes.Add(0);
            }

            sizes[round]++;
        }

        if (sizes.TrueForAll(s => s <= most))
        {
            return rounds;
        }

        var limited = rounds.ToArray();
        var mind = new HashSet<int>();
        // Those who exclude the fewest find a place most easily.
        foreach (var v in Enumerable.Range(0, graph.Count).OrderBy(graph.Degree).ThenBy(v => v))
        {
            if (sizes[limited[v]] <= most)
            {
                continue;
            }

            mind.Clear();
            foreach (var u in graph.Neighbours(v))
            {
                mind.Add(limited[u]);
            }

            var to = sizes.FindIndex(s => s < most);
            while (to >= 0 && mind.Contains(to))
            {
                to = sizes.FindIndex(to + 1, s => s < most);
            }

            if (to < 0)
            {
                to = sizes.Count;
                sizes.Add(0);
            }

            sizes[limited[v]]--;
            sizes[to]++;
            limited[v] = to;
        }

        return limited;
    }
}
