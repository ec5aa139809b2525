// Arrows point one way: Api → Infrastructure → Domain. What the compiler can't hold is held here.
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Tidy.Tests;

public sealed partial class LayerTests
{
    [Fact]
    public void Domain_references_nothing_but_NodaTime_and_the_BCL() => Rule.NobodyBreaks(
        "Domain is pure: what it needs from the world is an argument.",
        typeof(Refusals).Assembly.GetReferencedAssemblies().Select(a => a.Name!)
            .Where(n => n != "NodaTime" && n != "System" && !n.StartsWith("System.", StringComparison.Ordinal))
            .Concat(References("src/Domain/Domain.csproj").Where(r => r != "NodaTime")));

    [Fact]
    public void Domain_touches_no_file_console_thread_or_environment() => Rule.NobodyBreaks(
        "Deciding does no I/O; reading and running belong to Infrastructure.",
        Tree.Code("src/Domain").SelectMany(f => World().Matches(f.Text).Select(m => $"{f.At(m.Index)}: {m.Value}")));

    [Fact]
    public void Infrastructure_knows_nothing_of_commands_and_their_validation() => Rule.NobodyBreaks(
        "MediatR and FluentValidation stay inside src/Api, so that the choice stays small (docs/adr/0003).",
        typeof(RdfeDbContext).Assembly.GetReferencedAssemblies().Select(a => a.Name!)
            .Where(n => n is "MediatR" or "FluentValidation" or "Rdfe.Api"));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Tree.Read("Rdfe.sln").Text.Replace('\\', '/');
        Rule.NobodyBreaks(
            "A project that is not in Rdfe.sln is neither built nor tested: dotnet sln add it.",
            Tree.Files.Where(f => f.Is(".csproj") && !solution.Contains(f.Path, StringComparison.Ordinal)).Select(f => f.Path));
    }

    [Fact]
    public void Every_package_that_is_listed_is_used()
    {
        var used = Tree.Files.Where(f => f.Is(".csproj", ".props")).SelectMany(f => References(f.Path)).ToHashSet();
        Rule.NobodyBreaks(
            "Directory.Packages.props lists decisions; this one has been undone.",
            XDocument.Parse(Tree.Read("Directory.Packages.props").Text).Descendants("PackageVersion")
                .Select(p => (string)p.Attribute("Include")!).Where(p => !used.Contains(p)));
    }

    private static IEnumerable<string> References(string project) =>
        XDocument.Parse(Tree.Read(project).Text).Descendants()
            .Where(e => e.Name.LocalName is "PackageReference" or "ProjectReference" or "FrameworkReference")
            .Select(e => (string)e.Attribute("Include")!);

    [GeneratedRegex(@"(?<![\w.""])(File|Directory|Console|Environment|Thread|Task|HttpClient|Stopwatch)\.[A-Z]\w*")]
    private static partial Regex World();
}
