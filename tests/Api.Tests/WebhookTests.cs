using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NodaTime;
using Rdfe.Infrastructure.Webhooks;

namespace Rdfe.Api.Tests;

/// <summary>Owners are told outside their machines, signed, in order, until somebody takes it (W3).</summary>
[Trait("spec", "W3")]
public sealed class WebhookTests
{
    private const string Secret = "a secret of some length";

    [Fact]
    public async Task Every_step_of_an_event_is_told_signed_in_order_and_again_until_it_is_taken()
    {
        await using var receiver = await Receiver.OpenAsync();
        using var app = Town();
        var tenant = await app.TenantAsync();
        await tenant.Put("/webhooks/ops", new { url = receiver.Url, secret = Secret }).Expect(201);
        receiver.Refuse = 2;
        await Happens(app, tenant);

        // The first is refused twice, and nothing comes before it.
        var got = await receiver.TakeAsync(7);
        Assert.Equal([503, 503, 200, 200, 200, 200, 200], got.Select(g => g.Answered));
        Assert.Equal(["1", "2", "3", "1", "1", "1", "1"], got.Select(g => g.Header("Rdfe-Attempt")));
        Assert.Single(got.Take(3).Select(g => (g.Header("Rdfe-Delivery"), g.Body)).Distinct());
        Assert.Equal(
            ["maintenance.pending", "scheduledEvent.published", "scheduledEvent.acknowledged", "scheduledEvent.started", "scheduledEvent.ended"],
            got.Skip(2).Select(g => g.Header("Rdfe-Event")));
        foreach (var g in got)
        {
            var parts = g.Header("Rdfe-Signature").Split(',');
            var signed = HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{parts[0][2..]}.{g.Body}"));
            Assert.Equal("v1=" + Convert.ToHexStringLower(signed), parts[1]);
            Assert.Equal("application/json", g.Header("Content-Type"));
        }

        var ended = JsonNode.Parse(got[^1].Body)!;
        Assert.Equal((tenant.Id.ToString(), "scheduledEvent.ended", "ended"), ((string?)ended["subscription"], (string?)ended["kind"], (string?)ended["scheduledEvent"]!["status"]));
        Assert.True(JsonNode.DeepEquals((await tenant.Get("/scheduledEvents").Expect(200))["value"]![0], ended["scheduledEvent"]));
        Assert.Equal("box", (string?)JsonNode.Parse(got[2].Body)!["maintenance"]!["instances"]![0]);

        var hook = await Settled(tenant, h => (int)h["waiting"]! == 0);
        Assert.Equal((200, 0, 0), ((int)hook["delivery"]!["status"]!, (int)hook["delivery"]!["failures"]!, (int)hook["delivery"]!["givenUp"]!));
        Assert.DoesNotContain(Secret, hook.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_not_taken_and_how_often_it_was_tried_outlives_the_process()
    {
        await using var receiver = await Receiver.OpenAsync();
        receiver.Refuse = 1;
        var folder = Directory.CreateTempSubdirectory("rdfe-hooks-").FullName;
        Got refused;
        Guid id;
        using (var first = Town(("Rdfe:DataFolder", folder), ("Rdfe:Webhooks:FirstRetry", "00:00:02")))
        {
            var tenant = await first.TenantAsync();
            id = tenant.Id;
            await tenant.Put("/webhooks/ops", new { url = receiver.Url, secret = Secret, events = new[] { "scheduledEvent.ended" } }).Expect(201);
            await Happens(first, tenant);
            refused = (await receiver.TakeAsync(1))[0];
            var failing = await Settled(tenant, h => (int)h["delivery"]!["failures"]! == 1);
            Assert.Equal((1, "It answered 503."), ((int)failing["waiting"]!, (string?)failing["delivery"]!["error"]));
        }

        using var second = Town(("Rdfe:DataFolder", folder));
        _ = second.Operator;
        var taken = (await receiver.TakeAsync(1))[0];
        Assert.Equal((200, "2", refused.Header("Rdfe-Delivery"), refused.Body), (taken.Answered, taken.Header("Rdfe-Attempt"), taken.Header("Rdfe-Delivery"), taken.Body));
        await Settled(new Tenant(second, id, second.Operator), h => (int)h["waiting"]! == 0);
    }

    [Fact]
    public async Task A_delivery_is_given_up_with_the_reason()
    {
        await using var receiver = await Receiver.OpenAsync();
        receiver.Refuse = int.MaxValue;
        using var app = Town(("Rdfe:Webhooks:GiveUpAfter", "00:00:00.300"));
        var tenant = await app.TenantAsync();
        await tenant.Put("/webhooks/ops", new { url = receiver.Url, secret = Secret, events = new[] { "scheduledEvent.ended" } }).Expect(201);
        await Happens(app, tenant);
        var hook = await Settled(tenant, h => (int)h["delivery"]!["givenUp"]! == 1);
        Assert.Equal(0, (int)hook["waiting"]!);
        Assert.Matches("^scheduledEvent.ended [0-9a-f-]{36} failed [0-9]+ times; at last: It answered 503.$", (string)hook["delivery"]!["givenUpBecause"]!);
    }

    [Fact]
    public async Task A_webhook_is_made_changed_listed_and_deleted()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        await tenant.Put("/webhooks/ops", new { url = "https://example.org/hook" }).ExpectProblem(400, "invalidRequest");
        var made = await tenant.Put("/webhooks/Ops", new { url = "https://example.org/hook", secret = Secret, events = new[] { "scheduledEvent.published" } }).Expect(201);
        Assert.Equal("""["scheduledEvent.published"]""", made["events"]!.ToJsonString());
        var changed = await tenant.Put("/webhooks/ops", new { url = "https://example.org/other" }).Expect(200);
        Assert.Equal(("Ops", WebhookKinds.All.Count), ((string?)changed["name"], changed["events"]!.AsArray().Count));
        Assert.NotEqual((string?)made["etag"], (string?)changed["etag"]);
        var listed = await tenant.Get("/webhooks").Expect(200);
        Assert.Single(listed["value"]!.AsArray());
        Assert.All([made, changed, listed, await tenant.Get("/webhooks/ops").Expect(200)], d => Assert.DoesNotContain(Secret, d.ToJsonString(), StringComparison.Ordinal));
        await (await app.TenantAsync()).Get("/webhooks/ops").ExpectProblem(404, "notFound");
        await (await tenant.As("reader")).Put("/webhooks/mine", new { url = "https://example.org/", secret = Secret }).ExpectProblem(403, "forbidden");
        for (var n = 1; n < 10; n++)
        {
            await tenant.Put($"/webhooks/more{n}", new { url = "https://example.org/", secret = Secret }).Expect(201);
        }

        await tenant.Put("/webhooks/more10", new { url = "https://example.org/", secret = Secret }).ExpectProblem(409, "tooManyWebhooks");
        await tenant.Delete("/webhooks/ops").Expect(204);
        await tenant.Delete("/webhooks/ops").Expect(204);
        await app.Operator.DeleteAsync(tenant.Path("")).Expect(204);
    }

    [Fact]
    public async Task Addresses_inside_and_wrong_words_are_refused()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        foreach (var url in new[]
        {
            "http://example.org/", "https://127.0.0.1/", "https://localhost/", "https://10.1.2.3/", "https://169.254.169.254/metadata", "https://[::1]/",
            "https://[fe80::1]/", "https://[::ffff:10.0.0.1]/", "https://2130706433/", "https://user:pass@example.org/", "ftp://example.org/", "hook", "/hook",
        })
        {
            var problem = await tenant.Put("/webhooks/ops", new { url, secret = Secret }).ExpectProblem(400, "invalidRequest");
            Assert.Equal(["$.url"], problem["errors"]!.AsObject().Select(e => e.Key));
        }

        var all = await tenant.Put("/webhooks/ops", new { url = "x", secret = "short", events = new[] { "everything" } }).ExpectProblem(400, "invalidRequest");
        Assert.Equal(["$.events[0]", "$.secret", "$.url"], all["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_not_connected_to()
    {
        // localhost is a name like any other for whoever connects; only the address tells.
        using var handler = Features.Webhooks.WebhookSender.HandlerFor(new Infrastructure.Settings.WebhookOptions());
        using var client = new HttpClient(handler);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://localhost:1/"));
        Assert.Contains("no address that may be connected to", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("2606:2800:220:1::1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("127.9.9.9", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("::ffff:192.168.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("2002:a00:1::", false)]
    public void Public_addresses_are_told_from_others(string address, bool isPublic) =>
        Assert.Equal(isPublic, PublicAddresses.Allows(System.Net.IPAddress.Parse(address), loopback: false, others: false));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("::")]
    [InlineData("::ffff:0.0.0.0")]
    public void Where_private_addresses_were_allowed_any_address_led_to_the_loopback(string address) =>
        Assert.False(PublicAddresses.Allows(System.Net.IPAddress.Parse(address), loopback: false, others: true));

    private static RdfeApp Town(params (string Key, string Value)[] settings) => RdfeApp.With(
    [
        ("Rdfe:Webhooks:AllowLoopback", "true"), ("Rdfe:Webhooks:PollInterval", "00:00:00.020"), ("Rdfe:Webhooks:FirstRetry", "00:00:00.050"), .. settings,
    ]);

    // A machine is maintained, and its owner lets it begin.
    private static async Task Happens(RdfeApp app, Tenant tenant)
    {
        await tenant.Put("/virtualMachines/box", VirtualMachineTests.Machine(new { region = "north" })).Expect(202);
        await app.Advance(Duration.FromMinutes(20));
        await app.Operator.Put("/fabric/hostUpdates/os-120", JsonNode.Parse("""{ "component": "hostOs", "version": "120.1", "image": "host-os-2014.10", "memoryPreserving": "heavy", "liveMigratable": false }""")!).Expect(201);
        await app.Operator.Put("/fabric/rollouts/os", JsonNode.Parse("""{ "hostUpdate": "os-120", "regions": ["north"], "stages": [{ "name": "all" }], "selfService": "PT0S" }""")!).Expect(202);
        await app.Advance(Duration.FromMinutes(4));
        await tenant.Post("/maintenance/os-120~box/acknowledge").Expect(200);
        await app.Advance(Duration.FromMinutes(6));
    }

    private static async Task<JsonObject> Settled(Tenant tenant, Func<JsonObject, bool> so)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var hook = await tenant.Get("/webhooks/ops").Expect(200);
            if (so(hook) || limit.IsCancellationRequested)
            {
                Assert.True(so(hook), hook.ToJsonString());
                return hook;
            }

            await Task.Yield();
        }
    }

    private sealed record Got(int Answered, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public string Header(string name) => Headers.TryGetValue(name, out var value) ? value : "";
    }

    /// <summary>A real server on a port of its own, as an owner would have it.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly WebApplication server;
        private readonly BlockingCollection<Got> got = [];

        private Receiver(WebApplication server) => this.server = server;

        /// <summary>So many of the next requests are answered 503.</summary>
        public int Refuse { get; set; }

        public string Url => server.Urls.First() + "/hook?from=rdfe";

        public static async Task<Receiver> OpenAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            builder.Logging.ClearProviders();
            var receiver = new Receiver(builder.Build());
            receiver.server.MapPost("/hook", async (HttpContext http) =>
            {
                using var reader = new StreamReader(http.Request.Body);
                var body = await reader.ReadToEndAsync();
                http.Response.StatusCode = receiver.Refuse-- > 0 ? 503 : 200;
                receiver.got.Add(new Got(http.Response.StatusCode, body, http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            });
            await receiver.server.StartAsync();
            return receiver;
        }

        public Task<List<Got>> TakeAsync(int count) => Task.Run(() => Enumerable.Range(0, count).Select(n =>
            got.TryTake(out var one, TimeSpan.FromSeconds(30)) ? one : throw new TimeoutException($"Only {n} of {count} came.")).ToList());

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
