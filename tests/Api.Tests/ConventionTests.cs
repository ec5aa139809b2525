using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Api.Http;

namespace Rdfe.Api.Tests;

/// <summary>What holds for every route alike (API.md, Conventions).</summary>
public sealed class ConventionTests(RdfeApp app)
{
    [Fact]
    public async Task Every_error_of_a_body_is_reported_at_once()
    {
        var tenant = await app.TenantAsync();
        var body = """
            { "displayName": "", "colour": "red", "quotas": { "cores": "many", "vips": -1, "vms": 1.5, "extra": 1 } }
            """;
        var problem = await tenant.Http.PutAsync(tenant.Path(""), RdfeApp.Text(body))
            .ExpectProblem(400, "invalidRequest");
        Assert.Equal(
            ["$.colour", "$.displayName", "$.quotas.cores", "$.quotas.extra", "$.quotas.vips", "$.quotas.vms"],
            problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("null", "$")]
    [InlineData("[]", "$")]
    [InlineData("\"text\"", "$")]
    [InlineData("{ \"role\": ", "$")]
    [InlineData("{ \"role\": \"owner\", \"role\": \"reader\" }", "$")]
    [InlineData("{}", "$.role")]
    [InlineData("{ \"role\": null }", "$.role")]
    [InlineData("{ \"role\": 1 }", "$.role")]
    [InlineData("{ \"role\": \"king\" }", "$.role")]
    public async Task A_body_that_cannot_be_used_is_400_and_says_where(string body, string path)
    {
        var tenant = await app.TenantAsync();
        var problem = await tenant.Http.PutAsync(tenant.Path("/keys/a"), RdfeApp.Text(body))
            .ExpectProblem(400, path == "$" ? "invalidBody" : "invalidRequest");
        Assert.Contains(path, problem["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task Deep_large_and_foreign_bodies_are_refused()
    {
        var tenant = await app.TenantAsync();
        var deep = new string('[', 40) + new string(']', 40);
        await tenant.Http.PutAsync(tenant.Path("/keys/a"), RdfeApp.Text($$"""{ "role": {{deep}} }"""))
            .ExpectProblem(400, "invalidBody");
        var large = "{ \"role\": \"" + new string('x', 1 << 20) + "\" }";
        await tenant.Http.PutAsync(tenant.Path("/keys/a"), RdfeApp.Text(large)).ExpectProblem(413, "bodyTooLarge");
        await tenant.Http.PutAsync(tenant.Path("/keys/a"), RdfeApp.Text("role=owner", "text/plain"))
            .ExpectProblem(415, "unsupportedMediaType");
    }

    [Fact]
    public async Task Unknown_paths_and_methods_are_problems_too()
    {
        await app.Operator.GetAsync("/nowhere").ExpectProblem(404, "notFound");
        await app.Operator.PutAsync("/health/live", null).ExpectProblem(405, "methodNotAllowed");
        await app.Operator.GetAsync("/subscriptions/not-a-guid").ExpectProblem(404, "notFound");
    }

    [Theory]
    [InlineData("top=0")]
    [InlineData("top=1001")]
    [InlineData("top=ten")]
    [InlineData("continuation=%25%25")]
    [InlineData("continuation=abcd")]
    [InlineData("continuation=")]
    public async Task Bad_pages_are_400(string query)
    {
        var tenant = await app.TenantAsync();
        await tenant.Get("/quotas?" + query).ExpectProblem(400, "invalidRequest");
        await tenant.Get("/activityLog?" + query).ExpectProblem(400, "invalidRequest");
    }

    [Fact]
    public async Task Bad_names_are_400_and_good_ones_are_not_case_sensitive()
    {
        var tenant = await app.TenantAsync();
        foreach (var name in (string[])["-a", "a%20b", new string('a', 64), "a%0A"])
        {
            await tenant.Put("/affinityGroups/" + name, new { region = "north" }).ExpectProblem(400, "invalidRequest");
        }

        await tenant.Put("/affinityGroups/" + new string('a', 63), new { region = "north" }).Expect(201);
    }

    [Fact]
    public async Task Etags_guard_changes_and_save_reads()
    {
        var tenant = await app.TenantAsync();
        using var created = await tenant.Put("/affinityGroups/a", new { region = "north" });
        var etag = created.Headers.ETag!;
        Assert.Equal(etag.Tag.Trim('"'), (string?)JsonNode.Parse(await created.Content.ReadAsStringAsync())!["etag"]);

        await Send(tenant, HttpMethod.Put, r => r.Headers.IfMatch.Add(new("\"other\"")))
            .ExpectProblem(412, "preconditionFailed");
        await Send(tenant, HttpMethod.Put, r => r.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any))
            .ExpectProblem(412, "preconditionFailed");
        var changed = await Send(tenant, HttpMethod.Put, r => r.Headers.IfMatch.Add(etag)).Expect(200);
        Assert.NotEqual(etag.Tag.Trim('"'), (string?)changed["etag"]);
        await Send(tenant, HttpMethod.Delete, r => r.Headers.IfMatch.Add(etag))
            .ExpectProblem(412, "preconditionFailed");
        await Send(tenant, HttpMethod.Get, r =>
            r.Headers.TryAddWithoutValidation("If-None-Match", (string?)changed["etag"])).Expect(304);
    }

    [Fact]
    public async Task Every_route_says_who_may_call_it()
    {
        await app.Operator.GetAsync("/health/ready").Expect(200);
        var silent = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<Needs>() is null)
            .Select(e => e.RoutePattern.RawText);
        Assert.Empty(silent);
    }

    [Fact]
    public async Task Every_answer_has_the_security_headers()
    {
        using var response = await app.Operator.GetAsync("/");
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("DENY", response.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Equal("same-origin", response.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal("no-store", response.Headers.GetValues("Cache-Control").Single());
        Assert.Contains("/swagger", await response.Content.ReadAsStringAsync());
        using var swagger = await app.Operator.GetAsync("/swagger/index.html");
        Assert.Equal(200, (int)swagger.StatusCode);
    }

    [Fact]
    public async Task A_body_that_nobody_can_foresee_never_shows_internals()
    {
        using var own = new RdfeApp { Replace = s => s.AddSingleton<IReadStore, BrokenStore>() };
        var problem = await own.Operator.GetAsync("/subscriptions").ExpectProblem(500, "internalError");
        Assert.DoesNotContain("secret table", problem.ToJsonString());
    }

    private static Task<HttpResponseMessage> Send(Tenant tenant, HttpMethod method, Action<HttpRequestMessage> change)
    {
        var request = new HttpRequestMessage(method, tenant.Path("/affinityGroups/a"));
        if (method == HttpMethod.Put)
        {
            request.Content = RdfeApp.Json(new { region = "south" });
        }

        change(request);
        return tenant.Http.SendAsync(request);
    }

    private sealed class BrokenStore : IReadStore
    {
        public Task<Infrastructure.Persistence.RdfeDbContext> OpenAsync(CancellationToken cancel) =>
            throw new InvalidOperationException("the secret table is broken");

        public Task<bool> ExistsAsync(
            Infrastructure.Persistence.RdfeDbContext db, Domain.SubscriptionId subscription,
                CancellationToken cancel) =>
            Task.FromResult(true);
    }
}
