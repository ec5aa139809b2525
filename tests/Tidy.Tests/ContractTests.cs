// The contract and the settings: what is written down is what is there.
using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Tidy.Tests;

public sealed class ContractTests
{
    private const string OpenApi = "openapi/rdfe.v1.json";
    private const string Schemas = "#/components/schemas/";

    [Fact]
    public void The_contract_is_checked_in() => Assert.True(
        Tree.Exists(OpenApi),
        $"{OpenApi} is the contract, and it is missing: UPDATE_EXPECTED=1 and the tests of Api.Tests write it.");

    [Fact]
    public void The_contract_has_no_orphan_schema()
    {
        The_contract_is_checked_in();
        var document = JsonNode.Parse(Tree.Read(OpenApi).Text)!.AsObject();
        var schemas = document["components"]?["schemas"]?.AsObject() ?? [];
        var reached = new HashSet<string>();
        var open = new Stack<string>(References(document["paths"]));
        while (open.TryPop(out var name))
        {
            if (reached.Add(name))
            {
                Assert.True(schemas.ContainsKey(name), $"{OpenApi} refers to a schema {name} that it does not have.");
                foreach (var next in References(schemas[name]))
                {
                    open.Push(next);
                }
            }
        }

        Rule.NobodyBreaks(
            "Schemas that no path leads to: nobody can send or get them.",
            schemas.Select(s => s.Key).Where(s => !reached.Contains(s)));
    }

    [Fact]
    public void Every_setting_of_appsettings_is_bound()
    {
        var settings = JsonNode.Parse(Tree.Read("appsettings.json").Text)!["Rdfe"]!.AsObject();
        Rule.NobodyBreaks(
            "A setting that nothing reads promises something that will not happen.",
            Unbound(settings, typeof(RdfeOptions), "Rdfe"));
    }

    [Fact]
    public void Every_figure_that_can_be_set_is_shown_in_appsettings()
    {
        var settings = JsonNode.Parse(Tree.Read("appsettings.json").Text)!["Rdfe"]!.AsObject();
        Rule.NobodyBreaks(
            "appsettings.json lists every figure with its default, so that people find what they may change.",
            Hidden(settings, typeof(RdfeOptions), "Rdfe"));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject o => o.SelectMany(p => p.Value is JsonValue v && v.TryGetValue<string>(out var text)
            && text.StartsWith(Schemas, StringComparison.Ordinal)
                ? [text[Schemas.Length..]]
                : References(p.Value)),
        JsonArray a => a.SelectMany(References),
        _ => [],
    };

    private static IEnumerable<string> Unbound(JsonObject settings, Type options, string path)
    {
        foreach (var (name, value) in settings)
        {
            var property = Find(options, name);
            if (property is null)
            {
                yield return $"{path}:{name}";
            }
            else if (value is JsonObject section && IsSection(property.PropertyType))
            {
                foreach (var below in Unbound(section, property.PropertyType, $"{path}:{name}"))
                {
                    yield return below;
                }
            }
        }
    }

    private static IEnumerable<string> Hidden(JsonObject? settings, Type options, string path)
    {
        foreach (var property in options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var shown = settings?.FirstOrDefault(s => s.Key.Equals(property.Name, StringComparison.OrdinalIgnoreCase)).Value;
            if (IsSection(property.PropertyType))
            {
                foreach (var below in Hidden(shown as JsonObject, property.PropertyType, $"{path}:{property.Name}"))
                {
                    yield return below;
                }
            }
            else if (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null && shown is null)
            {
                yield return $"{path}:{property.Name}";
            }
        }
    }

    private static PropertyInfo? Find(Type options, string name) => options.GetProperty(
        name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);

    private static bool IsSection(Type type) =>
        type.IsClass && type != typeof(string) && !type.IsAssignableTo(typeof(IEnumerable));
}
