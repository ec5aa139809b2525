using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Tests;

[Trait("spec", "R2")]
public sealed class UsageTests : IDisposable
{
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Fact]
    public async Task Each_day_has_its_hours_and_a_deallocated_machine_costs_nothing_its_address_included()
    {
        var tenant = await app.TenantAsync();
        await ToMidnight();
        var first = Today();
        await tenant.Put("/virtualMachines/box", new
        {
            region = "north",
            size = "Large",
            image = "ubuntu-22.04",
            endpoints = new[] { new { name = "web", protocol = "tcp", publicPort = 80, localPort = 80 } },
        }).Expect(202);
        await app.Advance(Duration.FromHours(30));
        await tenant.Post("/virtualMachines/box/powerOff").Expect(202);
        await app.Advance(Duration.FromHours(6));
        // Powered off it keeps its node, and costs as before.
        await tenant.Post("/virtualMachines/box/deallocate").Expect(202);
        await app.Advance(Duration.FromHours(60));

        var days = await Days(tenant, $"?from={Iso(first)}&to={Iso(first.PlusDays(3))}");
        Assert.Equal(4, days.Count);
        var (one, two) = (days[0]!, days[1]!);
        // From the first second to the last: the node was chosen at midnight, when the request came.
        Assert.Equal((86_400L, 4 * 86_400m, 86_400L), Seconds(one));
        Assert.Equal((24m, 96m, 24m), ((decimal)one["instanceHours"]!, (decimal)one["coreHours"]!, (decimal)one["vipHours"]!));
        var (instances, cores, vips) = Seconds(two);
        Assert.InRange(instances, 12 * 3600, (12 * 3600) + 300);
        Assert.Equal((instances * 4m, instances), (cores, vips));
        Assert.All(days.Skip(2), d => Assert.Equal((0L, 0m, 0L), Seconds(d!)));
        Assert.All(days, d => Assert.False((bool)d!["closed"]!));

        await Trim();
        var closed = await Days(tenant, $"?from={Iso(first)}&to={Iso(first.PlusDays(3))}");
        Assert.Equal(days.Select(d => Seconds(d!)), closed.Select(d => Seconds(d!)));
        Assert.Equal([true, true, true, false], closed.Select(d => (bool)d!["closed"]!));

        // Long after, the history has gone and the figures are still there.
        await app.Advance(Duration.FromDays(100));
        await Trim();
        Assert.Equal(0, Rows<UsageIntervalRow>());
        var later = await Days(tenant, $"?from={Iso(first)}&to={Iso(first.PlusDays(3))}");
        Assert.Equal(days.Select(d => Seconds(d!)), later.Select(d => Seconds(d!)));
        Assert.All(later, d => Assert.True((bool)d!["closed"]!));

        // Seven years after, they go as well.
        await app.Advance(Duration.FromDays(2600));
        await Trim();
        Assert.Equal(0, Rows<UsageDayRow>());
    }

    [Fact]
    public async Task A_deployment_costs_its_instances_and_one_address_and_scaling_shows()
    {
        var tenant = await app.TenantAsync();
        await ToMidnight();
        var slot = await tenant.Run("hello-web", "billed");
        await app.Advance(Duration.FromHours(2));
        var before = (await Days(tenant, ""))[^1]!;
        var (instances, cores, vips) = Seconds(before);
        Assert.Equal((instances, (decimal)instances), (vips * 3, cores));
        await tenant.Post(slot + "/configuration", new { configuration = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"5\"")) }).Expect(202);
        await app.Advance(Duration.FromHours(1));
        var after = (await Days(tenant, ""))[^1]!;
        Assert.Equal((instances + (5 * 3600), vips + 3600), (Seconds(after).Instances, Seconds(after).Vips));
        await tenant.Delete(slot).Expect(202);
        await app.Advance(Duration.FromHours(1));
        var gone = (await Days(tenant, ""))[^1]!;
        await app.Advance(Duration.FromHours(1));
        Assert.Equal(Seconds(gone), Seconds((await Days(tenant, ""))[^1]!));
    }

    [Fact]
    public async Task Days_are_listed_by_page_and_only_those_that_have_begun()
    {
        var tenant = await app.TenantAsync();
        await app.Advance(Duration.FromDays(12));
        var to = Today();
        var page = await tenant.Get($"/usage?from={Iso(to.PlusDays(-9))}&to={Iso(to.PlusDays(5))}&top=4").Expect(200);
        var listed = new List<string>();
        for (; page["nextLink"] is { } next; page = await tenant.Http.GetAsync((string)next!).Expect(200))
        {
            Assert.Equal(4, page["value"]!.AsArray().Count);
            listed.AddRange(page["value"]!.AsArray().Select(d => (string)d!["day"]!));
        }

        listed.AddRange(page["value"]!.AsArray().Select(d => (string)d!["day"]!));
        Assert.Equal(Enumerable.Range(-9, 10).Select(n => Iso(to.PlusDays(n))), listed);
        Assert.Empty(await Days(tenant, $"?from={Iso(to.PlusDays(1))}&to={Iso(to.PlusDays(5))}"));
        var month = await Days(tenant, "");
        Assert.Equal((Iso(new LocalDate(to.Year, to.Month, 1)), Iso(to)), ((string)month[0]!["day"]!, (string)month[^1]!["day"]!));
    }

    [Fact]
    public async Task Bad_spans_are_refused_and_strangers_see_nothing()
    {
        var tenant = await app.TenantAsync();
        foreach (var (query, path) in new[]
        {
            ("from=2012-02-30", "from"), ("to=yesterday", "to"), ("from=2012-03-01&to=2012-02-29", "from"),
            ("from=2012-01-01&to=2013-01-01", "from"), ("from=", "from"), ("to=9999-12-31", "to"), ("from=0001-01-01", "from"),
            ("from=2012-01-01&from=2012-01-02", "from"), ("top=0", "top"), ("continuation=azp4", "continuation"),
        })
        {
            var problem = await tenant.Get("/usage?" + query).ExpectProblem(400, "invalidRequest");
            Assert.Contains(path, problem["errors"]!.AsObject().Select(e => e.Key));
        }

        var both = await tenant.Get("/usage?from=x&to=y").ExpectProblem(400, "invalidRequest");
        Assert.Equal(["from", "to"], both["errors"]!.AsObject().Select(e => e.Key).Order());
        await tenant.Get("/usage?from=2012-01-01&to=2012-12-31").Expect(200);
        await (await tenant.As("reader")).Get("/usage").Expect(200);
        var stranger = await (await app.TenantAsync()).As("owner");
        await stranger.Http.GetAsync(tenant.Path("/usage")).ExpectProblem(404, "notFound");
        await app.Operator.GetAsync("/subscriptions/00000000-0000-4000-8000-000000000009/usage").ExpectProblem(404, "notFound");
    }

    private static (long Instances, decimal Cores, long Vips) Seconds(JsonNode day) =>
        ((long)day["instanceSeconds"]!, (decimal)day["coreSeconds"]!, (long)day["vipSeconds"]!);

    private static async Task<JsonArray> Days(Tenant tenant, string query) =>
        (await tenant.Get("/usage" + query).Expect(200))["value"]!.AsArray();

    private static string Iso(LocalDate day) => LocalDatePattern.Iso.Format(day);

    private Task<int> Trim() => app.Services.GetRequiredService<Trimmer>().TrimAsync(CancellationToken.None);

    private int Rows<T>() where T : class
    {
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        return db.Set<T>().Count();
    }

    private LocalDate Today() => app.Services.GetRequiredService<FabricClock>().Now.InUtc().Date;

    // So that hours can be counted on one's fingers.
    private Task ToMidnight()
    {
        var now = app.Services.GetRequiredService<FabricClock>().Now;
        return app.Advance(Today().PlusDays(1).AtMidnight().InUtc().ToInstant() - now);
    }
}
