using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Api.Http;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

[Trait("spec", "R3")]
public sealed class AccessTests(RdfeApp app)
{
    [Fact]
    public async Task Every_route_is_closed_to_those_below_its_role()
    {
        var tenant = await app.TenantAsync();
        var other = await app.TenantAsync();
        var callers = new Dictionary<Access, HttpClient>
        {
            [Access.Reader] = (await tenant.As("reader")).Http,
            [Access.Contributor] = (await tenant.As("contributor")).Http,
            [Access.Owner] = (await tenant.As("owner")).Http,
        };
        var stranger = (await other.As("owner")).Http;
        foreach (var route in app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var needed = route.Metadata.GetMetadata<Needs>()!.Access;
            if (needed == Access.Anonymous)
            {
                continue;
            }

            var pattern = route.RoutePattern.RawText!;
            var path = System.Text.RegularExpressions.Regex.Replace(
                pattern.Replace("{subscriptionId}", tenant.Id.ToString()), @"\{[^}]*\}", "x");
            var method = new HttpMethod(route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]);
            await app.ClientWith(null).SendAsync(new(method, path)).ExpectProblem(401, "unauthorized");
            await app.ClientWith("wrong").SendAsync(new(method, path)).ExpectProblem(401, "unauthorized");
            foreach (var (role, client) in callers.Where(c => c.Key < needed))
            {
                // A body that could not even be parsed: the role is checked before it is read.
                var request = new HttpRequestMessage(method, path) { Content = RdfeApp.Text("{") };
                await client.SendAsync(request).ExpectProblem(403, "forbidden");
            }

            if (pattern.Contains("{subscriptionId}", StringComparison.Ordinal))
            {
                await stranger.SendAsync(new(method, path)).ExpectProblem(404, "notFound");
            }
        }
    }

    [Fact]
    public async Task Another_tenants_subscription_looks_like_one_that_does_not_exist()
    {
        var mine = await (await app.TenantAsync()).As("owner");
        var theirs = await app.TenantAsync();
        var existing = await mine.Http.GetAsync(theirs.Path("")).ExpectProblem(404, "notFound");
        var missing = await mine.Http.GetAsync("/subscriptions/00000000-0000-4000-8000-000000000001")
            .ExpectProblem(404, "notFound");
        Assert.Equal((string?)missing["detail"], (string?)existing["detail"]);
    }

    [Fact]
    public async Task A_key_is_shown_once_works_at_once_and_stops_at_once()
    {
        var tenant = await app.TenantAsync();
        var made = await tenant.Put("/keys/ci", new { role = "reader" }).Expect(201);
        var reader = app.ClientWith((string)made["secret"]!);
        await reader.GetAsync(tenant.Path("")).Expect(200);
        await reader.PutAsync(tenant.Path("/affinityGroups/a"), RdfeApp.Json(new { region = "north" }))
            .ExpectProblem(403, "forbidden");
        Assert.Null((await tenant.Get("/keys/ci").Expect(200))["secret"]);
        Assert.Null((await tenant.Put("/keys/ci", new { role = "contributor" }).Expect(200))["secret"]);
        await reader.PutAsync(tenant.Path("/affinityGroups/a"), RdfeApp.Json(new { region = "north" })).Expect(201);
        await tenant.Delete("/keys/ci").Expect(204);
        await reader.GetAsync(tenant.Path("")).ExpectProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Keys_are_kept_as_hashes_alone()
    {
        var tenant = await app.TenantAsync();
        var secret = (string)(await tenant.Put("/keys/a", new { role = "owner" }).Expect(201))["secret"]!;
        foreach (var file in Directory.GetFiles(app.Folder).Where(f => !f.EndsWith("lock", StringComparison.Ordinal)))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            Assert.DoesNotContain(secret, System.Text.Encoding.Latin1.GetString(bytes.ToArray()));
        }
    }

    [Fact]
    public async Task An_owner_renames_but_does_not_raise_quotas()
    {
        var owner = await (await app.TenantAsync()).As("owner");
        var renamed = await owner.Patch("", new { displayName = "New" }).Expect(200);
        Assert.Equal("New", (string?)renamed["displayName"]);
        await owner.Patch("", new { quotas = new { cores = 1_000_000 } }).ExpectProblem(403, "forbidden");
        await owner.Patch("", new { colour = "red" }).ExpectProblem(400, "invalidRequest");
    }

    [Fact]
    public async Task A_caller_over_its_rate_is_told_to_wait_and_may_go_on_afterwards()
    {
        var clock = new TestClock();
        using var own = RdfeApp.With(("Rdfe:Limits:RequestsPerSecond", "3"), ("Rdfe:Limits:UnauthenticatedPerSecond",
            "2"));
        own.Replace = s => s.AddSingleton<TimeProvider>(clock);
        var client = own.Operator;
        for (var i = 0; i < 3; i++)
        {
            await client.GetAsync("/subscriptions").Expect(200);
        }

        using var refused = await client.GetAsync("/subscriptions");
        Assert.Equal(429, (int)refused.StatusCode);
        Assert.Equal("1", refused.Headers.GetValues("Retry-After").Single());
        clock.Advance(TimeSpan.FromSeconds(1));
        await client.GetAsync("/subscriptions").Expect(200);

        var guesser = own.ClientWith("guess");
        await guesser.GetAsync("/subscriptions").ExpectProblem(401, "unauthorized");
        await guesser.GetAsync("/subscriptions").ExpectProblem(401, "unauthorized");
        await guesser.GetAsync("/subscriptions").ExpectProblem(429, "tooManyRequests");
        await client.GetAsync("/subscriptions").Expect(200);
    }
}
