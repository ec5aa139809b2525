// Ids and addresses are text in JSON, as people see them: their types are for the compiler.
using System.Text.Json;
using System.Text.Json.Serialization;
using Rdfe.Domain;
using Rdfe.Domain.Network;
using Rdfe.Domain.Placement;

namespace Rdfe.Infrastructure.Persistence;

internal static class IdJson
{
    public static void AddTo(IList<JsonConverter> converters)
    {
        Add(converters, t => new SubscriptionId(Guid.Parse(t)), id => id.ToString());
        Add(converters, t => new GeoId(t), id => id.Value);
        Add(converters, t => new RegionId(t), id => id.Value);
        Add(converters, t => new ClusterId(t), id => id.Value);
        Add(converters, t => new RackId(t), id => id.Value);
        Add(converters, t => new NodeId(t), id => id.Value);
        Add(converters, t => new InstanceId(t), id => id.Value);
        Add(converters, t => new DeploymentId(t), id => id.Value);
        Add(converters, t => new OperationId(t), id => id.Value);
        Add(converters, t => new GroupId(t), id => id.Value);
        Add(converters, t => Ipv4Address.Parse(t) ?? throw new JsonException("An IPv4 address is expected."), a => a.ToString());
    }

    private static void Add<T>(IList<JsonConverter> converters, Func<string, T> read, Func<T, string> write)
        where T : struct => converters.Add(new TextConverter<T>(read, write));

    private sealed class TextConverter<T>(Func<string, T> read, Func<T, string> write) : JsonConverter<T>
        where T : struct
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            read(reader.GetString() ?? throw new JsonException($"A {typeof(T).Name} is expected."));

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(write(value));
    }
}
