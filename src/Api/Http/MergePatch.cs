// JSON merge patch (RFC 7396), for every resource alike: applied to what the tenant has set, and the result is bound as
// a PUT would be. So a PATCH can do nothing that a PUT could not.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rdfe.Api.Http;

public sealed record MergePatch(JsonObject Patch)
{
    public JsonObject ApplyTo<TDocument>(TDocument current)
    {
        var document = (JsonObject)JsonSerializer.SerializeToNode(current, Wire.Options)!;
        Merge(document, Patch);
        return document;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                if (target[name] is not JsonObject nested)
                {
                    target[name] = nested = [];
                }

                Merge(nested, inner);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
