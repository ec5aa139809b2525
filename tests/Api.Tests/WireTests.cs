using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests;

/// <summary>What travels: encodings, media types, methods, and what every document has.</summary>
public sealed class WireTests(RdfeApp app)
{
    [Theory]
    [InlineData("7b22726f6c65223a22ff227d")] // { "role": "\xff" }
    [InlineData("7b22726fff6c65223a317d")] // a name that is not UTF-8
    [InlineData("7b22726f6c65223a225c7564383030227d")] // half a surrogate pair, escaped
    [InlineData("7b225c7564383030223a317d")] // and in a name
    public async Task Text_that_is_not_unicode_is_400(string hex)
    {
        var tenant = await app.TenantAsync();
        var body = new ByteArrayContent(Convert.FromHexString(hex));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await tenant.Http.PutAsync(tenant.Path("/keys/a"), body).ExpectProblem(400, "invalidBody");
    }

    [Fact]
    public async Task A_byte_order_mark_and_a_quoted_charset_are_nothing_to_stumble_over()
    {
        var tenant = await app.TenantAsync();
        var body = new ByteArrayContent([.. Encoding.UTF8.Preamble, .. """{ "role": "reader" }"""u8]);
        body.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=\"UTF-8\"");
        await tenant.Http.PutAsync(tenant.Path("/keys/a"), body).Expect(201);
    }

    [Fact]
    public async Task A_compressed_body_is_not_mistaken_for_a_plain_one()
    {
        var tenant = await app.TenantAsync();
        var body = RdfeApp.Text("""{ "role": "reader" }""");
        body.Headers.ContentEncoding.Add("gzip");
        await tenant.Http.PutAsync(tenant.Path("/keys/a"), body).ExpectProblem(415, "unsupportedMediaType");
    }

    [Fact]
    public async Task What_can_be_read_answers_head_without_a_body()
    {
        var tenant = await app.TenantAsync();
        using var got = await tenant.Http.GetAsync(tenant.Path(""));
        using var head = await tenant.Http.SendAsync(new(HttpMethod.Head, tenant.Path("")));
        Assert.Equal(200, (int)head.StatusCode);
        Assert.Equal(got.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        foreach (var path in (string[])["/", "/health/live", "/health/ready"])
        {
            using var open = await app.ClientWith(null).SendAsync(new(HttpMethod.Head, path));
            Assert.Equal(200, (int)open.StatusCode);
        }
    }

    [Fact]
    public async Task The_activity_log_has_the_trace_id_that_the_caller_was_told()
    {
        var tenant = await app.TenantAsync();
        var told = await tenant.Put("/services/A-Bad-Place", new { affinityGroup = "none" }).ExpectProblem(400, "invalidRequest");
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
        await tenant.Put("/services/trace-me", new { affinityGroup = "a" }).Expect(201);
        var refused = await tenant.Delete("/affinityGroups/a").ExpectProblem(409, "inUse");
        var log = (await tenant.Get("/activityLog").Expect(200))["value"]!.AsArray();
        Assert.Equal((string?)refused["traceId"], (string?)log.Last()!["traceId"]);
        Assert.NotEqual((string?)told["traceId"], (string?)refused["traceId"]);
    }

    [Theory]
    [InlineData("P9999999D")]
    [InlineData("P99999999999999D")]
    [InlineData("PT9223372037S")]
    [InlineData("-PT5M")]
    [InlineData("P1M")]
    public async Task A_duration_beyond_all_bounds_is_400(string by) =>
        await app.Operator.Post("/fabric/clock/advance", new { by }).ExpectProblem(400, "invalidRequest");

    [Fact]
    public async Task An_operation_always_has_its_members_and_says_where_it_is()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        var machine = await tenant.Put("/virtualMachines/a", new { region = "north", size = "Small", image = "debian-12" }).Expect(202);
        var operation = await tenant.Http.GetAsync((string)machine["operation"]!).Expect(200);
        foreach (var member in (string[])["id", "kind", "status", "percentComplete", "createdAt", "endedAt", "resource", "steps"])
        {
            Assert.True(operation.ContainsKey(member), member);
        }

        Assert.All(operation["steps"]!.AsArray(), s => Assert.True(s!.AsObject().ContainsKey("startedAt") && s.AsObject().ContainsKey("endedAt")));
        Assert.False(operation.ContainsKey("error"));
        var log = (await tenant.Get("/activityLog").Expect(200))["value"]!.AsArray();
        Assert.Equal((string?)machine["operation"], (string?)log.Last()!["operation"]);
    }

    [Fact]
    public async Task What_is_being_deleted_is_not_answered_as_being_there()
    {
        using var own = new RdfeApp();
        var tenant = await own.TenantAsync();
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        await tenant.Put("/services/leaving", new { region = "north" }).Expect(201);
        var bodies = new Dictionary<string, object>
        {
            ["/services/leaving/deployments/production"] =
                new { package = "hello-web", configuration = Samples.Configuration("hello-web") },
            ["/virtualMachines/a"] = new { region = "north", size = "Small", image = "debian-12" },
        };
        foreach (var (path, body) in bodies)
        {
            await tenant.Put(path, body).Expect(202);
        }

        await own.Advance(20);
        foreach (var (path, body) in bodies)
        {
            await tenant.Delete(path).Expect(202);
            await tenant.Put(path, body).ExpectProblem(409, "operationInProgress");
        }
    }

    [Fact]
    public async Task A_service_lists_what_is_in_its_slots()
    {
        var tenant = await app.TenantAsync();
        await tenant.Upload("hello-web", Samples.Package("hello-web")).Expect(201);
        await tenant.Put("/services/two-slots", new { region = "north" }).Expect(201);
        Assert.Empty((await tenant.Get("/services/two-slots/deployments").Expect(200))["value"]!.AsArray());
        foreach (var slot in (string[])["staging", "production"])
        {
            await tenant.Put("/services/two-slots/deployments/" + slot,
                new { package = "hello-web", configuration = Samples.Configuration("hello-web") }).Expect(202);
        }

        var first = await tenant.Get("/services/Two-Slots/deployments?top=1").Expect(200);
        var second = await tenant.Http.GetAsync((string)first["nextLink"]!).Expect(200);
        Assert.Equal(["production", "staging"],
            new[] { first, second }.Select(p => (string?)Assert.Single(p["value"]!.AsArray())!["slot"]));
        Assert.False(second.ContainsKey("nextLink"));
        await tenant.Get("/services/no-such/deployments").ExpectProblem(404, "notFound");
    }

    /// <summary>See <see cref="Features.Health.Home"/>.</summary>
    [Fact]
    public async Task The_home_page_speaks_of_the_server_that_was_asked()
    {
        var page = await app.ClientWith(null).GetStringAsync("/");
        Assert.Contains("RDFE_URL=http://localhost ", page);
        Assert.Contains("\"region\": \"north\"", page);
        Assert.DoesNotContain("{url}", page);
        Assert.DoesNotMatch("(src|href)=\"(http|//)", page);
        foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(page, "<a href=\"([^\"]+)\""))
        {
            using var followed = await app.ClientWith(null).GetAsync(link.Groups[1].Value);
            Assert.True((int)followed.StatusCode is 200 or 301, link.Value);
        }
    }

    [Fact]
    public async Task Clusters_and_states_are_words_wherever_they_are_told()
    {
        using var own = new RdfeApp();
        var preview = await own.Operator.Post("/fabric/allocations/preview", new { region = "north", size = "Small", count = 1 }).Expect(200);
        Assert.All(preview["candidates"]!.AsArray(), c => Assert.StartsWith("north-", (string?)c!["cluster"]));
        Assert.Contains("reason", (await (await own.TenantAsync()).Get("/serviceNames/is-it-free").Expect(200)).Select(m => m.Key));
    }
}
