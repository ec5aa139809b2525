// How documents look on the wire: camelCase, enums as camelCase strings, nothing that is null left out silently.
using System.Text.Json;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Http;

public static class Wire
{
    public static JsonSerializerOptions Options { get; } = StoreJson.Configure(new JsonSerializerOptions
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    });

    public static string EnumName<T>(T value) where T : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
