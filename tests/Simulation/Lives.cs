namespace Rdfe.Simulation;

/// <summary>Runs seeded lives.</summary>
internal static class Lives
{
    /// <summary>Lives that are tried to find a shorter one that breaks in the same way.</summary>
    private const int MostTries = 120;

    /// <summary>Seeds whose lives have broken once; each of them is lived in every run of the tests.</summary>
    public static IReadOnlyList<ulong> Corpus { get; } =
        [.. File.ReadAllLines(Path.Combine(Rdfe.Testing.Repository.Root, "tests", "Simulation", "corpus.txt"))
            .Select(l => l.Split('#')[0].Trim()).Where(l => l.Length > 0).Select(l => ulong.Parse(l, System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>One life; what was broken in it, or null.</summary>
    /// <param name="seed">Which.</param>
    /// <param name="pace">How fast it goes; hectic where null.</param>
    /// <param name="log">Gets the last events.</param>
    /// <param name="without">Acts that are left out, while the others stay as they are.</param>
    public static string? Run(ulong seed, Pace? pace = null, Action<string>? log = null, IReadOnlyCollection<int>? without = null)
    {
        var drawn = without is null ? [] : Draws(seed, pace);
        using var life = new Interleaving(seed, pace ?? Pace.Hectic).Without(without ?? [], drawn);
        try
        {
            return Broken(life);
        }
        finally
        {
            if (log is not null)
            {
                foreach (var line in life.Log)
                {
                    log(line);
                }
            }
        }
    }

    /// <summary>What to print of a life that broke: how to replay it, how, and the least that still breaks in that way.</summary>
    public static string Told(ulong seed, string broken, Pace? pace = null)
    {
        // Printed with what was left out, so that it can be lived again.
        var (without, what, town) = Shrink(seed, broken, pace);
        var command = $"dotnet run --project tests/Simulation -- --seed {seed}{pace?.Words}";
        return $"{command}\n{broken}\nWithout as many of its acts as it takes: {command} --without {string.Join(',', without)}\n{what}\n{town}";
    }

    // Acts are left out one after the other as long as what remains breaks the same rule; the last first, as they matter least.
    private static (SortedSet<int> Without, string What, string Town) Shrink(ulong seed, string broken, Pace? pace)
    {
        var drawn = Draws(seed, pace);
        var (without, last, tries) = (new SortedSet<int>(), (What: broken, Town: ""), 0);
        for (var size = Math.Max(1, drawn.Count / 2); size >= 1 && tries < MostTries; size /= 2)
        {
            for (var from = drawn.Count - size; from >= 0 && tries < MostTries; from -= size, tries++)
            {
                SortedSet<int> fewer = [.. without, .. Enumerable.Range(from, size)];
                if (fewer.Count == without.Count)
                {
                    continue;
                }

                using var life = new Interleaving(seed, pace ?? Pace.Hectic).Without(fewer, drawn);
                if (Broken(life) is { } still && Rule(still) == Rule(broken))
                {
                    (without, last) = (fewer, (still, life.Town));
                }
            }
        }

        if (last.Town.Length == 0)
        {
            using var life = new Interleaving(seed, pace ?? Pace.Hectic);
            last = (Broken(life) ?? broken, life.Town);
        }

        return (without, last.What, last.Town);
    }

    // The first words say which rule: the rest names who broke it, which is another one in a smaller town.
    private static string Rule(string broken) => broken.Split(':')[0].Split(' ')[0];

    private static IReadOnlyList<(long Act, long Wait)> Draws(ulong seed, Pace? pace)
    {
        using var life = new Interleaving(seed, pace ?? Pace.Hectic);
        Broken(life);
        return life.Drawn;
    }

    private static string? Broken(Interleaving life)
    {
        try
        {
            life.Run();
            return null;
        }
        catch (Exception e)
        {
            return e is Broken ? e.Message : e.ToString();
        }
    }
}
