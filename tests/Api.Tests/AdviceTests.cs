using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests;

[Trait("spec", "D6")]
public sealed class AdviceTests
{
    [Fact]
    public async Task A_machine_is_told_what_would_keep_it_up_and_make_it_fast()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        await tenant.Put("/availabilitySets/front", new { region = "north" }).Expect(201);
        await tenant.Put("/availabilitySets/narrow", new { region = "north", updateDomainCount = 1 }).Expect(201);
        await tenant.Put("/virtualMachines/lone", Machine(null, 100)).Expect(202);
        await tenant.Put("/virtualMachines/narrow", Machine("narrow")).Expect(202);
        for (var i = 1; i <= 3; i++)
        {
            await tenant.Put($"/virtualMachines/m{i}", i == 2 ? Machine("front", 10, 20) : Machine("front", 10, 10)).Expect(202);
            await app.Advance(20);
            Assert.Equal(i switch { 1 => ["singleInstance"], 2 => ["fewInstances", "unstripedDataDisks"], _ => [] }, await Codes(tenant, $"m{i}"));
        }

        Assert.Equal(["singleInstance", "unstripedDataDisks"], await Codes(tenant, "lone"));
        Assert.Equal(["fewUpdateDomains", "singleInstance"], await Codes(tenant, "narrow"));
        // By then the set is large enough for the first as well; and the list tells the same.
        Assert.Empty(await Codes(tenant, "m1"));
        var listed = (await tenant.Get("/virtualMachines").Expect(200))["value"]!.AsArray().ToDictionary(m => (string)m!["name"]!, m => Codes(m!));
        Assert.Equal(["singleInstance", "unstripedDataDisks"], listed["lone"]);
        Assert.Empty(listed["m1"]);
        var one = (await tenant.Get("/virtualMachines/lone").Expect(200))["advice"]![0]!;
        Assert.Equal("$.availabilitySet", (string?)one["where"]);
        Assert.Contains("'lone' is in no availability set", (string?)one["message"]);
    }

    [Fact]
    public async Task A_deployment_is_told_when_a_setting_leads_to_its_own_address()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "looped");
        var before = await tenant.Get(slot).Expect(200);
        Assert.Empty(Codes(before));
        var vip = (string)before["vips"]![0]!;
        var text = Samples.Configuration("hello-web");
        var value = System.Text.RegularExpressions.Regex.Match(text, "value=\"[^\"]*\"").Value;
        await tenant.Post(slot + "/configuration", new { configuration = text.Replace(value, $"value=\"http://{vip}:80/\"", StringComparison.Ordinal) }).Expect(202);
        await app.Advance(20);
        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal(["trafficThroughVip"], Codes(after));
        Assert.StartsWith("ServiceConfiguration.cscfg:", (string?)after["advice"]![0]!["where"]);
        // An address that merely begins alike is somebody else's.
        await tenant.Post(slot + "/configuration", new { configuration = text.Replace(value, $"value=\"http://{vip}9/\"", StringComparison.Ordinal) }).Expect(202);
        await app.Advance(20);
        Assert.Empty(Codes(await tenant.Get(slot).Expect(200)));
    }

    private static object Machine(string? set, params int[] disks) => new
    {
        region = set is null ? "north" : null,
        availabilitySet = set,
        size = "Medium",
        image = "ubuntu-22.04",
        dataDisks = disks.Select((size, lun) => new { lun, sizeGib = size }),
    };

    private static async Task<string[]> Codes(Tenant tenant, string name) => Codes(await tenant.Get("/virtualMachines/" + name).Expect(200));

    private static string[] Codes(JsonNode view) => [.. view["advice"]!.AsArray().Select(a => (string)a!["code"]!).Order(StringComparer.Ordinal)];
}
