// One JSON object of a document, read member by member. Each accessor adds its own errors and answers null where it
// did, so that a reader is a list of members and every error comes out at once.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Rdfe.Domain.Documents;

/// <summary>An object of a document whose members are known by name: unknown and repeated ones are errors.</summary>
public sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly DocumentErrors errors;

    private JsonFields(string path, DocumentErrors errors) => (Path, this.errors) = (path, errors);

    /// <summary>Where this object is in the document.</summary>
    public string Path { get; }

    /// <summary>Opens an object; null, with an error, where the element is something else.</summary>
    public static JsonFields? Open(
        JsonElement element, string path, ImmutableArray<string> known, DocumentErrors errors)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            errors.Add(path, $"Must be an object, not {JsonText.Kind(element)}.");
            return null;
        }

        var fields = new JsonFields(path, errors);
        foreach (var member in element.EnumerateObject())
        {
            var name = JsonText.NameOf(member);
            if (!known.Contains(name, StringComparer.Ordinal))
            {
                errors.Add(JsonText.Member(path, name), $"Unknown member; known are {string.Join(", ", known)}.");
            }
            else if (!fields.members.TryAdd(name, member.Value))
            {
                errors.Add(JsonText.Member(path, name), "The member is there more than once.");
            }
        }

        return fields;
    }

    /// <summary>The path of a member of this object.</summary>
    public string At(string name) => JsonText.Member(Path, name);

    /// <summary>True when the member is there.</summary>
    public bool Has(string name) => members.ContainsKey(name);

    /// <summary>The member as it is; an error where it is missing and required.</summary>
    public JsonElement? Element(string name, bool required = true)
    {
        if (members.TryGetValue(name, out var element))
        {
            return element;
        }

        if (required)
        {
            errors.Add(At(name), "Missing.");
        }

        return null;
    }

    /// <summary>A member that is text.</summary>
    public string? Text(string name, bool required = true)
    {
        if (Element(name, required) is not { } element)
        {
            return null;
        }

        var text = JsonText.Of(element);
        if (text is null)
        {
            var kind = element.ValueKind == JsonValueKind.String
                ? "text that is not valid Unicode"
                : JsonText.Kind(element);
            errors.Add(At(name), $"Must be a string, not {kind}.");
        }

        return text;
    }

    /// <summary>A member that is a name by the rule of the API.</summary>
    public string? Name(string name = "name") =>
        Text(name) is { } text && Names.Check(text, At(name), errors) ? text : null;

    /// <summary>A member that is one of a few words.</summary>
    public string? Word(string name, ImmutableArray<string> words, bool required = true)
    {
        var text = Text(name, required);
        if (text is null || words.Contains(text, StringComparer.Ordinal))
        {
            return text;
        }

        errors.Add(At(name), $"Must be one of {string.Join(", ", words)}.");
        return null;
    }

    /// <summary>A member that is a whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public long? Whole(string name, long least, long most, bool required = true)
    {
        if (Element(name, required) is not { } element)
        {
            return null;
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        var not = element.ValueKind == JsonValueKind.Number ? "" : $", not {JsonText.Kind(element)}";
        errors.Add(At(name), $"Must be a whole number from {least} to {most}{not}.");
        return null;
    }

    /// <summary>A member that is true or false; <paramref name="otherwise"/> where it is missing or wrong.</summary>
    public bool Flag(string name, bool otherwise)
    {
        if (Element(name, required: false) is not { } element)
        {
            return otherwise;
        }

        if (element.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return element.GetBoolean();
        }

        errors.Add(At(name), $"Must be true or false, not {JsonText.Kind(element)}.");
        return otherwise;
    }

    /// <summary>
    /// A member that is a positive number with at most two decimals, in hundredths; up to <paramref name="most"/>.
    /// </summary>
    public long? Hundredths(string name, long most)
    {
        if (Element(name) is not { } element)
        {
            return null;
        }

        if (element.ValueKind == JsonValueKind.Number && element.TryGetDecimal(out var number)
            && number > 0 && number <= most && decimal.Truncate(number * 100) == number * 100)
        {
            return (long)(number * 100);
        }

        errors.Add(At(name), string.Create(
            CultureInfo.InvariantCulture, $"Must be a number above 0, at most {most}, to the hundredth."));
        return null;
    }

    /// <summary>
    /// The items of a member that is an array of at least <paramref name="least"/>, each with its path.
    /// </summary>
    public ImmutableArray<(JsonElement Element, string Path)> Items(string name, int least)
    {
        if (Element(name) is not { } element)
        {
            return [];
        }

        if (element.ValueKind != JsonValueKind.Array)
        {
            errors.Add(At(name), $"Must be an array, not {JsonText.Kind(element)}.");
            return [];
        }

        if (element.GetArrayLength() < least)
        {
            errors.Add(At(name), $"Must have at least {least}.");
        }

        return [.. element.EnumerateArray().Select((item, i) => (item, $"{At(name)}[{i}]"))];
    }
}
