// The tree as the rules see it: every text file that people write, by its path from the repository's root. Walked rather
// than asked of git, so that a rule can fail before the file is committed.
using System.Text.RegularExpressions;
using Rdfe.Testing;

namespace Rdfe.Tidy.Tests;

/// <summary>A text file of the repository.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    public string[] Lines { get; } = Text.Split('\n');

    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : "";

    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);

    public bool Is(params ReadOnlySpan<string> extensions)
    {
        foreach (var extension in extensions)
        {
            if (Path.EndsWith(extension, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where a match is, as compilers write it.</summary>
    public string At(int index) => $"{Path}:{Text.AsSpan(0, index).Count('\n') + 1}";
}

internal static partial class Tree
{
    // What tools make, and what is data by nature.
    private static readonly string[] NotOurs =
        [".git", "artifacts", "bin", "obj", ".vs", ".idea", "node_modules", "TestResults", "data"];

    private static readonly string[] TextFiles =
        [".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".txt", ".sh", ".ps1", ".yml", ".yaml", ".xml",
         ".csdef", ".cscfg", ".html", ".css", ".js", ".razor", ".editorconfig", ".gitattributes", ".gitignore", "/run"];

    public static IReadOnlyList<SourceFile> Files { get; } = [.. Walk(Repository.Root)
        .Select(Relative)
        .Where(p => TextFiles.Any(t => p.EndsWith(t, StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal)
        .Select(p => new SourceFile(p, File.ReadAllText(Full(p))))];

    public static IEnumerable<SourceFile> Under(string folder) =>
        Files.Where(f => f.Path.StartsWith(folder + "/", StringComparison.Ordinal));

    public static IEnumerable<SourceFile> Code(string folder) => Under(folder).Where(f => f.Is(".cs"));

    public static IEnumerable<SourceFile> Documents => Files.Where(f => f.Is(".md"));

    public static string Full(string path) => Path.GetFullPath(Path.Combine(Repository.Root, path));

    public static bool Exists(string path) => File.Exists(Full(path)) || Directory.Exists(Full(path));

    public static SourceFile Read(string path) => Files.FirstOrDefault(f => f.Path == path)
        ?? throw new FileNotFoundException($"The tree has no {path}.");

    public static string Relative(string path) =>
        Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');

    /// <summary>Markdown without its fenced blocks: those show code, commands and output, which have rules of their own.</summary>
    public static string Prose(SourceFile document) =>
        Fence().Replace(document.Text, m => new string('\n', m.Value.AsSpan().Count('\n')));

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder)
                .Where(d => !NotOurs.Contains(Path.GetFileName(d)))
                .SelectMany(Walk));

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}

internal static class Rule
{
    /// <summary>Fails with the rule and everything that breaks it.</summary>
    public static void NobodyBreaks(string rule, IEnumerable<string> offenders)
    {
        var all = offenders.ToList();
        if (all.Count > 0)
        {
            Assert.Fail($"{rule}\n  {string.Join("\n  ", all)}");
        }
    }
}
