// Nested values are kept as JSON text: camelCase, enums as camelCase strings, instants in RFC 3339.
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Infrastructure.Persistence;

public static class StoreJson
{
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions
    {
        Converters = { new KeptJson<MaintenanceChoice>(Configure(new JsonSerializerOptions())) },
    });

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.DictionaryKeyPolicy = null;
        options.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.RespectNullableAnnotations = true;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.Converters.Add(new InstantConverter());
        options.Converters.Add(new DurationConverter());
        IdJson.AddTo(options.Converters);
        return options;
    }

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, Options)
        ?? throw new JsonException($"The store holds null where it should hold {typeof(T).Name}.");

    private sealed class InstantConverter : JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var parsed = OffsetDateTimePattern.Rfc3339.Parse(reader.GetString() ?? "");
            return parsed.Success
                ? parsed.Value.ToInstant()
                : throw new JsonException("An RFC 3339 timestamp is expected.");
        }

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
            writer.WriteStringValue(InstantPattern.ExtendedIso.Format(value));
    }

    private sealed class DurationConverter : JsonConverter<Duration>
    {
        public override Duration Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            IsoDuration.TryParse(reader.GetString(), out var value)
                ? value
                : throw new JsonException("An ISO 8601 duration is expected.");

        public override void Write(Utf8JsonWriter writer, Duration value, JsonSerializerOptions options) =>
            writer.WriteStringValue(IsoDuration.Format(value));
    }
}

/// <summary>
/// Durations as ISO 8601 (<c>PT5M</c>, <c>P35D</c>); months and years have no fixed length and are refused.
/// </summary>
public static class IsoDuration
{
    public static bool TryParse(string? text, out Duration value)
    {
        value = default;
        var parsed = PeriodPattern.NormalizingIso.Parse(text ?? "");
        if (!parsed.Success || parsed.Value is { Months: not 0 } or { Years: not 0 })
        {
            return false;
        }

        try
        {
            value = parsed.Value.ToDuration();
            // What is written is counted in nanoseconds: some 290 years.
            _ = value.ToInt64Nanoseconds();
            return true;
        }
        catch (OverflowException)
        {
            return false;
        }
    }

    public static string Format(Duration value) =>
        PeriodPattern.NormalizingIso.Format(Period.FromNanoseconds(value.ToInt64Nanoseconds()).Normalize());
}
