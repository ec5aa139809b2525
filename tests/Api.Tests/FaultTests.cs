using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Api.Tests;

[Trait("spec", "H1")]
public sealed class FaultTests
{
    [Fact]
    public async Task A_fault_is_made_read_listed_replaced_and_deleted()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var made = await http.Put("/fabric/faults/Dark", Json("""{ "kind": "powerLoss", "target": { "rack": "north-c1-r1" }, "from": "PT10M", "duration": "PT1H" }""")).Expect(201);
        Assert.Equal(("Dark", "powerLoss", "rack north-c1-r1", "pending"),
            ((string?)made["name"], (string?)made["kind"], (string?)made["strikes"], (string?)made["state"]));

        // What was answered may be sent again, and is the same fault: it begins when it was going to.
        await app.Advance(Duration.FromMinutes(5));
        var again = await http.Put("/fabric/faults/dark", made.DeepClone()).Expect(200);
        Assert.Equal((string?)made["startsAt"], (string?)again["startsAt"]);
        await app.Advance(Duration.FromMinutes(6));
        Assert.Equal("active", (string?)(await http.GetAsync("/fabric/faults/DARK").Expect(200))["state"]);
        await app.Advance(Duration.FromHours(1));
        Assert.Equal("ended", (string?)(await http.GetAsync("/fabric/faults/dark").Expect(200))["state"]);
        Assert.Single((await http.GetAsync("/fabric/faults").Expect(200))["value"]!.AsArray());

        var other = Json("""{ "kind": "partition", "target": { "node": "north-c1-r1-n02" } }""");
        await http.Put("/fabric/faults/dark", other, ifMatch: "other").ExpectProblem(412, "preconditionFailed");
        var replaced = await http.Put("/fabric/faults/dark", other).Expect(200);
        Assert.Equal(("Dark", "active"), ((string?)replaced["name"], (string?)replaced["state"]));
        await http.DeleteAsync("/fabric/faults/Dark").Expect(204);
        await http.DeleteAsync("/fabric/faults/Dark").Expect(204);
        await http.GetAsync("/fabric/faults/dark").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task Documents_with_errors_and_targets_that_are_not_there_are_refused_with_their_places()
    {
        using var app = RdfeApp.With(("Rdfe:Fabric:MaxFaults", "1"));
        var http = app.Operator;
        var problem = await http.Put("/fabric/faults/bad", Json("""{ "kind": "slowAgent", "target": { "fabric": true }, "duration": "soon" }"""))
            .ExpectProblem(400, "invalidFault");
        Assert.Equal(["$.duration", "$.parameters", "$.target.fabric"], problem["errors"]!.AsObject().Select(e => e.Key));
        await http.Put("/fabric/faults/bad", Json("""{ "kind": "powerLoss", "target": { "node": "n" }, "from": "2000-01-01T00:00:00Z" }"""))
            .ExpectProblem(400, "invalidFault");
        const string Nobody = "\"subscription\": \"99999999-9999-9999-9999-999999999999\"";
        foreach (var (kind, member, value) in ((string, string, string)[])
            [
                ("powerLoss", "cluster", "\"atlantis\""), ("powerLoss", "rack", "\"r\""), ("powerLoss", "node", "\"n\""),
                ("vmCrash", "instance", "\"i\""), ("vmCrash", "virtualMachine", $"{{ {Nobody}, \"name\": \"vm\" }}"),
                ("vmCrash", "instance", $"{{ {Nobody}, \"service\": \"s\", \"slot\": \"staging\", \"instance\": \"i\" }}"),
                ("vmCrash", "deployment", $"{{ {Nobody}, \"service\": \"s\", \"slot\": \"staging\" }}"),
                ("badPackage", "package", "\"0123456789\""), ("badPackage", "package", $"{{ {Nobody}, \"name\": \"p\" }}"),
            ])
        {
            var missing = await http.Put("/fabric/faults/lost", Json($$"""{ "kind": "{{kind}}", "target": { "{{member}}": {{value}} } }"""))
                .ExpectProblem(400, "invalidFault");
            Assert.Equal(["$.target." + member], missing["errors"]!.AsObject().Select(e => e.Key));
        }

        var fine = Json("""{ "kind": "powerLoss", "target": { "node": "north-c1-r1-n02" } }""");
        await http.Put("/fabric/faults/one", fine).Expect(201);
        await http.Put("/fabric/faults/two", fine.DeepClone()).ExpectProblem(409, "tooManyFaults");
        await (await app.TenantAsync()).As("owner").ContinueWith(t => t.Result.Http.GetAsync("/fabric/faults")).Unwrap().ExpectProblem(403, "forbidden");
    }

    [Fact]
    public async Task Instances_deployments_and_packages_are_found_by_their_names_and_struck()
    {
        using var app = new RdfeApp();
        var (http, tenant) = (app.Operator, await app.TenantAsync());
        await tenant.Run("hello-web", "shop");
        var where = $"\"subscription\": \"{tenant.Id}\"";
        var hosts = (ReplaceableHosts)app.Services.GetRequiredService<IHostAgents>();

        var one = await http.Put("/fabric/faults/one", Json(
            $$"""{ "kind": "vmCrash", "target": { "instance": { {{where}}, "service": "Shop", "slot": "production", "instance": "web_in_1" } } }""")).Expect(201);
        var all = await http.Put("/fabric/faults/all", Json(
            $$"""{ "kind": "ignoresConfiguration", "target": { "deployment": { {{where}}, "service": "shop", "slot": "production" } } }""")).Expect(201);
        var package = await http.Put("/fabric/faults/package", Json(
            $$"""{ "kind": "badPackage", "target": { "package": { {{where}}, "name": "Hello-Web" } } }""")).Expect(201);
        var sha = ((string)package["strikes"]!).Split(' ')[1];
        var prefix = await http.Put("/fabric/faults/prefix", Json(
            $$"""{ "kind": "badPackage", "target": { "package": "{{sha[..10].ToUpperInvariant()}}" } }""")).Expect(201);
        Assert.Equal((string?)package["strikes"], (string?)prefix["strikes"]);

        var id = ((string)one["strikes"]!).Split(' ')[1];
        Assert.StartsWith(((string)all["strikes"]!).Split(' ')[1] + ".", id, StringComparison.Ordinal);
        await app.Advance(Duration.FromSeconds(1));
        Assert.True(Assert.Single(hosts.CopiesOf(new InstanceId(id))).Has(GuestHurt.VmDown));
        Assert.Equal((string?)one["strikes"], (string?)(await http.Put("/fabric/faults/id", Json(
            $$"""{ "kind": "guestAgentCrash", "target": { "instance": "{{id}}" } }""")).Expect(201))["strikes"]);
    }

    [Fact, Trait("spec", "L5")]
    public async Task A_clock_that_jumps_moves_the_wall_and_no_deadline_and_is_kept()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-jump-").FullName;
        using (var app = RdfeApp.With(("Rdfe:DataFolder", folder)))
        {
            var before = await app.Operator.GetAsync("/fabric/clock").Expect(200);
            Assert.Equal((string?)before["now"], (string?)before["wall"]);
            await app.Operator.Put("/fabric/faults/jump", Json("""{ "kind": "clockJump", "target": { "fabric": true }, "parameters": { "by": "P1D" } }""")).Expect(201);
            await Jumped(app, (string?)before["now"]);
        }

        using (var app = RdfeApp.With(("Rdfe:DataFolder", folder)))
        {
            await Jumped(app, null);
            await app.Operator.DeleteAsync("/fabric/faults/jump").Expect(204);
            var after = await app.Operator.GetAsync("/fabric/clock").Expect(200);
            Assert.Equal((string?)after["now"], (string?)after["wall"]);
        }

        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);

        static async Task Jumped(RdfeApp app, string? now)
        {
            var clock = await app.Operator.GetAsync("/fabric/clock").Expect(200);
            Assert.Equal(now ?? (string?)clock["now"], (string?)clock["now"]);
            Assert.Equal(Duration.FromDays(1), Time(clock["wall"]) - Time(clock["now"]));
        }
    }

    [Fact]
    public async Task Hosts_that_are_not_simulated_cannot_be_made_to_fail()
    {
        using var app = new RdfeApp { Replace = s => s.AddSingleton<IHostAgents, SilentHosts>() };
        await app.Operator.Put("/fabric/faults/one", Json("""{ "kind": "powerLoss", "target": { "node": "north-c1-r1-n02" } }"""))
            .ExpectProblem(409, "hostsNotSimulated");
        await app.Operator.DeleteAsync("/fabric/faults/one").ExpectProblem(409, "hostsNotSimulated");
    }

    private static JsonNode Json(string text) => JsonNode.Parse(text)!;

    private static Instant Time(JsonNode? text) => NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse((string)text!).Value.ToInstant();

    private sealed class SilentHosts : IHostAgents
    {
        public event Action? Arrived
        {
            add { }
            remove { }
        }

        public Instant? NextDue => null;

        public void Send(ClusterId cluster, FabricEffect effect, Instant at)
        {
        }

        public IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeUntil(Instant now) => [];

        public IReadOnlyList<FabricEvent> Attach(ClusterId cluster, Instant now) => [];

        public void Flush()
        {
        }
    }
}
