// A scenario's folder: what is said before, the commands, and the log that is expected of them.
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Playing;

/// <summary>A line of a script: prose, a command, or nothing.</summary>
internal sealed partial record Line(int Number, string Text)
{
    private int at;

    public bool IsProse => Text.StartsWith('#');

    public bool IsBlank => Text.Length == 0;

    private string[] Words => field ??= Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    public bool AtEnd => at >= Words.Length;

    public string Next(string what) => AtEnd ? throw Wrong($"{what} is missing") : Words[at++];

    /// <summary>Takes the next words if they are these.</summary>
    public bool Takes(string words)
    {
        var wanted = words.Split(' ');
        if (!Words.Skip(at).Take(wanted.Length).SequenceEqual(wanted))
        {
            return false;
        }

        at += wanted.Length;
        return true;
    }

    public void Expect(string words)
    {
        if (!Takes(words))
        {
            throw Wrong($"'{words}' is missing");
        }
    }

    public int Number32(string what) =>
        int.TryParse(Next(what), CultureInfo.InvariantCulture, out var n) ? n : throw Wrong($"{what} is no number");

    public T Member<T>(string what)
        where T : struct, Enum => Enum.TryParse<T>(Next(what), ignoreCase: true, out var member) ? member : throw Wrong($"no such {what}");

    public Duration Duration(string what = "how long") => Length(Next(what)) ?? throw Wrong($"{what} is written as 90s, 30m, 2h or 1h30m");

    /// <summary>What is left of the line, as a line of its own.</summary>
    public Line Rest() => new(Number, string.Join(' ', Words.Skip(at)));

    public void End()
    {
        if (!AtEnd)
        {
            throw Wrong($"'{Words[at]}' is not understood");
        }
    }

    public InvalidOperationException Wrong(string why) => new($"script.txt line {Number}: {why}: {Text}");

    private static Duration? Length(string text) => Pattern().Match(text) is { Success: true, Length: > 0 } m
        ? NodaTime.Duration.FromHours(Part(m, 1)) + NodaTime.Duration.FromMinutes(Part(m, 2)) + NodaTime.Duration.FromSeconds(Part(m, 3))
        : null;

    private static double Part(Match match, int group) =>
        match.Groups[group].Success ? double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"\A(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?\z")]
    private static partial Regex Pattern();
}

/// <summary>A scenario.</summary>
internal sealed record Scenario(string Name, string Folder, IReadOnlyList<Line> Lines)
{
    public static IReadOnlyList<string> Names { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Scenarios"), "script.txt", SearchOption.AllDirectories)
            .Select(f => Path.GetFileName(Path.GetDirectoryName(f))!).Order(StringComparer.Ordinal)];

    public string ExpectedLog => Path.Combine(Folder, "expected.log");

    public static Scenario Read(string name)
    {
        var folder = Path.Combine(Repository.Root, "tests", "Scenarios", name);
        return new(name, folder, [.. File.ReadAllLines(Path.Combine(folder, "script.txt")).Select((text, i) => new Line(i + 1, text.Trim()))]);
    }

    /// <summary>A topology of its own beside the script, or a shipped one.</summary>
    public string TopologyPath(string named)
    {
        var own = Path.GetFullPath(Path.Combine(Folder, named));
        return File.Exists(own) ? own : named;
    }
}
