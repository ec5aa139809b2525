using System.Text;
using Rdfe.Domain.Packages;

namespace Rdfe.Domain.Tests.Packages;

public class ServiceSchemaDocsTests
{
    public static TheoryData<string> Schemas => [ServiceSchema.Definition.Root, ServiceSchema.Configuration.Root];

    [Theory, Trait("spec", "D1"), MemberData(nameof(Schemas))]
    public void The_documentation_lists_the_schema_as_it_is(string root)
    {
        var schema = root == ServiceSchema.Definition.Root ? ServiceSchema.Definition : ServiceSchema.Configuration;
        var path = Path.Combine(Repository(), "docs", "service-model.md");
        var (begin, end) = ($"<!-- {root}: begin -->", $"<!-- {root}: end -->");
        var text = File.ReadAllText(path).ReplaceLineEndings("\n");
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        var expected = "\n" + Table(schema);
        if (Environment.GetEnvironmentVariable("UPDATE_EXPECTED") == "1")
        {
            File.WriteAllText(path, text[..from] + expected + text[to..]);
            return;
        }

        Assert.True(text[from..to] == expected,
            $"docs/service-model.md has another table for {root}; UPDATE_EXPECTED=1 rewrites it:\n{expected}");
    }

    [Fact, Trait("spec", "D1")]
    public void Every_element_of_the_schemas_is_described_and_reachable()
    {
        foreach (var schema in new[] { ServiceSchema.Definition, ServiceSchema.Configuration })
        {
            var named = schema.Elements.SelectMany(e => e.Children.Keys).Append(schema.Root).ToHashSet();
            Assert.Equal(schema.Elements.Select(e => e.Name).Order(), named.Order());
        }
    }

    private static string Table(ServiceSchema schema)
    {
        var table = new StringBuilder("| element | acted on | kept as advice | elements in it |\n|---|---|---|---|\n");
        foreach (var element in schema.Elements.Where(e => e.ActedOn))
        {
            string List(bool actedOn) => string.Join(" ", element.Attributes
                .Where(a => a.ActedOn == actedOn).Select(a => $"`{a.Name}`{(a.Required ? "¹" : "")}"));
            var children = string.Join(" ", element.Children.Keys.Order(StringComparer.Ordinal).Select(c => $"`{c}`"));
            table.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"| `{element.Name}` | {List(true)} | {List(false)} | {children} |\n");
        }

        var kept = schema.Elements.Where(e => !e.ActedOn).Select(e => $"`{e.Name}`");
        return table.Append("\nKept as advice, with what the schema allows in them: ")
            .AppendJoin(" ", kept).Append(".\n").ToString();
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Rdfe.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Not inside the repository.");
        }

        return folder;
    }
}
