namespace Rdfe.Api.Tests;

[Trait("spec", "R1")]
public sealed class SubscriptionTests(RdfeApp app)
{
    [Fact]
    public async Task A_subscription_has_a_name_a_state_and_quotas_with_defaults()
    {
        var tenant = await app.TenantAsync(new { cores = 12.5 });
        var read = await tenant.Get("").Expect(200);
        Assert.Equal("enabled", (string?)read["state"]);
        Assert.Equal(12.5m, (decimal?)read["quotas"]!["cores"]);
        Assert.Equal(20, (int?)read["quotas"]!["services"]);
        var quotas = await tenant.Get("/quotas").Expect(200);
        var cores = quotas["value"]!.AsArray().Single(q => (string?)q!["resource"] == "cores")!;
        Assert.Equal((0m, 12.5m), ((decimal)cores["used"]!, (decimal)cores["limit"]!));
    }

    [Fact]
    public async Task A_disabled_subscription_can_be_read_but_not_changed()
    {
        var tenant = await app.TenantAsync();
        await tenant.Post("/disable").Expect(200);
        await tenant.Put("/affinityGroups/a", new { region = "north" }).ExpectProblem(409, "subscriptionDisabled");
        Assert.Equal("disabled", (string?)(await tenant.Get("").Expect(200))["state"]);
        await tenant.Post("/enable").Expect(200);
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
    }

    [Fact]
    public async Task The_state_may_be_sent_back_as_it_is_and_is_switched_by_its_own_verbs()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("", new { displayName = "Same", state = "enabled" }).Expect(200);
        await tenant.Put("", new { displayName = "Same", state = "disabled" }).ExpectProblem(409, "useSwitch");
        await tenant.Patch("", new { state = "disabled" }).ExpectProblem(409, "useSwitch");
        await tenant.Put("", new { displayName = "Same", state = "asleep" }).ExpectProblem(400, "invalidRequest");
        Assert.Equal("enabled", (string?)(await tenant.Get("").Expect(200))["state"]);
    }

    [Fact]
    public async Task Only_an_empty_subscription_can_be_deleted()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
        var problem = await tenant.Delete("").ExpectProblem(409, "subscriptionNotEmpty");
        Assert.Contains("affinityGroups", (string?)problem["detail"]);
        await tenant.Delete("/affinityGroups/a").Expect(204);
        await tenant.Delete("").Expect(204);
        await tenant.Get("").ExpectProblem(404, "notFound");
        await tenant.Delete("").Expect(204);
    }

    [Fact]
    public async Task The_operator_lists_subscriptions_page_by_page_and_sees_each_once()
    {
        using var own = new RdfeApp();
        var made = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            made.Add((await own.TenantAsync()).Id.ToString());
        }

        var seen = new List<string>();
        for (var next = "/subscriptions?top=2"; next is not null;)
        {
            var page = await own.Operator.GetAsync(next).Expect(200);
            seen.AddRange(page["value"]!.AsArray().Select(s => (string)s!["id"]!));
            next = (string?)page["nextLink"];
        }

        Assert.Equal(made.Order(StringComparer.Ordinal), seen);
    }
}
