using NodaTime;

namespace Rdfe.Api.Tests;

[Trait("spec", "D5")]
public sealed class AvailabilitySetTests : IDisposable
{
    private static readonly Duration Long = Duration.FromMinutes(20);
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Fact]
    public async Task A_set_is_created_with_defaults_replaced_listed_and_deleted()
    {
        var tenant = await app.TenantAsync();
        var set = await tenant.Put("/availabilitySets/Front", new { region = "north" }).Expect(201);
        Assert.Equal((5, 2), ((int?)set["updateDomainCount"], (int?)set["faultDomainCount"]));
        await tenant.Put("/availabilitySets/front", new { region = "north", updateDomainCount = 3 }).Expect(200);
        Assert.Equal(3, (int?)(await tenant.Get("/availabilitySets/front").Expect(200))["updateDomainCount"]);
        Assert.Single((await tenant.Get("/availabilitySets").Expect(200))["value"]!.AsArray());
        await tenant.Delete("/availabilitySets/front").Expect(204);
        await tenant.Delete("/availabilitySets/front").Expect(204);
        await tenant.Get("/availabilitySets/front").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task Counts_and_place_are_checked_all_at_once()
    {
        var tenant = await app.TenantAsync();
        var problem = await tenant.Put("/availabilitySets/a", new { updateDomainCount = 21, faultDomainCount = 0 })
            .ExpectProblem(400, "invalidRequest");
        Assert.Equal(["$.faultDomainCount", "$.region", "$.updateDomainCount"], problem["errors"]!.AsObject().Select(e => e.Key));
        await tenant.Put("/availabilitySets/a", new { affinityGroup = "none" }).ExpectProblem(400, "invalidRequest");
    }

    [Fact]
    public async Task Machines_in_it_take_its_place_spread_and_keep_it_as_it_is()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/availabilitySets/front", new { region = "south", updateDomainCount = 3 }).Expect(201);
        for (var i = 0; i < 4; i++)
        {
            await tenant.Put($"/virtualMachines/m{i}", VirtualMachineTests.Machine(new { availabilitySet = "FRONT" })).Expect(202);
        }

        var contradicting = new { region = "north", size = "Small", image = "debian-12", availabilitySet = "front" };
        var problem = await tenant.Put("/virtualMachines/x", contradicting).ExpectProblem(400, "invalidRequest");
        Assert.Contains("$.region", problem["errors"]!.AsObject().Select(e => e.Key));
        app.CheckBooks();
        await app.Advance(Long);

        var set = await tenant.Get("/availabilitySets/front").Expect(200);
        Assert.StartsWith("south", (string?)set["cluster"], StringComparison.Ordinal);
        var members = set["members"]!.AsArray();
        Assert.Equal([0, 0, 1, 2], members.Select(m => (int)m!["updateDomain"]!).Order());
        Assert.All(members.GroupBy(m => (int)m!["faultDomain"]!), g => Assert.True(g.Count() <= 2));
        await tenant.Delete("/availabilitySets/front").ExpectProblem(409, "inUse");
        await tenant.Put("/availabilitySets/front", new { region = "south", updateDomainCount = 4 }).ExpectProblem(409, "inUse");
        await tenant.Put("/availabilitySets/front", new { region = "south", updateDomainCount = 3 }).Expect(200);

        for (var i = 0; i < 4; i++)
        {
            await tenant.Delete($"/virtualMachines/m{i}").Expect(202);
        }

        await app.Advance(Long);
        await tenant.Delete("/availabilitySets/front").Expect(204);
    }
}
