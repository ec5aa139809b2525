// The operator of the soak: publishes host updates and rolls them out, injects faults, takes nodes out and back, pushes bundles, takes
// snapshots, closes regions for a moment, listens to events. In the end it leaves the fabric whole and quiet.
using System.Globalization;
using System.Text.Json.Nodes;

namespace Rdfe.Bench.Soak;

internal sealed class SoakOperator(SoakTraffic traffic)
{
    private static readonly string[] Clusters = ["north-c1", "north-c2", "south-c1", "south-c2"];
    private static readonly string[] Bundles = ["118.2", "118.1"];
    private static readonly string[] Faults = ["hostAgentCrash", "hostCrash", "powerLoss", "partition", "slowAgent", "flappingAgent", "lyingAgent", "maintenanceFails", "degrading", "hardwareFault"];

    // What is rolled out, in turn: each brings another version than the one before it, so that nodes have something to do. A reboot is
    // allowed once a month (M5), or where a hole must be closed.
    private static readonly (string Name, string Body)[] Updates =
    [
        ("hypervisor-a", """{ "component": "hypervisor", "version": "118.7", "hypervisorReplaceable": true, "impact": "a pause below a second" }"""),
        ("firmware-a", """{ "component": "firmware", "version": "8.1", "securityCritical": true, "impact": "a reboot" }"""),
        ("driver-a", """{ "component": "virtualDiskDriver", "version": "118.7", "hotPatchable": true }"""),
        ("hypervisor-b", """{ "component": "hypervisor", "version": "118.8", "hypervisorReplaceable": true, "impact": "a pause below a second" }"""),
        ("firmware-b", """{ "component": "firmware", "version": "8.2", "securityCritical": true, "liveMigratable": false, "impact": "a reboot" }"""),
        ("driver-b", """{ "component": "virtualDiskDriver", "version": "118.8", "hotPatchable": true }"""),
    ];

    private readonly Random draw = new(42);
    private readonly Queue<string> snapshots = new();
    private readonly Queue<string> going = new();
    private int rollouts;
    private int pictures;

    public async Task WorkAsync(TimeSpan pause, CancellationToken stop)
    {
        foreach (var (name, body) in Updates)
        {
            await traffic.SendAsync("PUT", "/fabric/hostUpdates/" + name, body);
        }

        var listening = Task.CompletedTask;
        for (var turn = 1; !stop.IsCancellationRequested; turn++)
        {
            await ActAsync(turn);
            if (turn % 40 == 7 && listening.IsCompleted)
            {
                listening = traffic.ListenAsync(TimeSpan.FromSeconds(15), stop);
            }

            await Task.Delay(pause, TimeProvider.System, CancellationToken.None);
        }

        await listening;
    }

    /// <summary>No fault, no rollout, no snapshot, and every node takes instances.</summary>
    public async Task TidyAsync(TimeSpan within)
    {
        foreach (var fault in await NamesAsync("/fabric/faults"))
        {
            await traffic.SendAsync("DELETE", "/fabric/faults/" + fault);
        }

        foreach (var snapshot in await NamesAsync("/fabric/emulator/snapshots"))
        {
            await traffic.SendAsync("DELETE", "/fabric/emulator/snapshots/" + snapshot);
        }

        await traffic.SendAsync("PUT", "/fabric/safeMode", """{ "scopes": [] }""");
        foreach (var name in going)
        {
            await traffic.SendAsync("POST", $"/fabric/rollouts/{name}/cancel");
        }

        for (var watch = System.Diagnostics.Stopwatch.StartNew(); watch.Elapsed < within;)
        {
            if (await RepairAsync() == 0)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        }

        traffic.Found("Some nodes are not ready in the end.");
    }

    public async Task<string> NowAsync() => (string)(await traffic.SendAsync("GET", "/fabric/clock")).Json!["now"]!;

    /// <summary>Moves the clock, and waits until all that falls due on the way is done.</summary>
    public async Task AdvanceAsync(string by)
    {
        var answer = await traffic.SendAsync("POST", "/fabric/clock/advance", new { by });
        if (answer.Operation is null || await traffic.EndOf(traffic.PathOf(answer.Operation), TimeSpan.FromMinutes(10)) != "succeeded")
        {
            traffic.Found($"The clock was not advanced by {by}: {answer.Body}");
        }
    }

    private async Task ActAsync(int turn)
    {
        if (turn % 12 == 0)
        {
            await RollOutAsync();
        }
        else if (turn % 30 == 5)
        {
            await PictureAsync();
        }
        else if (turn % 50 == 9)
        {
            // Read only for as long as a few requests take.
            await traffic.SendAsync("PUT", "/fabric/safeMode", """{ "scopes": [{ "name": "south-c2", "reason": "soak" }] }""");
            await traffic.SendAsync("PUT", "/fabric/safeMode", """{ "scopes": [] }""");
        }
        else if (turn % 45 == 11)
        {
            var cluster = Clusters[draw.Next(Clusters.Length)];
            await traffic.SendAsync("POST", $"/fabric/clusters/{cluster}/bundle", new { bundle = Bundles[turn / 45 % 2], maxConcurrentNodes = 6 });
        }
        else if (turn % 25 == 13)
        {
            await traffic.SendAsync("POST", "/fabric/rollouts/preview", new { hostUpdate = Updates[draw.Next(Updates.Length)].Name, clusters = new[] { Clusters[draw.Next(4)] } });
            await traffic.SendAsync("POST", "/fabric/allocations/preview", """{ "region": "north", "size": "Small", "count": 5 }""");
        }
        else if (turn % 6 == 1)
        {
            await RepairAsync();
        }
        else if (turn % 20 == 3)
        {
            await traffic.SendAsync("POST", $"/fabric/nodes/{Node()}/repair");
        }
        else if (turn % 3 == 2)
        {
            await FaultAsync();
        }
        else
        {
            await traffic.SendAsync("GET", Pick("/fabric/load", "/fabric/clusters", "/fabric/operations?top=20", "/fabric/rollouts", "/fabric/serviceHealth", "/fabric/ledger",
                "/fabric/faults", "/fabric/controller", "/fabric/topology", $"/fabric/nodes/{Node()}", "/subscriptions"));
        }
    }

    // The same few names again and again: other words under a name end a fault and begin a new one.
    private async Task FaultAsync()
    {
        var name = $"/fabric/faults/f{draw.Next(5)}";
        if (draw.Next(3) == 0)
        {
            await traffic.SendAsync("DELETE", name);
            return;
        }

        var kind = Faults[draw.Next(Faults.Length)];
        var blow = kind is "hostAgentCrash" or "hostCrash" or "hardwareFault";
        var target = !blow && kind != "degrading" && draw.Next(12) == 0 ? new JsonObject { ["rack"] = $"{Clusters[draw.Next(4)]}-r{1 + draw.Next(4)}" } : new JsonObject { ["node"] = Node() };
        var body = new JsonObject { ["kind"] = kind, ["target"] = target };
        if (!blow)
        {
            body["duration"] = string.Create(CultureInfo.InvariantCulture, $"PT{20 + draw.Next(100)}M");
        }

        if (kind == "slowAgent")
        {
            body["parameters"] = new JsonObject { ["factor"] = 3 };
        }

        await traffic.SendAsync("PUT", name, body.ToJsonString());
    }

    private async Task RollOutAsync()
    {
        // Two at a time at most, on different clusters; what takes too long is called off.
        if (going.Count > 1)
        {
            var old = going.Dequeue();
            await traffic.SendAsync("POST", $"/fabric/rollouts/{old}/{(draw.Next(3) == 0 ? "rollback" : "cancel")}");
        }

        var update = Updates[rollouts % Updates.Length].Name;
        var name = $"r{++rollouts}";
        var answer = await traffic.SendAsync("PUT", "/fabric/rollouts/" + name, new
        {
            hostUpdate = update,
            clusters = new[] { Clusters[rollouts % 4] },
            stages = new object[] { new { name = "some", share = 0.2, bake = "PT10M" }, new { name = "all", bake = "PT10M" } },
            selfService = draw.Next(2) == 0 ? "PT0S" : "PT2H",
            scheduled = "PT3H",
        });
        if (answer.Good)
        {
            going.Enqueue(name);
        }
    }

    private async Task PictureAsync()
    {
        var name = $"s{++pictures}";
        if ((await traffic.SendAsync("POST", "/fabric/emulator/snapshot", new { name })).Good)
        {
            snapshots.Enqueue(name);
        }

        if (snapshots.Count > 2)
        {
            await traffic.SendAsync("DELETE", "/fabric/emulator/snapshots/" + snapshots.Dequeue());
        }
    }

    // Takes back what was taken out, and what the fabric gave up on. Gives how many nodes were not ready.
    private async Task<int> RepairAsync()
    {
        var notReady = 0;
        foreach (var cluster in Clusters)
        {
            var nodes = (await traffic.SendAsync("GET", $"/fabric/clusters/{cluster}/nodes?top=100")).Json?["value"]?.AsArray() ?? [];
            // The controllers' own nodes are refused to operators.
            foreach (var node in nodes.Where(n => (string)n!["state"]! != "ready" && n["reserved"]?.GetValue<bool>() != true))
            {
                notReady++;
                var act = (string)node!["state"]! switch
                {
                    "outForRepair" or "humanInvestigate" => "return",
                    "poweredOff" => "provision",
                    _ => null,
                };
                if (act is not null && node["operation"] is null)
                {
                    await traffic.SendAsync("POST", $"/fabric/nodes/{(string)node["name"]!}/{act}");
                }
            }
        }

        return notReady;
    }

    private async Task<List<string>> NamesAsync(string path) =>
        (await traffic.SendAsync("GET", path)).Json?["value"]?.AsArray().Select(v => (string)v!["name"]!).ToList() ?? [];

    private string Node() => $"{Clusters[draw.Next(4)]}-r{1 + draw.Next(4)}-n{1 + draw.Next(6):D2}";

    private string Pick(params string[] some) => some[draw.Next(some.Length)];
}
