// The first 2,000 machines of the real trace that came after its start and were deleted in it, through the HTTP API: every
// create and delete in order and at its own time, on a clock that only advances move. It fails unless everything has
// drained: free capacity as at the beginning, every operation ended well, every book balanced.
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;
using Rdfe.Bench.Placement;
using Rdfe.Domain;

namespace Rdfe.Bench.Http;

internal static class ReplayHttp
{
    private static readonly Duration Drain = Duration.FromHours(2);

    public static int Run(string[] args) =>
        RunAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : PackReplay.Vms).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(int machines)
    {
        var events = PackReplay.Events(Placement.Trace.Read(), machines);
        using var server = new BenchServer("trace.json", rate: 0);
        var (tenant, http) = await server.TenantAsync();
        foreach (var needs in events.Select(e => e.Needs).Distinct())
        {
            await BenchServer.Sent(
                server.Operator.PutAsJsonAsync($"/fabric/sizes/{SizeOf(needs)}", new
                {
                    family = "trace",
                    cores = needs.Cores / 100m,
                    memoryMib = needs.MemoryMib,
                    localDiskGib = 0,
                    networkMbps = 0,
                }),
                201);
        }

        var before = await LoadAsync(server);
        var clock = new BenchClock(server);
        var start = await clock.NowAsync();
        var (rejected, advances) = (0, 0);
        var rounds = server.Rounds;
        var watch = Stopwatch.StartNew();
        var at = start;
        foreach (var e in events)
        {
            var due = start + Duration.FromSeconds(e.TimeS);
            if (due > at)
            {
                await clock.AdvanceToAsync(due);
                (at, advances) = (due, advances + 1);
            }

            var path = $"/subscriptions/{tenant}/virtualMachines/vm-{e.Vm}";
            using var response = await (e.IsCreate
                ? http.PutAsJsonAsync(path, new { region = "trace-main", size = SizeOf(e.Needs), image = "ubuntu-24.04" })
                : http.DeleteAsync(path));
            if ((int)response.StatusCode != 202)
            {
                rejected++;
                Console.Error.WriteLine($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            }
        }

        await clock.AdvanceToAsync(at + Drain);
        var took = watch.Elapsed;
        rounds = server.Rounds - rounds;
        var simulated = at + Drain - start;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            {events.Count} events of {events.Count / 2} machines, {advances} advances, {rounds} rounds of the engine: {took.TotalSeconds:0.0} s, {events.Count / took.TotalSeconds:0.0} events/s, {rounds / took.TotalSeconds:0} rounds/s
            {simulated.TotalDays:0.0} days of fabric time, {simulated.TotalSeconds / took.TotalSeconds:#,0} times real time; {rejected} rejected
            """));
        return await DrainedAsync(server, tenant, http, before) && rejected == 0 ? 0 : 1;
    }

    private static async Task<bool> DrainedAsync(BenchServer server, Guid tenant, HttpClient http, JsonNode before)
    {
        var after = await LoadAsync(server);
        var operations = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var page = (string?)$"/subscriptions/{tenant}/operations?top=1000"; page is not null;)
        {
            var list = await BenchServer.Sent(http.GetAsync(page), 200);
            foreach (var o in list["value"]!.AsArray())
            {
                var ending = $"{o!["kind"]} {o["status"]}";
                operations[ending] = operations.GetValueOrDefault(ending) + 1;
            }

            page = (string?)list["nextLink"];
        }

        Console.WriteLine("operations: " + string.Join(", ", operations.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} {o.Value}")));
        server.CheckBooks();
        var drained = JsonNode.DeepEquals(before, after);
        Console.WriteLine(drained ? "free capacity as at the beginning; the books balance" : $"NOT drained: {before} became {after}");
        return drained && operations.Keys.All(k =>
            k.EndsWith(" succeeded", StringComparison.Ordinal) || k == "createVirtualMachine canceled");
    }

    private static async Task<JsonNode> LoadAsync(BenchServer server) =>
        (await BenchServer.Sent(server.Operator.GetAsync("/fabric/load"), 200))["value"]!;

    private static string SizeOf(Resources needs) =>
        string.Create(CultureInfo.InvariantCulture, $"trace-{needs.Cores}-{needs.MemoryMib}");
}

/// <summary>Moves a server's clock through its API.</summary>
internal sealed class BenchClock(BenchServer server)
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan RarestLook = TimeSpan.FromMilliseconds(100);

    public async Task<Instant> NowAsync()
    {
        var clock = await BenchServer.Sent(server.Operator.GetAsync("/fabric/clock"), 200);
        return OffsetDateTimePattern.Rfc3339.Parse((string)clock["now"]!).Value.ToInstant();
    }

    /// <summary>Advances the clock, and waits until everything on the way is done.</summary>
    public async Task AdvanceToAsync(Instant to)
    {
        var accepted = await BenchServer.Sent(
            server.Operator.PostAsJsonAsync("/fabric/clock/advance", new { to = InstantPattern.ExtendedIso.Format(to) }), 202);
        var operation = (string)accepted["operation"]!;
        for (var wait = FirstLook; ; wait = wait * 2 < RarestLook ? wait * 2 : RarestLook)
        {
            await Task.Delay(wait, TimeProvider.System);
            var view = await BenchServer.Sent(server.Operator.GetAsync(operation), 200);
            switch ((string?)view["status"])
            {
                case "succeeded":
                    return;
                case "failed" or "canceled":
                    throw new InvalidOperationException($"The advance has {view["status"]}: {view}");
            }
        }
    }
}
