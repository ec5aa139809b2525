// The versions of the instance metadata that Azure has published (D7): programs name the one that they were written for,
// and get the members that it had.
using System.Text.Json.Nodes;

namespace Rdfe.Api.Features.InstanceMetadata;

internal static class MetadataVersions
{
    /// <summary>Oldest first. Dates sort as text.</summary>
    public static readonly string[] All =
    [
        "2017-03-01", "2017-04-02", "2017-08-01", "2017-10-01", "2017-12-01", "2018-02-01", "2018-04-02", "2018-10-01",
        "2019-02-01", "2019-03-11", "2019-04-30", "2019-06-01", "2019-06-04", "2019-08-01", "2019-08-15", "2019-11-01",
        "2020-06-01", "2020-07-15", "2020-09-01", "2020-10-01", "2020-12-01", "2021-01-01", "2021-02-01", "2021-03-01",
        "2021-05-01", "2021-10-01", "2021-11-01", "2021-11-15", "2021-12-13", "2023-07-01",
    ];

    /// <summary>What an error lists, newest first.</summary>
    public static readonly string[] Newest = [.. All.Reverse().Take(3)];

    // Members of compute that came after the first version. Those not named have always been there.
    private static readonly Dictionary<string, string> Since = new(StringComparer.Ordinal)
    {
        ["placementGroupId"] = "2017-08-01",
        ["resourceGroupName"] = "2017-08-01",
        ["subscriptionId"] = "2017-08-01",
        ["tags"] = "2017-08-01",
        ["vmScaleSetName"] = "2017-12-01",
        ["zone"] = "2017-12-01",
        ["plan"] = "2018-04-02",
        ["publicKeys"] = "2018-04-02",
        ["azEnvironment"] = "2018-10-01",
        ["provider"] = "2018-10-01",
        ["customData"] = "2019-02-01",
        ["resourceId"] = "2019-03-11",
        ["storageProfile"] = "2019-06-01",
        ["tagsList"] = "2019-06-04",
        ["isHostCompatibilityLayerVm"] = "2020-06-01",
        ["osProfile"] = "2020-07-15",
        ["licenseType"] = "2020-09-01",
        ["priority"] = "2020-12-01",
        ["userData"] = "2021-01-01",
    };

    // The first version had other names in its network.
    private static readonly Dictionary<string, string> FirstNames = new(StringComparer.Ordinal)
    {
        ["ipAddress"] = "ipaddress",
        ["privateIpAddress"] = "ipaddress",
        ["publicIpAddress"] = "publicip",
        ["macAddress"] = "mac",
    };

    /// <summary>The document as a version had it.</summary>
    public static JsonObject As(string version, JsonObject newest)
    {
        var compute = newest["compute"]!.AsObject();
        foreach (var (member, since) in Since)
        {
            if (string.CompareOrdinal(version, since) < 0)
            {
                compute.Remove(member);
            }
        }

        if (version == All[0])
        {
            newest["network"] = Renamed(newest["network"]!);
        }

        return newest;
    }

    private static JsonNode? Renamed(JsonNode? node) => node switch
    {
        JsonObject o => new JsonObject(o.Select(m =>
            KeyValuePair.Create(FirstNames.GetValueOrDefault(m.Key, m.Key), Renamed(m.Value)))),
        JsonArray a => new JsonArray([.. a.Select(Renamed)]),
        _ => node?.DeepClone(),
    };
}
