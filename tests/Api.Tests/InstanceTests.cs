namespace Rdfe.Api.Tests;

[Trait("spec", "D3")]
public sealed class InstanceTests
{
    [Fact]
    public async Task Instances_are_listed_by_page_and_read_by_name()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("shop", "listed");
        var page = await tenant.Get(slot + "/instances?top=4").Expect(200);
        Assert.Equal(["Orders_IN_0", "Orders_IN_1", "Orders_IN_2", "Web_IN_0"], page["value"]!.AsArray().Select(i => (string?)i!["name"]));
        var rest = await tenant.Http.GetAsync((string)page["nextLink"]!).Expect(200);
        Assert.Equal(3, rest["value"]!.AsArray().Count);
        Assert.Null(rest["nextLink"]);
        var one = await tenant.Get(slot + "/instances/web_in_2").Expect(200);
        Assert.Equal(("Web_IN_2", "Web", "ready", "ready"), ((string?)one["name"], (string?)one["role"], (string?)one["status"], (string?)one["phase"]));
        Assert.Equal(2, (int?)one["updateDomain"]);
        Assert.Equal("WA-GUEST-OS-4.12_201410-01", (string?)one["guestOs"]);
        foreach (var member in (string[])["faultDomain", "node", "dip", "guestAgentVersion", "since"])
        {
            Assert.NotNull(one[member]);
        }

        await tenant.Get(slot + "/instances/Web_IN_9").ExpectProblem(404, "notFound");
        await tenant.Get("/services/listed/deployments/staging/instances").ExpectProblem(404, "notFound");
        await tenant.Get(slot + "/instances?top=0").ExpectProblem(400, "invalidRequest");
    }

    [Theory]
    [InlineData("reboot", "rebootInstance")]
    [InlineData("reimage", "reimageInstance")]
    public async Task An_instance_goes_down_and_comes_back_and_leaves_the_load_balancer_meanwhile(string verb, string kind)
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "cycled");
        var node = (string?)(await tenant.Get(slot + "/instances/Web_IN_1").Expect(200))["node"];
        var accepted = await tenant.Post($"{slot}/instances/Web_IN_1/{verb}").Expect(202);
        Assert.Equal(kind, (string?)(await tenant.Operation(accepted))["kind"]);
        await tenant.Post($"{slot}/instances/Web_IN_1/reboot").ExpectProblem(409, "operationInProgress");
        await app.Advance(0.5);
        await tenant.Post($"{slot}/instances/Web_IN_1/reimage").ExpectProblem(409, "operationInProgress");
        var down = await tenant.Get(slot).Expect(200);
        Assert.NotEqual("ready", (string?)down["instances"]![1]!["status"]);
        Assert.Equal(2, down["network"]!["loadBalancer"]![0]!["dips"]!.AsArray().Count);
        await app.Advance(20);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(accepted))["status"]);
        var up = await tenant.Get(slot + "/instances/Web_IN_1").Expect(200);
        Assert.Equal(("ready", node), ((string?)up["status"], (string?)up["node"]));
    }

    [Fact]
    public async Task What_cannot_be_rebooted_is_refused()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "still");
        await tenant.Post(slot + "/instances/Web_IN_7/reboot").ExpectProblem(404, "notFound");
        await tenant.Post("/services/still/deployments/staging/instances/Web_IN_0/reboot").ExpectProblem(404, "notFound");
        await (await tenant.As("reader")).Post(slot + "/instances/Web_IN_0/reboot").ExpectProblem(403, "forbidden");
        await tenant.Delete(slot).Expect(202);
        await tenant.Post(slot + "/instances/Web_IN_0/reboot").ExpectProblem(409, "operationInProgress");
    }
}
