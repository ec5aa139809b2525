using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;

namespace Rdfe.Api.Tests;

/// <summary>
/// Scheduled events as guests see them (ReadScheduledEvents) and let them begin (StartScheduledEvents), in Azure's form, and as their
/// owners do (W3).
/// </summary>
[Trait("spec", "W3")]
public sealed class ScheduledEventTests : IDisposable
{
    private const string Newest = "2020-07-01";
    private readonly RdfeApp app = new();

    public void Dispose() => app.Dispose();

    [Fact]
    public async Task A_guest_is_told_in_the_form_of_azures_scheduled_events()
    {
        var (tenant, url) = await BoxAsync();
        Assert.Equal("""{"DocumentIncarnation":1,"Events":[]}""", (await Ask(url)).Text);
        await RollOut();
        var before = Now();
        await app.Advance(Duration.FromMinutes(1));

        var (status, text) = await Ask(url);
        var told = JsonNode.Parse(text)!["Events"]![0]!;
        var notBefore = (string)told["NotBefore"]!;
        Assert.Equal((200, $$"""
            {"DocumentIncarnation":2,"Events":[{"EventId":"{{told["EventId"]}}","EventStatus":"Scheduled","EventType":"Freeze","ResourceType":"VirtualMachine","Resources":["box"],"NotBefore":"{{notBefore}}","Description":"The host is maintained; the machine stands still for a while and keeps its memory.","EventSource":"Platform","DurationInSeconds":30}]}
            """), (status, text));
        Assert.Matches("^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$", (string)told["EventId"]!);
        var at = Instant.FromDateTimeOffset(DateTimeOffset.ParseExact(notBefore, "R", System.Globalization.CultureInfo.InvariantCulture));
        Assert.InRange(at - before, Duration.FromMinutes(14.9), Duration.FromMinutes(16));
        Assert.Equal(text, (await Ask(url)).Text);

        // Each version has what it was published with, and no more.
        Assert.Equal("_box", (string?)JsonNode.Parse((await Ask(url, "2017-03-01")).Text)!["Events"]![0]!["Resources"]![0]);
        foreach (var (version, members) in new[] { ("2017-08-01", 6), ("2017-11-01", 6), ("2019-01-01", 6), ("2019-04-01", 7), ("2019-08-01", 8), (Newest, 9) })
        {
            Assert.Equal(members, JsonNode.Parse((await Ask(url, version)).Text)!["Events"]![0]!.AsObject().Count);
        }

        await app.Advance(Duration.FromMinutes(25));
        Assert.Equal("""{"DocumentIncarnation":4,"Events":[]}""", (await Ask(url)).Text);
        var life = Assert.Single((await tenant.Get("/scheduledEvents").Expect(200))["value"]!.AsArray())!;
        Assert.Equal(((string?)told["EventId"], "ended", "freeze", "platform", "os-120", "PT30S"),
            ((string?)life["id"], (string?)life["status"], (string?)life["type"], (string?)life["source"], (string?)life["hostUpdate"], (string?)life["predictedPause"]));
        Assert.Null(life["acknowledged"]);
        Assert.Equal((string?)life["measuredPause"], (string?)life["resources"]![0]!["measuredPause"]);
        Assert.True(Read(life["startedAt"]) >= at && Read(life["endedAt"]) > Read(life["startedAt"]));
        Assert.Equal((string?)life["measuredPause"], (string?)(await tenant.Get("/maintenance").Expect(200))["value"]![0]!["measuredPause"]);
        app.CheckBooks();
    }

    [Fact]
    public async Task A_machine_is_told_before_it_is_deleted_where_its_owner_wishes_it_and_lets_it_begin_or_not()
    {
        var (tenant, url) = await BoxAsync();
        var problem = await tenant.Patch("/virtualMachines/box", new { terminationNotice = "PT1M" }).ExpectProblem(400, "invalidRequest");
        Assert.Equal("$.terminationNotice", Assert.Single(problem["errors"]!.AsObject()).Key);
        await tenant.Patch("/virtualMachines/box", new { terminationNotice = "PT10M" }).Expect(202);
        await app.Advance(Duration.FromMinutes(1));
        Assert.Equal("PT10M", (string?)(await tenant.Get("/virtualMachines/box").Expect(200))["terminationNotice"]);

        var deletion = new Uri((string)(await tenant.Delete("/virtualMachines/box").Expect(202))["operation"]!).AbsolutePath;
        await app.Advance(Duration.FromMinutes(4));
        var told = JsonNode.Parse((await Ask(url)).Text)!["Events"]![0]!;
        Assert.Equal(("Terminate", "Scheduled", "User", -1),
            ((string?)told["EventType"], (string?)told["EventStatus"], (string?)told["EventSource"], (int)told["DurationInSeconds"]!));
        var waits = await tenant.Http.GetAsync(deletion).Expect(200);
        Assert.Equal(("running", "scheduledEvent"), ((string?)waits["status"], (string?)Assert.Single(waits["blockers"]!.AsArray())!["code"]));
        var box = await tenant.Get("/virtualMachines/box").Expect(200);
        Assert.Equal(("deleting", "ready"), ((string?)box["provisioningState"], (string?)box["instanceView"]!["phase"]));
        // Whoever asks again is answered with the same operation.
        Assert.EndsWith(deletion, (string?)(await tenant.Delete("/virtualMachines/box").Expect(202))["operation"], StringComparison.Ordinal);

        Assert.Equal((200, ""), await Start(url, $$"""{"StartRequests":[{"EventId":"{{told["EventId"]}}"}]}"""));
        await app.Advance(Duration.FromMinutes(2));
        Assert.Equal("succeeded", (string?)(await tenant.Http.GetAsync(deletion).Expect(200))["status"]);
        await tenant.Get("/virtualMachines/box").ExpectProblem(404, "notFound");
        var life = Assert.Single((await tenant.Get("/scheduledEvents").Expect(200))["value"]!.AsArray())!;
        Assert.Equal(("terminate", "ended", "guest"), ((string?)life["type"], (string?)life["status"], (string?)life["acknowledged"]!["by"]));
        app.CheckBooks();

        // Nobody answers: it is deleted when its time has come. One that stands still is deleted at once.
        foreach (var (name, stop, minutes, status) in new[] { ("silent", false, 9, "running"), ("silent", false, 3, "succeeded"), ("still", true, 2, "succeeded") })
        {
            if (minutes != 3)
            {
                await tenant.Put($"/virtualMachines/{name}", new { region = "north", size = "Small", image = "ubuntu-22.04", terminationNotice = "PT10M" }).Expect(202);
                await app.Advance(Duration.FromMinutes(20));
                await (stop ? tenant.Post($"/virtualMachines/{name}/powerOff").Expect(202) : Task.FromResult(new JsonObject()));
                await app.Advance(Duration.FromMinutes(5));
                deletion = new Uri((string)(await tenant.Delete($"/virtualMachines/{name}").Expect(202))["operation"]!).AbsolutePath;
            }

            await app.Advance(Duration.FromMinutes(minutes));
            Assert.Equal(status, (string?)(await tenant.Http.GetAsync(deletion).Expect(200))["status"]);
        }

        app.CheckBooks();
    }

    [Fact]
    public async Task A_guest_lets_it_begin_early()
    {
        var (tenant, url) = await BoxAsync();
        await RollOut();
        await app.Advance(Duration.FromMinutes(4));
        var id = (string)JsonNode.Parse((await Ask(url)).Text)!["Events"]![0]!["EventId"]!;
        foreach (var wrong in new[] { "", "{", "[]", "{}", """{"StartRequests":[]}""", """{"StartRequests":[{}]}""", """{"StartRequests":[{"EventId":7}]}""", """{"StartRequests":[{"EventId":"none"}]}""" })
        {
            Assert.Equal((400, true), (await Start(url, wrong) is var (s, t) ? s : 0, t.Contains("error", StringComparison.Ordinal)));
        }

        // As curl sends it when nobody tells it what it sends.
        var good = $$"""{"DocumentIncarnation":2,"StartRequests":[{"EventId":"{{id.ToLowerInvariant()}}"}]}""";
        Assert.Equal((200, ""), await Start(url, good));
        Assert.Equal((200, ""), await Start(url, good));
        await app.Advance(Duration.FromSeconds(4));
        var begun = JsonNode.Parse((await Ask(url)).Text)!["Events"]![0]!;
        Assert.Equal(("Started", ""), ((string?)begun["EventStatus"], (string?)begun["NotBefore"]));
        Assert.Equal((200, ""), await Start(url, good));
        await app.Advance(Duration.FromMinutes(5));
        var life = (await tenant.Get("/scheduledEvents").Expect(200))["value"]![0]!;
        Assert.Equal(("ended", "guest"), ((string?)life["status"], (string?)life["acknowledged"]!["by"]));
        Assert.True(Read(life["startedAt"]) < Read(life["notBefore"]));
        Assert.Equal(400, (await Start(url, good)).Status);
    }

    [Fact]
    public async Task What_the_metadata_service_refuses_is_refused_here()
    {
        var (_, url) = await BoxAsync();
        Assert.Equal((400, """{"error":"Bad request. Required metadata header not specified"}"""), await Send(HttpMethod.Get, $"{url}/scheduledevents?api-version={Newest}", null));
        Assert.Equal(400, (await Send(HttpMethod.Get, $"{url}/scheduledevents?api-version={Newest}", "false")).Status);
        Assert.Equal(400, (await Send(HttpMethod.Get, $"{url}/scheduledevents?api-version={Newest}", "true", forwarded: "10.0.0.1")).Status);
        Assert.Equal(400, (await Send(HttpMethod.Post, $"{url}/scheduledevents?api-version={Newest}", null, "{}")).Status);
        var unknown = await Ask(url, "2021-02-01");
        Assert.Equal((400, """{"error":"Bad request. api-version is invalid or not supported. For more information refer to aka.ms/azureimds","newest-versions":["2020-07-01","2019-08-01","2019-04-01","2019-01-01","2017-11-01","2017-08-01","2017-03-01"]}"""), unknown);
        Assert.Equal(400, (await Send(HttpMethod.Get, $"{url}/scheduledevents", "true")).Status);
        Assert.Equal((404, """{"error":"Not found"}"""), await Ask(url[..^41] + new string('0', 32) + "/metadata"));
    }

    [Fact]
    public async Task An_owner_sees_it_beside_its_maintenance_and_lets_it_begin_from_outside()
    {
        var (tenant, _) = await BoxAsync();
        await tenant.Post("/maintenance/os-120~box/acknowledge").ExpectProblem(409, "noEventScheduled");
        await RollOut();
        await app.Advance(Duration.FromMinutes(4));
        var pending = (await tenant.Get("/maintenance").Expect(200))["value"]![0]!;
        Assert.Equal(("underWay", "scheduled"), ((string?)pending["phase"], (string?)pending["scheduledEvent"]!["status"]));
        await tenant.Post("/maintenance/os-120~none/acknowledge").ExpectProblem(404, "notFound");
        await tenant.Post($"/maintenance/{Guid.Empty}/acknowledge").ExpectProblem(404, "notFound");
        var other = await app.TenantAsync();
        var id = (string)pending["scheduledEvent"]!["id"]!;
        await other.Post($"/maintenance/{id}/acknowledge").ExpectProblem(404, "notFound");
        await (await tenant.As("reader")).Post($"/maintenance/{id}/acknowledge").ExpectProblem(403, "forbidden");

        var let = await tenant.Post("/maintenance/os-120~box/acknowledge").Expect(200);
        Assert.Equal((id, "owner"), ((string?)let["id"], (string?)let["acknowledged"]!["by"]));
        await tenant.Post($"/maintenance/{id}/acknowledge").Expect(200);
        await app.Advance(Duration.FromMinutes(5));
        var life = (await tenant.Get("/scheduledEvents").Expect(200))["value"]![0]!;
        Assert.Equal(("ended", "owner"), ((string?)life["status"], (string?)life["acknowledged"]!["by"]));
        Assert.Empty((await other.Get("/scheduledEvents").Expect(200))["value"]!.AsArray());
    }

    [Fact]
    public async Task A_restart_by_the_owner_waits_for_a_guest_that_reads()
    {
        var (tenant, url) = await BoxAsync();
        await tenant.Post("/virtualMachines/box/restart").Expect(202);
        await app.Advance(Duration.FromMinutes(5));
        Assert.Empty((await tenant.Get("/scheduledEvents").Expect(200))["value"]!.AsArray());

        await Ask(url);
        await app.Advance(Duration.FromSeconds(1));
        var operation = (string)(await tenant.Post("/virtualMachines/box/restart").Expect(202))["operation"]!;
        await app.Advance(Duration.FromMinutes(10));
        Assert.Equal("running", (string?)(await tenant.Http.GetAsync(operation).Expect(200))["status"]);
        var told = JsonNode.Parse((await Ask(url)).Text)!["Events"]![0]!;
        Assert.Equal(("Reboot", "User", -1), ((string?)told["EventType"], (string?)told["EventSource"], (int)told["DurationInSeconds"]!));
        await Start(url, $$"""{"StartRequests":[{"EventId":"{{told["EventId"]}}"}]}""");
        await app.Advance(Duration.FromMinutes(4));
        Assert.Equal("succeeded", (string?)(await tenant.Http.GetAsync(operation).Expect(200))["status"]);
        Assert.Empty(JsonNode.Parse((await Ask(url)).Text)!["Events"]!.AsArray());
    }

    private async Task<(Tenant Tenant, string Url)> BoxAsync()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/box", VirtualMachineTests.Machine(new { region = "north" })).Expect(202);
        await app.Advance(Duration.FromMinutes(20));
        return (tenant, (string)(await tenant.Get("/virtualMachines/box").Expect(200))["metadataUrl"]!);
    }

    private async Task RollOut()
    {
        await app.Operator.Put("/fabric/hostUpdates/os-120", JsonNode.Parse("""{ "component": "hostOs", "version": "120.1", "image": "host-os-2014.10", "memoryPreserving": "heavy", "liveMigratable": false }""")!).Expect(201);
        await app.Operator.Put("/fabric/rollouts/os", JsonNode.Parse("""{ "hostUpdate": "os-120", "regions": ["north"], "stages": [{ "name": "all" }], "selfService": "PT0S" }""")!).Expect(202);
    }

    private Instant Now() => ((Infrastructure.Time.FabricClock)app.Services.GetService(typeof(Infrastructure.Time.FabricClock))!).Now;

    private static Instant Read(JsonNode? at) => InstantPattern.ExtendedIso.Parse((string)at!).Value;

    private Task<(int Status, string Text)> Ask(string url, string version = Newest) => Send(HttpMethod.Get, $"{url}/scheduledevents?api-version={version}", "true");

    private Task<(int Status, string Text)> Start(string url, string body) => Send(HttpMethod.Post, $"{url}/scheduledevents?api-version={Newest}", "true", body);

    private async Task<(int Status, string Text)> Send(HttpMethod method, string url, string? metadata, string? body = null, string? forwarded = null)
    {
        using var request = new HttpRequestMessage(method, url);
        if (body is not null)
        {
            request.Content = RdfeApp.Text(body, "application/x-www-form-urlencoded");
        }

        if (metadata is not null)
        {
            request.Headers.Add("Metadata", metadata);
        }

        if (forwarded is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwarded);
        }

        using var response = await app.ClientWith(null).SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
