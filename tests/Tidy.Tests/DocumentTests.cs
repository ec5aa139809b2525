// A README that no test reads goes stale. This reads them.
using System.Text.RegularExpressions;
using Rdfe.Domain;

namespace Rdfe.Tidy.Tests;

public sealed partial class DocumentTests
{
    [Fact]
    public void Every_link_leads_to_a_file_that_exists() => Rule.NobodyBreaks(
        "A broken link.",
        Tree.Documents.SelectMany(d => Link().Matches(Tree.Prose(d))
            .Select(m => m.Groups[1].Value.Split('#')[0])
            .Where(to => to.Length > 0 && !to.Contains("://", StringComparison.Ordinal)
                && !to.StartsWith("mailto:", StringComparison.Ordinal) && !Tree.Exists(Path.Combine(d.Folder, to)))
            .Select(to => $"{d.Path}: {to}")));

    [Fact]
    public void Every_path_named_in_a_document_exists() => Rule.NobodyBreaks(
        "A document names a file or folder that is not there.",
        Tree.Documents.SelectMany(d => TreePath().Matches(Tree.Prose(d)).Select(m => m.Groups[1].Value)
            .Where(p => !Tree.Exists(p)).Select(p => $"{d.Path}: {p}")));

    [Fact]
    public void Every_name_in_the_domains_README_is_a_type_a_folder_or_a_file_of_it()
    {
        var types = typeof(Refusals).Assembly.GetTypes().Select(t => t.Name.Split('`')[0]).ToHashSet();
        Rule.NobodyBreaks(
            "src/Domain/README.md tells of something that Domain does not have (any more).",
            Name().Matches(Tree.Prose(Tree.Read("src/Domain/README.md"))).Select(m => m.Groups[1].Value).Distinct()
                .Where(n => !types.Contains(n) && !Tree.Exists("src/Domain/" + n)));
    }

    [Fact]
    public void Every_folder_of_the_domain_is_in_its_README()
    {
        var readme = Tree.Read("src/Domain/README.md").Text;
        Rule.NobodyBreaks(
            "src/Domain/README.md tells the story folder by folder, and leaves one out.",
            Tree.Code("src/Domain").Select(f => f.Path.Split('/')).Where(p => p.Length > 3).Select(p => p[2]).Distinct()
                .Where(folder => !readme.Contains($"`{folder}/`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_decision_that_is_cited_is_written_down() => Rule.NobodyBreaks(
        "docs/adr has no decision with this number.",
        Tree.Files.SelectMany(f => Decision().Matches(f.Text).Select(m => m.Groups[1].Value).Distinct()
            .Where(n => !Tree.Under("docs/adr").Any(d => d.Name.StartsWith(n, StringComparison.Ordinal)))
            .Select(n => $"{f.Path}: docs/adr/{n}")));

    [Fact]
    public void Every_test_that_a_document_names_exists()
    {
        var tests = Tree.Code("tests").SelectMany(f => TestMethod().Matches(f.Text).Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        Rule.NobodyBreaks(
            "A document promises that a test shows something, and there is no such test (any more).",
            Tree.Documents.SelectMany(d => TestName().Matches(Tree.Prose(d)).Select(m => m.Groups[1].Value)
                .Where(n => !tests.Contains(n)).Select(n => $"{d.Path}: {n}")));
    }

    [Fact]
    public void Every_document_is_in_the_index()
    {
        var index = Tree.Read("docs/README.md").Text;
        Rule.NobodyBreaks(
            "docs/README.md links every document under docs: add a line.",
            Tree.Under("docs").Where(d => d.Is(".md") && d.Path != "docs/README.md")
                .Where(d => !index.Contains($"]({d.Path["docs/".Length..]})", StringComparison.Ordinal)).Select(d => d.Path));
    }

    [Fact]
    public void Every_requirement_that_is_cited_is_in_the_list()
    {
        var known = Listed().Matches(Tree.Read("docs/spec-ids.md").Text).Select(m => m.Groups[1].Value).ToHashSet();
        Assert.NotEmpty(known);
        Rule.NobodyBreaks(
            "docs/spec-ids.md has no requirement with this id.",
            Tree.Files.SelectMany(f => Citations(f).Where(id => !known.Contains(id)).Distinct().Select(id => $"{f.Path}: {id}")));
    }

    // Code cites in comments and traits, documents in their prose. Between back-ticks F2 is a size, not a requirement.
    private static IEnumerable<string> Citations(SourceFile file)
    {
        var texts = file.Is(".cs") ? CommentOrTrait().Matches(file.Text).Select(m => m.Value)
            : file.Is(".md") ? [BackTicks().Replace(Tree.Prose(file), "")]
            : file.Is(".props", ".csproj", ".sh", ".ps1", ".yml", "/run") ? [file.Text]
            : Enumerable.Empty<string>();
        return texts.SelectMany(t => Id().Matches(BackTicks().Replace(t, ""))).Select(m => m.Value);
    }

    [GeneratedRegex(@"\]\(<?([^)>\s]+)>?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:src|tests|docs|eng|scripts|topologies|bench|samples|\.github|\.ci)/[\w./-]*)`")]
    private static partial Regex TreePath();

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Name();

    // A sentence between back-ticks; names of environment variables are all capitals.
    [GeneratedRegex(@"`((?=\w*[a-z])[A-Z][A-Za-z0-9]*(?:_[A-Za-z0-9]+){2,})`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"\b(?:void|Task) ([A-Z]\w*)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"\bdocs/adr/(\d{4})")]
    private static partial Regex Decision();

    [GeneratedRegex(@"^\| ([A-Z]\d{1,2}) \|", RegexOptions.Multiline)]
    private static partial Regex Listed();

    [GeneratedRegex(@"//.*|Trait\(""spec"",[^)]*\)")]
    private static partial Regex CommentOrTrait();

    [GeneratedRegex(@"`[^`\n]*`|<c>.*?</c>")]
    private static partial Regex BackTicks();

    [GeneratedRegex(@"(?<![\w@#./-])[FRPNDUHMWL][1-9]\d?(?![\w.:]\w)\b")]
    private static partial Regex Id();
}
