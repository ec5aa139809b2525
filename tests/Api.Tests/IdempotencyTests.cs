using System.Net.Http.Headers;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Tests;

public sealed class IdempotencyTests(RdfeApp app)
{
    [Fact]
    public async Task The_same_key_and_body_get_the_first_answer_again()
    {
        var tenant = await app.TenantAsync();
        using var first = await Send(tenant, "k1", "/affinityGroups/a", new { region = "north" });
        Assert.Equal(201, (int)first.StatusCode);
        Assert.False(first.Headers.Contains("Idempotent-Replayed"));
        await tenant.Delete("/affinityGroups/a").Expect(204);
        using var again = await Send(tenant, "k1", "/affinityGroups/a", new { region = "north" });
        Assert.Equal(201, (int)again.StatusCode);
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        await tenant.Get("/affinityGroups/a").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task The_same_key_with_another_body_or_path_is_422()
    {
        var tenant = await app.TenantAsync();
        await Send(tenant, "k2", "/affinityGroups/a", new { region = "north" }).Expect(201);
        await Send(tenant, "k2", "/affinityGroups/a", new { region = "south" })
            .ExpectProblem(422, "idempotencyKeyReused");
        await Send(tenant, "k2", "/affinityGroups/b", new { region = "north" })
            .ExpectProblem(422, "idempotencyKeyReused");
    }

    [Fact]
    public async Task The_same_key_with_another_method_or_query_is_422()
    {
        var tenant = await app.TenantAsync();
        await Send(tenant, "k11", "", new { displayName = "one" }, method: HttpMethod.Patch).Expect(200);
        await Send(tenant, "k11", "", new { displayName = "one" }).ExpectProblem(422, "idempotencyKeyReused");
        await Send(tenant, "k11", "?now", new { displayName = "one" }, method: HttpMethod.Patch).ExpectProblem(422, "idempotencyKeyReused");
    }

    [Fact]
    public async Task A_key_is_its_callers_own()
    {
        var tenant = await app.TenantAsync();
        var owner = await tenant.As("owner");
        await Send(tenant, "k3", "/affinityGroups/a", new { region = "north" }).Expect(201);
        await Send(owner, "k3", "/affinityGroups/b", new { region = "north" }).Expect(201);
    }

    [Fact]
    public async Task A_refusal_that_was_decided_is_replayed_but_a_wrong_body_is_not_kept()
    {
        var tenant = await app.TenantAsync(new { affinityGroups = 0 });
        await Send(tenant, "k4", "/affinityGroups/a", new { region = "nowhere" }).ExpectProblem(400, "invalidRequest");
        await Send(tenant, "k4", "/affinityGroups/a", new { region = "north" }).ExpectProblem(409, "quotaExceeded");
        await tenant.Patch("", new { quotas = new { affinityGroups = 5 } }).Expect(200);
        await Send(tenant, "k4", "/affinityGroups/a", new { region = "north" }).ExpectProblem(409, "quotaExceeded");
        await Send(tenant, "k5", "/affinityGroups/a", new { region = "north" }).Expect(201);
    }

    [Fact]
    public async Task A_condition_that_did_not_hold_is_asked_again_with_the_same_key()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
        await Send(tenant, "k8", "/affinityGroups/a", new { region = "north" }, ifAbsent: true).ExpectProblem(412, "preconditionFailed");
        await tenant.Delete("/affinityGroups/a").Expect(204);
        using var again = await Send(tenant, "k8", "/affinityGroups/a", new { region = "north" }, ifAbsent: true);
        Assert.Equal(201, (int)again.StatusCode);
        Assert.False(again.Headers.Contains("Idempotent-Replayed"));
    }

    [Fact]
    public async Task No_commit_holds_an_effect_without_its_record_or_a_record_without_its_effect()
    {
        // Of its own: it watches every commit of the program.
        using var alone = new RdfeApp();
        var tenant = await alone.TenantAsync();
        var halves = new List<string>();
        var whole = 0;
        alone.Services.GetRequiredService<Committer>().AfterCommit = () =>
        {
            using var db = alone.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
            var (effect, record) = (db.Set<AffinityGroupRow>().Any(), db.Set<IdempotencyRow>().Any(r => r.Key == "k9"));
            whole += effect && record ? 1 : 0;
            if (effect != record)
            {
                halves.Add($"effect {effect}, record {record}");
            }
        };
        await Send(tenant, "k9", "/affinityGroups/a", new { region = "north" }).Expect(201);
        await tenant.Put("/affinityGroups/b", new { region = "north" }).Expect(201);
        Assert.Empty(halves);
        Assert.True(whole > 0, "No commit was watched.");
    }

    [Fact]
    public async Task Replaying_a_key_creation_does_not_show_the_secret_again()
    {
        var tenant = await app.TenantAsync();
        Assert.NotNull((await Send(tenant, "k6", "/keys/a", new { role = "owner" }).Expect(201))["secret"]);
        using var again = await Send(tenant, "k6", "/keys/a", new { role = "owner" });
        Assert.Equal(201, (int)again.StatusCode);
        Assert.Contains("\"secret\":null", await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Of_many_at_once_one_takes_effect_and_the_others_are_told_to_wait_or_get_its_answer()
    {
        var tenant = await app.TenantAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ =>
            Send(tenant, "k7", "/keys/one", new { role = "reader" })));
        Assert.All(answers, a => Assert.Contains((int)a.StatusCode, (int[])[201, 409]));
        Assert.Single(answers, a => (int)a.StatusCode == 201 && !a.Headers.Contains("Idempotent-Replayed"));
    }

    private static Task<HttpResponseMessage> Send(Tenant tenant, string key, string below, object body, bool ifAbsent = false, HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Put, tenant.Path(below)) { Content = RdfeApp.Json(body) };
        request.Headers.Add("Idempotency-Key", key);
        if (ifAbsent)
        {
            request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
        }

        return tenant.Http.SendAsync(request);
    }
}
