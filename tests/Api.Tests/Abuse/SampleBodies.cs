// A body for every operation that takes one, which the program accepts in a town of these tests; and another that differs.
using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests.Abuse;

internal static class SampleBodies
{
    // @ stands for the prefix of the town, # for a configuration of the sample, as a JSON string.
    private static readonly Dictionary<string, (string Body, string Other)> Bodies = new(StringComparer.Ordinal)
    {
        ["PutAccessKey"] = ("""{ "role": "reader" }""", """{ "role": "contributor" }"""),
        ["PutAffinityGroup"] = ("""{ "region": "north" }""", """{ "region": "south" }"""),
        ["PutAvailabilitySet"] = ("""{ "region": "north", "updateDomainCount": 3, "faultDomainCount": 2 }""", """{ "region": "north", "updateDomainCount": 3, "faultDomainCount": 2, "maintenance": { "allowReboot": false, "leadTime": "PT5M" } }"""),
        ["PutDedicatedHost"] = ("""{ "region": "south", "family": "D" }""", """{ "region": "south", "family": "E" }"""),
        ["PutDeployment"] = ("""{ "package": "@-package", "configuration": #, "label": "one" }""", """{ "package": "@-package", "configuration": #, "label": "two" }"""),
        ["ChangeConfiguration"] = ("""{ "configuration": #4, "mode": "auto" }""", """{ "configuration": #5, "mode": "auto" }"""),
        ["UpdateDeployment"] = ("""{ "package": "@-package", "configuration": #4, "mode": "auto", "label": "new" }""", """{ "package": "@-package", "configuration": #5, "mode": "auto", "label": "newer" }"""),
        ["WalkUpdateDomain"] = ("""{ "updateDomain": 0 }""", """{ "updateDomain": 1 }"""),
        ["RollBackUpdate"] = ("""{ "mode": "auto" }""", """{ "mode": "manual" }"""),
        ["ResetFabric"] = ("""{ "rate": 0 }""", """{ "rate": 0, "seed": 7 }"""),
        ["SeedFabric"] = ("""{ "subscriptions": [{ "displayName": "seeded", "affinityGroups": [{ "name": "g", "region": "north" }] }] }""", """{ "subscriptions": [{ "displayName": "seeded otherwise" }] }"""),
        ["TakeSnapshot"] = ("""{ "name": "@-another" }""", """{ "name": "@-third" }"""),
        ["RestoreSnapshot"] = ("""{ "name": "@-snap" }""", """{ "name": "@-snaps" }"""),
        ["PutTopology"] = ("""{ "hardware": [], "geos": [] }""", """{ "hardware": [], "geos": [], "description": "" }"""),
        ["PutSize"] = ("""{ "family": "general", "cores": 0.5, "memoryMib": 512, "localDiskGib": 10, "networkMbps": 10 }""", """{ "family": "general", "cores": 0.25, "memoryMib": 512, "localDiskGib": 10, "networkMbps": 10 }"""),
        ["PutImage"] = ("""{ "kind": "vm", "version": "1.0", "sizeMib": 4000 }""", """{ "kind": "vm", "version": "1.1", "sizeMib": 4000 }"""),
        ["OverrideBrakes"] = ("""{ "reason": "a drill", "duration": "PT30M" }""", """{ "reason": "another drill" }"""),
        ["PreviewAllocation"] = ("""{ "region": "north", "size": "Small", "count": 2, "isolated": false }""", """{ "region": "north", "size": "Small", "count": 3, "isolated": false }"""),
        ["PutClock"] = ("""{ "rate": 0 }""", """{ "rate": 0.001 }"""),
        ["AdvanceClock"] = ("""{ "by": "PT1S" }""", """{ "by": "PT2S" }"""),
        ["PutSafeMode"] = ("""{ "scopes": [] }""", """{ "scopes": [{ "name": "region/south", "reason": "a drill" }] }"""),
        ["PutFault"] = ("""{ "kind": "powerLoss", "target": { "node": "south-c2-r4-n05" }, "from": "PT50000H" }""", """{ "kind": "powerLoss", "target": { "node": "south-c2-r4-n05" }, "from": "PT50001H" }"""),
        ["PutBundle"] = ("""{ "versions": { "hostAgent": "120.1" }, "notes": "agents" }""", """{ "versions": { "hostAgent": "120.2" } }"""),
        ["InstallBundle"] = ("""{ "bundle": "118.2" }""", """{ "bundle": "118.2", "maxConcurrentNodes": 2 }"""),
        ["OverrideBundle"] = ("""{ "reason": "it is known" }""", """{ "reason": "it is well known" }"""),
        ["PutHostUpdate"] = ("""{ "component": "hypervisor", "version": "118.7", "hypervisorReplaceable": true }""", """{ "component": "hypervisor", "version": "118.8", "hypervisorReplaceable": true }"""),
        ["PutRollout"] = ("""{ "hostUpdate": "@-fw", "clusters": ["south-c1"], "stages": [{ "name": "all" }] }""", """{ "hostUpdate": "@-fw", "clusters": ["south-c1"], "maxFailures": 7 }"""),
        ["PreviewRollout"] = ("""{ "hostUpdate": "@-fw", "clusters": ["south-c1"] }""", """{ "hostUpdate": "@-fw", "clusters": ["south-c2"] }"""),
        ["OverrideRollout"] = ("""{ "reason": "it is known" }""", """{ "reason": "it is well known" }"""),
        ["PutHostedService"] = ("""{ "region": "north", "label": "one" }""", """{ "region": "north", "label": "two" }"""),
        ["PatchHostedService"] = ("""{ "label": "patched" }""", """{ "label": "patched again" }"""),
        ["StartScheduledEvents"] = ("""{ "StartRequests": [{ "EventId": "00000000-0000-0000-0000-000000000000" }] }""", """{ "StartRequests": [] }"""),
        ["DeferMaintenance"] = ("""{ "until": "2012-03-10T00:00:00Z" }""", """{ "until": "2012-03-11T00:00:00Z" }"""),
        ["PutMaintenanceConfiguration"] = (
            """{ "window": { "startsAt": "2027-03-01T22:00", "duration": "PT4H", "timeZone": "Europe/Berlin", "recurrence": "Week Saturday" }, "assignments": [] }""",
            """{ "window": { "startsAt": "2027-03-01T22:00", "duration": "PT5H", "timeZone": "Europe/Berlin", "recurrence": "Day" } }"""),
        ["PutStorageAccount"] = ("""{ "region": "north" }""", """{ "region": "south" }"""),
        ["PutSubscription"] = ("""{ "displayName": "one", "quotas": { "cores": 20 } }""", """{ "displayName": "two" }"""),
        ["PatchSubscription"] = ("""{ "displayName": "patched" }""", """{ "displayName": "patched again" }"""),
        ["PutVirtualMachine"] = (
            """{ "region": "north", "size": "Small", "image": "ubuntu-22.04", "isolated": false, "osDisk": { "sizeGib": 30, "caching": "readWrite" }, "dataDisks": [{ "lun": 1, "sizeGib": 10, "caching": "none" }] }""",
            """{ "region": "south", "size": "Small", "image": "ubuntu-22.04", "endpoints": [{ "name": "web", "protocol": "tcp", "publicPort": 80, "localPort": 8080 }] }"""),
        ["PatchVirtualMachine"] = ("""{ "maintenance": { "allowReboot": true, "maxPause": "PT10S" } }""", """{ "maintenance": { "allowReboot": false } }"""),
        ["PutVirtualNetwork"] = ("""{ "services": ["@-web"] }""", """{ "services": [] }"""),
        ["PutWebhook"] = ("""{ "url": "https://example.org/a", "secret": "0123456789abcdef0123456789abcdef" }""", """{ "url": "https://example.org/b", "secret": "0123456789abcdef0123456789abcdef", "events": ["scheduledEvent.ended"] }"""),
    };

    // Bodies that name another resource of the tenant.
    private static readonly (string Operation, string Body, string Named)[] References =
    [
        ("PutAvailabilitySet", """{ "affinityGroup": "@-group" }""", "@-group"),
        ("PutHostedService", """{ "affinityGroup": "@-group", "label": "" }""", "@-group"),
        ("PatchHostedService", """{ "region": null, "affinityGroup": "@-group" }""", "@-group"),
        ("PutStorageAccount", """{ "affinityGroup": "@-group" }""", "@-group"),
        ("PutVirtualMachine", """{ "affinityGroup": "@-group", "size": "Small", "image": "ubuntu-22.04" }""", "@-group"),
        ("PutVirtualMachine", """{ "region": "north", "availabilitySet": "@-set", "size": "Small", "image": "ubuntu-22.04" }""", "@-set"),
        ("PutVirtualMachine", """{ "region": "north", "dedicatedHost": "@-host", "size": "D2", "image": "ubuntu-22.04" }""", "@-host"),
        ("PatchVirtualMachine", """{ "availabilitySet": "@-set" }""", "@-set"),
        ("PutVirtualNetwork", """{ "services": ["@-web"] }""", "@-web"),
        ("PutDeployment", """{ "package": "@-package", "configuration": # }""", "@-package"),
        ("UpdateDeployment", """{ "package": "@-package", "configuration": #, "mode": "auto" }""", "@-package"),
        ("PutMaintenanceConfiguration", """{ "window": { "startsAt": "2027-03-01T22:00", "duration": "PT4H", "timeZone": "Etc/UTC", "recurrence": "Day" }, "assignments": ["virtualMachines/@-box"] }""", "@-box"),
        ("PutMaintenanceConfiguration", """{ "window": { "startsAt": "2027-03-01T22:00", "duration": "PT4H", "timeZone": "Etc/UTC", "recurrence": "Day" }, "assignments": ["services/@-web"] }""", "@-web"),
    ];

    public static bool Has(string operation) => operation == "PutPackage" || Bodies.ContainsKey(operation);

    public static IEnumerable<string> Operations => Bodies.Keys;

    /// <summary>The text of a body that is accepted, and of another; null for operations without one.</summary>
    public static (string Body, string Other)? Text(string operation, AbusedTown town) => Bodies.TryGetValue(operation, out var bodies)
        ? (In(bodies.Body, town), In(bodies.Other, town))
        : null;

    public static HttpContent? Content(string operation, AbusedTown town) => operation == "PutPackage"
        ? Samples.Body(Samples.Package("hello-web"))
        : Text(operation, town) is { } text ? RdfeApp.Text(text.Body) : null;

    /// <summary>Bodies that name a resource of that town, and which.</summary>
    public static IEnumerable<(string Body, string Named)> Naming(string operation, AbusedTown town) => References
        .Where(r => r.Operation == operation)
        .Select(r => (In(r.Body, town), In(r.Named, town)));

    private static string In(string body, AbusedTown town)
    {
        foreach (var count in (string[])["4", "5", "3"])
        {
            var configuration = Samples.Configuration("hello-web", ("count=\"3\"", $"count=\"{count}\""));
            body = body.Replace(count == "3" ? "#" : "#" + count, JsonValue.Create(configuration)!.ToJsonString(), StringComparison.Ordinal);
        }

        return body.Replace("@", town.Prefix, StringComparison.Ordinal);
    }
}
