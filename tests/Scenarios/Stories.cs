// Each scenario is played once, however many tests look at it; and what is expected is a file, which can be rewritten.
using System.Collections.Concurrent;
using Rdfe.Scenarios.Playing;

namespace Rdfe.Scenarios;

internal static class Stories
{
    private static readonly ConcurrentDictionary<string, Lazy<Played>> Played = new();

    public static Played Of(string name) => Played.GetOrAdd(name, n => new(() => Player.Play(Scenario.Read(n)))).Value;
}

internal static class Expected
{
    public static void Compare(string path, string text)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_EXPECTED") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            return;
        }

        Assert.True(File.Exists(path), $"{path} is not there: UPDATE_EXPECTED=1 writes it.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), text, ignoreLineEndingDifferences: true);
    }
}
