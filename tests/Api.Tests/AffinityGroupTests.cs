namespace Rdfe.Api.Tests;

[Trait("spec", "R4")]
public sealed class AffinityGroupTests(RdfeApp app)
{
    [Fact]
    public async Task An_affinity_group_is_created_replaced_read_listed_and_deleted()
    {
        var tenant = await app.TenantAsync();
        var created = await tenant.Put("/affinityGroups/Near", new { region = "north" }).Expect(201);
        Assert.Equal("north", (string?)created["region"]);
        var again = await tenant.Put("/affinityGroups/near", new { region = "north" }).Expect(200);
        Assert.Equal((string?)created["etag"], (string?)again["etag"]);
        Assert.Equal("Near", (string?)again["name"]);
        await tenant.Get("/affinityGroups/NEAR").Expect(200);
        var list = await tenant.Get("/affinityGroups").Expect(200);
        Assert.Single(list["value"]!.AsArray());
        await tenant.Delete("/affinityGroups/near").Expect(204);
        await tenant.Delete("/affinityGroups/near").Expect(204);
        await tenant.Get("/affinityGroups/near").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task A_region_that_does_not_exist_is_an_error_of_the_body()
    {
        var tenant = await app.TenantAsync();
        var problem = await tenant.Put("/affinityGroups/a", new { region = "atlantis" })
            .ExpectProblem(400, "invalidRequest");
        Assert.Contains("atlantis", (string?)problem["errors"]!["$.region"]![0]);
    }

    [Fact]
    public async Task The_quota_bounds_how_many_there_are_and_deleting_gives_back()
    {
        var tenant = await app.TenantAsync(new { affinityGroups = 1 });
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
        await tenant.Put("/affinityGroups/b", new { region = "north" }).ExpectProblem(409, "quotaExceeded");
        await tenant.Delete("/affinityGroups/a").Expect(204);
        await tenant.Put("/affinityGroups/b", new { region = "north" }).Expect(201);
    }
}
