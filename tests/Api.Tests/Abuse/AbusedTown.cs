// A subscription that has one of everything, and the operator's things beside it: what the generated tests name in paths.
using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests.Abuse;

internal sealed class AbusedTown
{
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);

    private AbusedTown(RdfeApp app, Tenant tenant, string prefix) => (App, Tenant, Prefix) = (app, tenant, prefix);

    public RdfeApp App { get; }

    /// <summary>Seen as the operator does.</summary>
    public Tenant Tenant { get; }

    /// <summary>Begins the name of everything that is theirs: it must not turn up in another's answers.</summary>
    public string Prefix { get; }

    public string Web => Prefix + "-web";

    public string Slot => $"/services/{Web}/deployments/production";

    /// <param name="beside">A town in the same fabric, whose operator's things this one shares.</param>
    public static async Task<AbusedTown> BuildAsync(RdfeApp app, string prefix, AbusedTown? beside = null)
    {
        var quotas = new { cores = 2000, services = 1000, vips = 1000, vms = 1000, affinityGroups = 1000, virtualNetworks = 1000, storageAccounts = 1000, keys = 1000 };
        var town = new AbusedTown(app, await app.TenantAsync(quotas), prefix);
        await town.FillAsync();
        await town.FillFabricAsync(beside);
        return town;
    }

    /// <summary>The name of what this town has at that place of the path.</summary>
    public string Value(ApiOperation operation, string parameter) => parameter == "subscriptionId"
        ? Tenant.Id.ToString()
        : names.GetValueOrDefault(operation.Collection(parameter) + "/" + parameter)
            ?? throw new InvalidOperationException($"The town of these tests has nothing for {{{parameter}}} of {operation}: give it one, in AbusedTown.");

    /// <summary>The path of the operation, with what this town has.</summary>
    public string Path(ApiOperation operation) => operation.Fill(name => Value(operation, name));

    /// <summary>Every name that belongs to the tenant alone.</summary>
    public IReadOnlyList<string> TheirNames => [.. names.Values.Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Distinct()];

    /// <summary>A machine as small as can be.</summary>
    public static string Machine(string more = "") => $$"""{ "region": "north", "size": "Small", "image": "ubuntu-22.04"{{more}} }""";

    public Task<JsonObject> Put(string path, string body, params int[] expected) => Send(HttpMethod.Put, path, body, expected);

    public async Task<JsonObject> Send(HttpMethod method, string path, string? body, params int[] expected)
    {
        using var request = new HttpRequestMessage(method, path.StartsWith("/fabric", StringComparison.Ordinal) || path.StartsWith("/subscriptions", StringComparison.Ordinal) ? path : Tenant.Path(path))
        {
            Content = body is null ? null : RdfeApp.Text(body),
        };
        using var response = await Tenant.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(expected.Contains((int)response.StatusCode), $"{method} {path}: expected {string.Join(" or ", expected)}, got {(int)response.StatusCode}: {text}");
        return text.Length == 0 ? [] : (JsonObject)JsonNode.Parse(text)!;
    }

    /// <summary>A service with a deployment that runs once the clock has been moved.</summary>
    public async Task<string> Deploy(string service, string slot = "production")
    {
        await Put("/services/" + service, """{ "region": "south", "label": "one of many" }""", 200, 201);
        var path = $"/services/{service}/deployments/{slot}";
        await Put(path, new JsonObject { ["package"] = Prefix + "-package", ["configuration"] = Samples.Configuration("hello-web") }.ToJsonString(), 202);
        return path;
    }

    private async Task FillAsync()
    {
        await Put(At("keys", "key"), """{ "role": "reader" }""", 201);
        await Put(At("affinityGroups", "group"), """{ "region": "north" }""", 201);
        await Put(At("availabilitySets", "set"), """{ "region": "north" }""", 201);
        await Put(At("dedicatedHosts", "host"), """{ "region": "north", "family": "D" }""", 202);
        At("packages", "package");
        await Tenant.Upload(Prefix + "-package", Samples.Package("hello-web")).Expect(201);
        await Put(At("storageAccounts", "blobs"), """{ "region": "north" }""", 201);
        At("services", "web", "service");
        await Deploy(Web);
        names["serviceNames/name"] = Web;
        names["deployments/slot"] = "production";
        names["instances/instance"] = "Web_IN_0";
        await Put(At("virtualNetworks", "net"), $$"""{ "services": ["{{Web}}"] }""", 201);
        await Put(At("webhooks", "hook"), """{ "url": "https://example.org/hook", "secret": "0123456789abcdef0123456789abcdef" }""", 201);
        var box = await Put(At("virtualMachines", "box"), Machine($$""", "availabilitySet": "{{Prefix}}-set" """), 202);
        await Put($"/virtualMachines/{Prefix}-late", Machine(), 202);
        names["operations/operation"] = ((string)box["operation"]!).Split('/')[^1];
        await Put(At("maintenanceConfigurations", "nights"), $$"""
            { "window": { "startsAt": "2027-03-01T22:00", "duration": "PT4H", "timeZone": "Europe/Berlin", "recurrence": "Week Saturday" },
              "assignments": ["virtualMachines/{{Prefix}}-box"] }
            """, 201);
    }

    private async Task FillFabricAsync(AbusedTown? beside)
    {
        var owner = beside?.Prefix ?? Prefix;
        foreach (var (collection, name, body) in new[]
        {
            ("sizes", "size", """{ "family": "general", "cores": 1, "memoryMib": 1024, "localDiskGib": 10, "networkMbps": 10 }"""),
            ("images", "image", """{ "kind": "vm", "version": "1.0", "sizeMib": 4000 }"""),
            ("bundles", "bundle", """{ "versions": { "hostAgent": "118.1" } }"""),
            ("hostUpdates", "fw", """{ "component": "firmware", "version": "8.5", "liveMigratable": false, "impact": "a reboot" }"""),
            ("faults", "fault", """{ "kind": "powerLoss", "target": { "node": "south-c2-r4-n06" }, "from": "PT50000H", "duration": "PT1M" }"""),
        })
        {
            names[$"{collection}/name"] = $"{owner}-{name}";
            await Put($"/fabric/{collection}/{owner}-{name}", body, beside is null ? 201 : 200);
        }

        names["clusters/cluster"] = "north-c1";
        names["nodes/node"] = "north-c1-r1-n02";
        names["snapshots/name"] = owner + "-snap";
        names["rollouts/name"] = owner + "-rollout";
        names["maintenance/id"] = $"{owner}-fw~{Prefix}-box";
        await App.Advance(20);
        if (beside is null)
        {
            // Copies outlive the fabric that they were made of.
            await Send(HttpMethod.Post, "/fabric/emulator/snapshot", $$"""{ "name": "{{Prefix}}-snap" }""", 201, 409);
            await Put($"/fabric/rollouts/{Prefix}-rollout", $$"""{ "hostUpdate": "{{Prefix}}-fw", "regions": ["north"], "stages": [{ "name": "all" }] }""", 202);
        }

        await App.Advance(60);
        var machine = await Send(HttpMethod.Get, $"/virtualMachines/{Prefix}-box", null, 200);
        names["instances/instanceId"] = ((string)machine["metadataUrl"]!).Split('/')[^2];
        names["instance/path"] = "compute";
    }

    private string At(string collection, string what, string parameter = "name")
    {
        names[collection + "/" + parameter] = $"{Prefix}-{what}";
        return $"/{collection}/{Prefix}-{what}";
    }
}
