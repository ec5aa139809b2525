// Text becomes a JSON element, or an error at "$": hostile input must never surface as an exception.
using System.Text.Json;

namespace Rdfe.Domain.Documents;

/// <summary>Reads JSON text without throwing.</summary>
public static class JsonText
{
    /// <summary>Parses <paramref name="json"/>; an error at <c>$</c> and null where it is not JSON.</summary>
    public static JsonElement? Parse(string json, DocumentErrors errors)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            errors.Add("$", $"Not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        catch (ArgumentException)
        {
            errors.Add("$", "Not JSON: the text is not valid Unicode.");
        }

        return null;
    }

    /// <summary>The text of a string element; null where it is no string, or has half a surrogate pair in it.</summary>
    public static string? Of(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The name of a member; a replacement character where it is not valid Unicode.</summary>
    internal static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    /// <summary>The path of a member: <c>$.a.b</c>, or <c>$.a['b c']</c> where the name is no plain word.</summary>
    public static string Member(string path, string name)
    {
        var shown = name.Length > 63 ? string.Concat(name.AsSpan(0, 63), "…") : name;
        var plain = shown.Length > 0 && shown.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '-');
        return plain ? $"{path}.{shown}" : $"{path}['{shown.Replace("'", "\\'", StringComparison.Ordinal)}']";
    }

    /// <summary>What an element is, in the words of JSON.</summary>
    internal static string Kind(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
