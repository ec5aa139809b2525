// A tenant of the soak. It lives again and again: a new subscription, a few hundred requests at random over few names, so that things
// are made, changed and deleted all the time, and in the end everything is deleted, the subscription as well. What was accepted must end.
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Rdfe.Testing;

namespace Rdfe.Bench.Soak;

internal sealed class SoakTenant(SoakTraffic traffic, int number, string receiver)
{
    private const int RequestsOfALife = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly string[] Regions = ["north", "south"];
    private static readonly string[] Sizes = ["ExtraSmall", "Small", "Medium"];
    private static readonly string[] Lists = ["services", "virtualMachines", "availabilitySets", "dedicatedHosts", "packages", "operations", "activityLog", "quotas",
        "maintenance", "serviceHealth", "scheduledEvents", "maintenanceLedger", "webhooks", "maintenanceConfigurations", "keys", "virtualNetworks", "affinityGroups", "storageAccounts"];

    // In the order in which they can be deleted.
    private static readonly string[] Deletable = ["webhooks", "maintenanceConfigurations", "virtualMachines", "availabilitySets", "dedicatedHosts", "virtualNetworks",
        "services", "storageAccounts", "affinityGroups", "packages", "keys"];

    private readonly Random draw = new(1000 + number);
    private readonly List<string> operations = [];
    // New content in every life, as new versions are.
    private byte[][] packages = [];
    private Guid id;
    private int lives;
    private int count;

    public int Lives => lives;

    public async Task LiveAsync(TimeSpan pause, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            id = new Guid(number, (short)(lives >> 8), (short)lives, 0x80, 1, 2, 3, 4, 5, 6, 7);
            operations.Clear();
            packages = [Package($"{number}-{lives}-0"), Package($"{number}-{lives}-1")];
            await traffic.SendAsync("PUT", At(""), """{ "displayName": "Soaked", "quotas": { "cores": 120 } }""");
            for (var i = 0; i < RequestsOfALife && !stop.IsCancellationRequested; i++)
            {
                var answer = await ActAsync();
                if (answer is { Status: 202, Operation: { } operation })
                {
                    operations.Add(traffic.PathOf(operation));
                }

                await Task.Delay(pause * (0.5 + draw.NextDouble()), TimeProvider.System, CancellationToken.None);
            }

            await EndAsync(pause);
            lives++;
        }
    }

    private async Task<SoakAnswer> ActAsync()
    {
        var vm = $"/virtualMachines/m{draw.Next(6)}";
        var set = $"/availabilitySets/a{draw.Next(2)}";
        var service = $"/services/soak-{number}-{draw.Next(2)}";
        var slot = service + "/deployments/" + (draw.Next(3) == 0 ? "staging" : "production");
        var instance = $"{slot}/instances/Web_IN_{draw.Next(3)}";
        var region = Regions[number % 2];
        // A third of what is sent has a key of its own; now and then it is one that was used.
        var key = draw.Next(3) == 0 ? $"{number}-{lives}-{(draw.Next(8) == 0 ? count : ++count)}" : null;
        return draw.Next(100) switch
        {
            < 14 => await Send("PUT", vm, Machine(region), key),
            < 16 => await Send("PATCH", vm, new { size = Sizes[draw.Next(3)] }, key),
            < 22 => await Send("POST", $"{vm}/{Pick("start", "restart", "powerOff", "deallocate", "redeploy", "performMaintenance")}", null, key),
            < 26 => await Send("DELETE", vm, null, key),
            < 28 => await Send("PUT", set, new { region }, key),
            < 29 => await Send("DELETE", set, null, key),
            < 30 => await Send("PUT", "/dedicatedHosts/d0", new { region, family = "D" }, key),
            < 31 => await Send("DELETE", "/dedicatedHosts/d0", null, key),
            < 34 => await PackageAsync(),
            < 38 => await Send("PUT", service, new { region, label = "soaked" }, key),
            < 39 => await Send("DELETE", service, null, key),
            < 46 => await Send("PUT", slot, new { package = Pick("p0", "p1"), configuration = Configuration() }, key),
            < 50 => await Send("POST", slot + "/configuration", new { configuration = Configuration(), mode = Pick("auto", "auto", "manual") }, key),
            < 53 => await Send("POST", slot + "/upgrade", new { package = Pick("p0", "p1"), configuration = Configuration(), mode = Pick("auto", "manual") }, key),
            < 55 => await Send("POST", slot + "/walkUpgradeDomain", "{}", key),
            < 56 => await Send("POST", slot + "/rollback", """{ "mode": "auto" }""", key),
            < 58 => await Send("POST", service + "/swap", null, key),
            < 61 => await Send("POST", $"{instance}/{Pick("reboot", "reimage")}", null, key),
            < 63 => await Send("DELETE", slot, null, key),
            < 67 => await OtherAsync(region, service, key),
            < 69 => await Send("PUT", "/maintenanceConfigurations/nights", Nights(vm), key),
            < 70 => await Send("DELETE", "/maintenanceConfigurations/nights", null, key),
            < 72 => await Send("PUT", "/webhooks/hook", new { url = receiver, secret = "0123456789abcdef0123456789abcdef" }, key),
            < 73 => await Send("DELETE", "/webhooks/hook", null, key),
            < 74 when operations.Count > 0 => await traffic.SendAsync("POST", operations[^1] + "/cancel", null, key),
            < 78 => await Send("PUT", vm, Pick("{", "{}", """{ "size": 3 }""", """{ "region": "nowhere", "size": "Small", "image": "x" }"""), key),
            < 82 => await MetadataAsync(vm),
            < 88 => await Send("GET", Pick(vm, slot, service, slot + "/instances", instance)),
            < 89 => await UsageAsync(),
            _ => await Send("GET", "/" + Lists[draw.Next(Lists.Length)] + Pick("", "?top=5")),
        };
    }

    private async Task<SoakAnswer> OtherAsync(string region, string service, string? key)
    {
        var delete = draw.Next(3) == 0;
        var (path, body) = draw.Next(4) switch
        {
            0 => ("/affinityGroups/g", (object)new { region }),
            1 => ("/virtualNetworks/v", new { services = new[] { service.Split('/')[^1] } }),
            2 => ($"/storageAccounts/soak{number}", new { region }),
            _ => ("/keys/k", new { role = Pick("reader", "contributor", "owner") }),
        };
        return await Send(delete ? "DELETE" : "PUT", path, delete ? null : body, key);
    }

    private async Task<SoakAnswer> PackageAsync()
    {
        var which = draw.Next(2);
        return draw.Next(4) == 0
            ? await Send("DELETE", $"/packages/p{which}")
            : await Send("PUT", $"/packages/p{which}", packages[which]);
    }

    // What a guest asks of its platform, and what it acknowledges.
    private async Task<SoakAnswer> MetadataAsync(string vm)
    {
        var machine = await Send("GET", vm);
        if ((string?)machine.Json?["metadataUrl"] is not { } url)
        {
            return machine;
        }

        var instance = new Uri(url).AbsolutePath;
        var answer = await traffic.SendAsync("GET", instance);
        var events = await traffic.SendAsync("GET", instance[..instance.LastIndexOf('/')] + "/scheduledevents");
        return events.Json?["Events"]?.AsArray() is { Count: > 0 } pending && draw.Next(2) == 0
            ? await traffic.SendAsync("POST", instance[..instance.LastIndexOf('/')] + "/scheduledevents",
                new JsonObject { ["StartRequests"] = new JsonArray(new JsonObject { ["EventId"] = (string)pending[0]!["EventId"]! }) }.ToJsonString())
            : answer;
    }

    private async Task<SoakAnswer> UsageAsync() => await Send("GET", "/usage?from=2026-03-01&to=2026-03-05");

    // Everything is deleted, and everything that was accepted has ended.
    private async Task EndAsync(TimeSpan pause)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            foreach (var collection in Deletable)
            {
                foreach (var name in await NamesAsync(collection))
                {
                    if (collection == "services")
                    {
                        await Send("DELETE", $"/services/{name}/deployments/production");
                        await Send("DELETE", $"/services/{name}/deployments/staging");
                    }

                    await Send("DELETE", $"/{collection}/{name}");
                    await Task.Delay(pause / 2, TimeProvider.System);
                }
            }

            // Whoever deletes the subscription can't ask for its operations any more.
            await AllEndAsync();
            var gone = await traffic.SendAsync("DELETE", At(""));
            if (gone.Status == 204)
            {
                break;
            }

            if (watch.Elapsed > Patience)
            {
                traffic.Found($"Subscription {id} can't be deleted: {gone.Body}");
                return;
            }

            await Task.Delay(pause * 10, TimeProvider.System);
        }

    }

    private async Task AllEndAsync()
    {
        foreach (var operation in operations)
        {
            if (await traffic.EndOf(operation, Patience) is null)
            {
                traffic.Found($"{operation} never ended.");
            }
        }

        operations.Clear();
    }

    private async Task<List<string>> NamesAsync(string collection) =>
        (await Send("GET", "/" + collection)).Json?["value"]?.AsArray().Select(v => (string)v!["name"]!).ToList() ?? [];

    private Task<SoakAnswer> Send(string method, string below, object? body = null, string? key = null) => traffic.SendAsync(method, At(below), body, key);

    private string At(string below) => $"/subscriptions/{id}{below}";

    private string Pick(params string[] some) => some[draw.Next(some.Length)];

    private JsonObject MachineAt(string region) => draw.Next(4) switch
    {
        0 => new() { ["availabilitySet"] = $"a{draw.Next(2)}" },
        1 when draw.Next(3) == 0 => new() { ["dedicatedHost"] = "d0" },
        _ => new() { ["region"] = region },
    };

    private string Machine(string region)
    {
        var machine = MachineAt(region);
        machine["size"] = machine.ContainsKey("dedicatedHost") ? "Standard_D2" : Sizes[draw.Next(3)];
        machine["image"] = "ubuntu-22.04";
        if (draw.Next(3) == 0)
        {
            machine["endpoints"] = new JsonArray(new JsonObject { ["name"] = "web", ["protocol"] = "tcp", ["publicPort"] = 80, ["localPort"] = 8080 });
        }

        return machine.ToJsonString();
    }

    private static string Nights(string vm) => $$"""
        { "window": { "startsAt": "2026-03-01T22:00", "duration": "PT4H", "timeZone": "Europe/Berlin", "recurrence": "Day" }, "assignments": ["{{vm[1..]}}"] }
        """;

    private string Configuration() => File.ReadAllText(Path.Combine(Repository.Root, "samples", "hello-web", "ServiceConfiguration.cscfg"))
        .Replace("count=\"3\"", $"count=\"{2 + draw.Next(4)}\"", StringComparison.Ordinal)
        .Replace("Hello from the fabric", $"Hello {draw.Next(5)}", StringComparison.Ordinal);

    private static byte[] Package(string more)
    {
        var folder = Path.Combine(Repository.Root, "samples", "hello-web");
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order().Where(f => !f.EndsWith(".cscfg", StringComparison.Ordinal)))
            {
                Add(zip, Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllBytes(path));
            }

            Add(zip, "Web/more.txt", Encoding.UTF8.GetBytes(more));
        }

        return file.ToArray();
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        using var to = zip.CreateEntry(name).Open();
        to.Write(content);
    }
}
