// What every file keeps to, whatever is in it.
using System.Text.RegularExpressions;
using Rdfe.Testing;

namespace Rdfe.Tidy.Tests;

public sealed partial class FileTests
{
    private const int MostLines = 400;

    // Path → why it may be longer. A file that has become short again must leave the list.
    private static readonly Dictionary<string, string> MayBeLonger = [];

    // Path → why one file is enough. A noun under src/Api/Features may well have one thing to ask of it.
    private static readonly Dictionary<string, string> MayBeAlone = new()
    {
        ["src/Domain/Sizes"] = "one noun of the fabric, and all that there is to say about it",
        ["src/Infrastructure/Settings"] = "the section Rdfe of appsettings.json and its rules",
        ["src/Infrastructure/Time"] = "the clock: decisions get an Instant, so nothing else needs one",
    };

    // Path → why its spaces at line ends stay.
    private static readonly Dictionary<string, string> MayTrail = new()
    {
        ["tests/Domain.Tests/Network/TrafficTests.cs"] = "an expected text in which an empty list is printed as nothing",
    };

    [Fact]
    public void No_source_file_is_longer_than_can_be_read_in_one_sitting()
    {
        var sources = Tree.Code("src").Where(f => !f.Path.Contains("/Migrations/", StringComparison.Ordinal)).ToList();
        Rule.NobodyBreaks(
            $"A file over {MostLines} lines answers more than one question: split it by question, or list it with a reason.",
            sources.Where(f => f.Lines.Length > MostLines && !MayBeLonger.ContainsKey(f.Path))
                .Select(f => $"{f.Path}: {f.Lines.Length} lines"));
        Rule.NobodyBreaks(
            "These need no exception any more.",
            MayBeLonger.Keys.Where(p => sources.All(f => f.Path != p || f.Lines.Length <= MostLines)));
    }

    [Fact]
    public void Every_source_file_says_what_question_it_answers() => Rule.NobodyBreaks(
        "The first lines of a file, or the summary of its first type, say what it is for.",
        Tree.Code("src").Where(f => !Introduction().IsMatch(f.Text)).Select(f => f.Path));

    [Fact]
    public void Every_folder_of_the_source_has_more_than_one_file() => Rule.NobodyBreaks(
        "A folder with one file is a file in hiding: move it up, or list it with a reason.",
        Tree.Code("src")
            .SelectMany(f => FoldersOf(f.Path).Select(folder => (Folder: folder, Entry: EntryIn(folder, f.Path))))
            .Distinct()
            .GroupBy(f => f.Folder, f => f.Entry)
            .Where(g => g.Count() == 1 && !MayBeAlone.ContainsKey(g.Key)
                && !g.Key.StartsWith("src/Api/Features/", StringComparison.Ordinal))
            .Select(g => $"{g.Key}: only {g.Single()}"));

    [Fact]
    public void Lines_end_in_LF_and_the_last_one_does_too() => Rule.NobodyBreaks(
        "LF everywhere, one at the end, and no byte order mark.",
        Tree.Files.Where(f => f.Text.Contains('\r') || (f.Text.Length > 0 && !f.Text.EndsWith('\n')) || HasMark(f))
            .Select(f => f.Path));

    // Markdown is left alone: two spaces at the end of a line mean something there.
    [Fact]
    public void No_line_ends_in_white_space() => Rule.NobodyBreaks(
        "White space at the end of a line only makes noise in diffs.",
        Tree.Files.Where(f => !f.Is(".md") && !MayTrail.ContainsKey(f.Path))
            .SelectMany(f => Trailing().Matches(f.Text).Select(m => f.At(m.Index))));

    [Fact]
    public void Work_that_is_left_has_an_issue_number() => Rule.NobodyBreaks(
        "A note of work left to do is forgotten unless an issue carries it: write it with (#12).",
        Tree.Files.Where(f => f.Is(".cs", ".csproj", ".props", ".sh", ".ps1", ".yml"))
            .SelectMany(f => LeftOver().Matches(f.Text).Select(m => f.At(m.Index))));

    [Fact]
    public void Nothing_names_a_path_of_the_machine_that_it_was_written_on() => Rule.NobodyBreaks(
        "Paths start at the repository's root, in a temporary folder, or in a setting.",
        Tree.Files.SelectMany(f => MachinePath().Matches(f.Text).Select(m => $"{f.At(m.Index)}: {m.Value}")));

    private static IEnumerable<string> FoldersOf(string path)
    {
        for (var at = path.LastIndexOf('/'); at > "src".Length; at = path.LastIndexOf('/', at - 1))
        {
            yield return path[..at];
        }
    }

    private static string EntryIn(string folder, string path) => path[(folder.Length + 1)..].Split('/')[0];

    private static bool HasMark(SourceFile file)
    {
        // dotnet sln writes one, and would write it again.
        using var stream = File.OpenRead(Path.Combine(Repository.Root, file.Path));
        return !file.Is(".sln") && stream.ReadByte() == 0xEF && stream.ReadByte() == 0xBB;
    }

    [GeneratedRegex(@"\A(//|@page|@\*|<)|^\s*/// <summary>", RegexOptions.Multiline)]
    private static partial Regex Introduction();

    [GeneratedRegex(@"[ \t]+$", RegexOptions.Multiline)]
    private static partial Regex Trailing();

    // In pieces, so that this file does not break its own rule.
    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b(?! ?\(#\d+\)| #\d+)")]
    private static partial Regex LeftOver();

    [GeneratedRegex(@"(?<![\w.:/])/(wo" + @"rk|ho" + @"me|ro" + @"ot|Us" + @"ers)/\w[\w./-]*|\b[A-Z]:\\Us" + @"ers\\\w+")]
    private static partial Regex MachinePath();
}
