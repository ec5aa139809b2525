// Changes one place of a JSON document, named as errors name it, and shows a refusal's errors as lines.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rdfe.Domain.Tests;

internal static partial class JsonEdits
{
    /// <summary>
    /// The document with the value at that path set, added, or (where <paramref name="value"/> is null) removed.
    /// </summary>
    public static string With(this string document, string path, string? value)
    {
        var root = JsonNode.Parse(document)!;
        var steps = Step().Matches(path).Select(m => m.Value.Trim('.', '[', ']')).Where(s => s != "$").ToList();
        var parent = steps.SkipLast(1).Aggregate(root, Go);
        var last = steps[^1];
        var node = value is null ? null : JsonNode.Parse(value);
        if (parent is JsonArray array)
        {
            var index = int.Parse(last, System.Globalization.CultureInfo.InvariantCulture);
            if (index == array.Count)
            {
                array.Add(node);
            }
            else if (value is null)
            {
                array.RemoveAt(index);
            }
            else
            {
                array[index] = node;
            }
        }
        else if (value is null)
        {
            parent.AsObject().Remove(last);
        }
        else
        {
            parent[last] = node;
        }

        return root.ToJsonString();
    }

    /// <summary>Each error as <c>path: message</c>, in the order of paths; nothing where there is no refusal.</summary>
    public static string Lines(this Refusal? refusal) => refusal is null ? "" : string.Join(
        "\n", refusal.Errors.SelectMany(e => e.Value.Select(message => $"{e.Key}: {message}")));

    private static JsonNode Go(JsonNode node, string step) =>
        node is JsonArray array
            ? array[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]!
            : node[step]!;

    [GeneratedRegex(@"\.?[A-Za-z0-9$]+|\[[0-9]+\]")]
    private static partial Regex Step();
}
