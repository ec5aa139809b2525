using NodaTime;

namespace Rdfe.Api.Tests;

[Trait("spec", "R6")]
public sealed class CancelTests : IDisposable
{
    private static readonly Duration Long = Duration.FromMinutes(20);
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(30)]
    [InlineData(90)]
    public async Task A_creation_is_canceled_at_any_phase_and_keeps_nothing(int seconds)
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/availabilitySets/front", new { region = "north" }).Expect(201);
        var body = VirtualMachineTests.Machine(new { availabilitySet = "front", endpoints = new[] { VirtualMachineTests.Endpoint(80) } });
        var operation = (string?)(await tenant.Put("/virtualMachines/box", body).Expect(202))["operation"];
        await app.Advance(Duration.FromSeconds(seconds));

        var answer = await tenant.Http.PostAsync(operation + "/cancel", null).Expect(202);
        Assert.True((bool?)answer["cancelRequested"]);
        app.CheckBooks();
        await app.Advance(Duration.FromSeconds(1));
        await tenant.Put("/virtualMachines/box", VirtualMachineTests.Machine(new { size = "Large" })).ExpectProblem(409, "operationInProgress");
        app.CheckBooks();
        await app.Advance(Long);

        var ended = await tenant.Http.GetAsync(operation).Expect(200);
        Assert.Equal("canceled", (string?)ended["status"]);
        Assert.DoesNotContain(ended["steps"]!.AsArray(), s => (string?)s!["name"] == "configureNetwork" && (string?)s["status"] == "succeeded");
        var machine = await tenant.Get("/virtualMachines/box").Expect(200);
        Assert.Equal(("canceled", "canceled"), ((string?)machine["provisioningState"], VirtualMachineTests.Status(machine)));
        Assert.Equal((0m, 0m), (await VirtualMachineTests.Used(tenant, "cores"), await VirtualMachineTests.Used(tenant, "vips")));
        await tenant.Http.PostAsync(operation + "/cancel", null).ExpectProblem(409, "operationEnded");
        app.CheckBooks();

        await tenant.Put("/virtualMachines/box", body).Expect(202);
        await app.Advance(Long);
        Assert.Equal("running", VirtualMachineTests.Status(await tenant.Get("/virtualMachines/box").Expect(200)));
    }

    [Fact]
    public async Task Only_creations_can_be_canceled_and_only_ones_own()
    {
        var tenant = await app.TenantAsync();
        await tenant.Post("/operations/op-none/cancel").ExpectProblem(404, "notFound");
        await tenant.Put("/virtualMachines/box", VirtualMachineTests.Machine()).Expect(202);
        await app.Advance(Long);
        var restart = (string?)(await tenant.Post("/virtualMachines/box/restart").Expect(202))["operation"];
        await tenant.Http.PostAsync(restart + "/cancel", null).ExpectProblem(409, "operationNotCancelable");
        var other = await app.TenantAsync();
        await other.Post("/operations/" + restart!.Split('/')[^1] + "/cancel").ExpectProblem(404, "notFound");
        await app.Advance(Long);
    }
}
