// What never changes and is written again with everything around it is put into words once. A node under maintenance is written at
// each of its steps, and what was chosen for it, with every better rung and what ruled it out, is most of its text.
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rdfe.Infrastructure.Persistence;

/// <summary>Keeps the text of immutable values for as long as they live.</summary>
/// <typeparam name="T">A record: one that differs is another one.</typeparam>
internal sealed class KeptJson<T>(JsonSerializerOptions plain) : JsonConverter<T>
    where T : class
{
    private readonly ConditionalWeakTable<T, byte[]> texts = [];

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<T>(ref reader, plain);

    // It is our own text: nobody need look whether it is JSON.
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WriteRawValue(texts.GetValue(value, v => JsonSerializer.SerializeToUtf8Bytes(v, plain)), skipInputValidation: true);
}
