// What the program is made of is written down with its licence, and the page keeps up with the versions.
using System.Text.RegularExpressions;

namespace Rdfe.Tidy.Tests;

public sealed partial class DependencyTests
{
    private const string Page = "docs/dependencies.md";

    // Each lets us ship the package beside code of any licence. Another one is for a person to read first.
    private static readonly string[] Accepted = ["MIT", "Apache-2.0", "BSD-3-Clause"];

    private static List<(string Name, string Version, string Licence)> Rows { get; } =
        [.. Row().Matches(Tree.Read(Page).Text).Select(m => (m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value)).Where(r => r.Item1 != "package")];

    [Fact]
    public void Every_package_that_is_asked_for_is_on_the_page_with_its_version()
    {
        var asked = Asked().Matches(Tree.Read("Directory.Packages.props").Text).Select(m => (Name: m.Groups[1].Value, Version: m.Groups[2].Value)).ToList();
        Assert.NotEmpty(asked);
        var tools = System.Text.Json.Nodes.JsonNode.Parse(Tree.Read(".config/dotnet-tools.json").Text)!["tools"]!.AsObject();
        asked.AddRange(tools.Select(t => (t.Key, (string)t.Value!["version"]!)));
        Rule.NobodyBreaks(
            $"{Page} tells of other packages or versions than Directory.Packages.props and .config/dotnet-tools.json: run `dotnet restore && dotnet tool restore && eng/licences.sh`.",
            asked.Where(a => !Rows.Exists(r => r.Name == a.Name && r.Version == a.Version)).Select(a => $"{a.Name} {a.Version}"));
    }

    [Fact]
    public void Every_package_on_the_page_has_a_licence_that_somebody_has_accepted()
    {
        Assert.NotEmpty(Rows);
        Rule.NobodyBreaks(
            $"{Page} has a package whose licence is not on the list of accepted ones: read it, then add it here or replace the package.",
            Rows.Where(r => !Accepted.Contains(r.Licence)).Select(r => $"{r.Name} {r.Version}: {r.Licence}"));
    }

    [GeneratedRegex(@"<PackageVersion Include=""([^""]+)"" Version=""([^""]+)""")]
    private static partial Regex Asked();

    [GeneratedRegex(@"^\| ([\w.-]+) \| (\S+) \| ([^|]+?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
