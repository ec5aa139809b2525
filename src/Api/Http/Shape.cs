// What JSON a type accepts, found once by reflection. Checking goes on after an error, and gives back a document that
// has been mended just enough to be bound: so rules on the rest of it are reported in the same answer.
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Http;

internal abstract class Shape
{
    private static readonly ConcurrentDictionary<Type, Shape> Shapes = new();

    /// <summary>Stands in for what is missing or wrong.</summary>
    public abstract JsonNode? Stand();

    /// <summary>Checks a node that is not null; gives it back mended.</summary>
    public abstract JsonNode? Check(JsonNode node, string path, Action<string, string> error);

    // Put in the table only when complete: a record that contains itself is not a body that anybody needs.
    public static Shape Of(Type type) => Shapes.GetOrAdd(type, static t => Make(t));

    private static Shape Make(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(JsonNode) || type == typeof(JsonObject) || type == typeof(JsonElement))
        {
            return new AnyShape();
        }

        if (Scalar(type) is { } scalar)
        {
            return scalar;
        }

        if (type.IsEnum)
        {
            var names = Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName).ToArray();
            return new ScalarShape("one of " + string.Join(", ", names), names[0],
                n => Text(n) is { } text && names.Contains(text, StringComparer.Ordinal));
        }

        if (Interface(type, typeof(IReadOnlyDictionary<,>)) is { } map)
        {
            return new MapShape(Of(map.GetGenericArguments()[1]));
        }

        return Interface(type, typeof(IEnumerable<>)) is { } list
            ? new ListShape(Of(list.GetGenericArguments()[0]))
            : new RecordShape(type);
    }

    private static ScalarShape? Scalar(Type type)
    {
        if (type == typeof(string))
        {
            return new("a string", "", n => Text(n) is not null);
        }

        if (type == typeof(bool))
        {
            return new("true or false", false, n => n.GetValueKind() is JsonValueKind.True or JsonValueKind.False);
        }

        if (type == typeof(int))
        {
            return new("a whole number", 0, n => Number(n) && n.AsValue().TryGetValue<int>(out _));
        }

        if (type == typeof(long))
        {
            return new("a whole number", 0, n => Number(n) && n.AsValue().TryGetValue<long>(out _));
        }

        if (type == typeof(decimal))
        {
            return new("a number", 0, n => Number(n) && n.AsValue().TryGetValue<decimal>(out _));
        }

        if (type == typeof(double))
        {
            return new("a number", 0, n => Number(n) && n.AsValue().TryGetValue<double>(out var d)
                && double.IsFinite(d));
        }

        if (type == typeof(Guid))
        {
            return new("a GUID", Guid.Empty.ToString(), n => Guid.TryParseExact(Text(n), "D", out _));
        }

        if (type == typeof(Instant))
        {
            return new("an RFC 3339 timestamp such as 2012-02-29T00:00:00Z", "1970-01-01T00:00:00Z",
                n => Text(n) is { } text && OffsetDateTimePattern.Rfc3339.Parse(text).Success);
        }

        return type == typeof(Duration)
            ? new("an ISO 8601 duration such as PT5M or P35D", "PT0S", n => IsoDuration.TryParse(Text(n), out _))
            : null;
    }

    private static string? Text(JsonNode node) =>
        node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;

    private static bool Number(JsonNode node) => node.GetValueKind() == JsonValueKind.Number;

    private static Type? Interface(Type type, Type open) =>
        type.GetInterfaces().Append(type).FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == open);
}

internal sealed class AnyShape : Shape
{
    public override JsonNode? Stand() => null;

    public override JsonNode? Check(JsonNode node, string path, Action<string, string> error) => node.DeepClone();
}

internal sealed class ScalarShape(string expected, JsonNode stand, Func<JsonNode, bool> fits) : Shape
{
    public override JsonNode? Stand() => stand.DeepClone();

    public override JsonNode? Check(JsonNode node, string path, Action<string, string> error)
    {
        if (fits(node))
        {
            return node.DeepClone();
        }

        error(path, $"Expected {expected}.");
        return Stand();
    }
}

internal sealed class ListShape(Shape item) : Shape
{
    // Far above what any resource may have; each has a limit of its own, and rules that look at every item.
    private const int MostItems = 10_000;

    public override JsonNode? Stand() => new JsonArray();

    public override JsonNode? Check(JsonNode node, string path, Action<string, string> error)
    {
        if (node is not JsonArray array)
        {
            error(path, "Expected an array.");
            return Stand();
        }

        if (array.Count > MostItems)
        {
            error(path, string.Create(CultureInfo.InvariantCulture, $"A list has at most {MostItems} items."));
            return Stand();
        }

        var mended = new JsonArray();
        for (var i = 0; i < array.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            if (array[i] is { } element)
            {
                mended.Add(item.Check(element, at, error));
            }
            else
            {
                error(at, "Must not be null.");
                mended.Add(item.Stand());
            }
        }

        return mended;
    }
}

internal sealed class MapShape(Shape value) : Shape
{
    public override JsonNode? Stand() => new JsonObject();

    public override JsonNode? Check(JsonNode node, string path, Action<string, string> error)
    {
        if (node is not JsonObject document)
        {
            error(path, "Expected an object.");
            return Stand();
        }

        var mended = new JsonObject();
        foreach (var (name, element) in document)
        {
            if (element is null)
            {
                error($"{path}.{name}", "Must not be null.");
            }

            mended[name] = element is null ? value.Stand() : value.Check(element, $"{path}.{name}", error);
        }

        return mended;
    }
}

internal sealed class RecordShape : Shape
{
    private readonly Dictionary<string, Member> members;

    public RecordShape(Type type)
    {
        var nullability = new NullabilityInfoContext();
        members = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First().GetParameters()
            .ToDictionary(
                p => JsonNamingPolicy.CamelCase.ConvertName(p.Name!),
                p => new Member(
                    Of(p.ParameterType),
                    nullability.Create(p).WriteState != NullabilityState.NotNull,
                    p.HasDefaultValue),
                StringComparer.Ordinal);
    }

    public override JsonNode? Stand()
    {
        var stand = new JsonObject();
        foreach (var (name, member) in members.Where(m => !m.Value.Nullable && !m.Value.HasDefault))
        {
            stand[name] = member.Shape.Stand();
        }

        return stand;
    }

    public override JsonNode? Check(JsonNode node, string path, Action<string, string> error)
    {
        if (node is not JsonObject document)
        {
            error(path, "Expected an object.");
            return Stand();
        }

        foreach (var (name, _) in document.Where(m => !members.ContainsKey(m.Key)))
        {
            error($"{path}.{name}", $"There is no such member; known are {string.Join(", ", members.Keys)}.");
        }

        var mended = new JsonObject();
        foreach (var (name, member) in members)
        {
            var at = $"{path}.{name}";
            if (document[name] is { } value)
            {
                mended[name] = member.Shape.Check(value, at, error);
            }
            else if (!member.Nullable && (document.ContainsKey(name) || !member.HasDefault))
            {
                error(at, document.ContainsKey(name) ? "Must not be null." : "Is required.");
                mended[name] = member.Shape.Stand();
            }
        }

        return mended;
    }

    private sealed record Member(Shape Shape, bool Nullable, bool HasDefault);
}
