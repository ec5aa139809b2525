// What a tenant has made can be read one by one and in a list, and is gone when it is deleted.
namespace Rdfe.Api.Tests;

[Trait("spec", "R4")]
public sealed class ReadBackTests(RdfeApp app)
{
    [Fact]
    public async Task A_hosted_service_is_read_listed_and_deleted()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/services/read-back", new { region = "north", label = "one" }).Expect(201);
        var read = await tenant.Get("/services/read-back").Expect(200);
        Assert.Equal(("read-back", "one"), ((string?)read["name"], (string?)read["label"]));
        Assert.Single((await tenant.Get("/services").Expect(200))["value"]!.AsArray());
        await tenant.Delete("/services/read-back").Expect(204);
        await tenant.Get("/services/read-back").ExpectProblem(404, "notFound");
        Assert.Empty((await tenant.Get("/services").Expect(200))["value"]!.AsArray());
    }

    [Fact]
    public async Task A_virtual_network_is_read_listed_and_deleted()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/services/joined", new { region = "north" }).Expect(201);
        await tenant.Put("/virtualNetworks/net", new { services = new[] { "joined" } }).Expect(201);
        var read = await tenant.Get("/virtualNetworks/net").Expect(200);
        Assert.Equal(["joined"], read["services"]!.AsArray().Select(s => (string?)s));
        Assert.Single((await tenant.Get("/virtualNetworks").Expect(200))["value"]!.AsArray());
        await tenant.Delete("/virtualNetworks/net").Expect(204);
        await tenant.Get("/virtualNetworks/net").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task A_storage_account_is_read_listed_and_deleted_and_its_name_is_free_again()
    {
        var (one, two) = (await app.TenantAsync(), await app.TenantAsync());
        await one.Put("/storageAccounts/readback", new { region = "north" }).Expect(201);
        Assert.Equal("readback", (string?)(await one.Get("/storageAccounts/readback").Expect(200))["name"]);
        Assert.Single((await one.Get("/storageAccounts").Expect(200))["value"]!.AsArray());
        await two.Get("/storageAccounts/readback").ExpectProblem(404, "notFound");
        await one.Delete("/storageAccounts/readback").Expect(204);
        await one.Get("/storageAccounts/readback").ExpectProblem(404, "notFound");
        await two.Put("/storageAccounts/readback", new { region = "south" }).Expect(201);
    }
}
