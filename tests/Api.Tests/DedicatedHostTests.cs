using NodaTime;

namespace Rdfe.Api.Tests;

[Trait("spec", "P6")]
public sealed class DedicatedHostTests : IDisposable
{
    private static readonly Duration Long = Duration.FromMinutes(20);
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Fact]
    public async Task A_host_takes_a_node_and_its_machines_count_no_cores_beside_it()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/dedicatedHosts/mine", new { region = "north", family = "D" }).Expect(202);
        await tenant.Put("/virtualMachines/early", OnHost("Standard_D2")).ExpectProblem(409, "dedicatedHostNotReady");
        await app.Advance(Long);
        var host = await tenant.Get("/dedicatedHosts/mine").Expect(200);
        Assert.Equal(("succeeded", 32m), ((string?)host["provisioningState"], (decimal?)host["cores"]));
        Assert.Equal(32m, await VirtualMachineTests.Used(tenant, "cores"));
        app.CheckBooks();

        await tenant.Put("/virtualMachines/wrong", OnHost("Small")).ExpectProblem(400, "invalidRequest");
        await tenant.Put("/virtualMachines/a", OnHost("Standard_D5")).Expect(202);
        await tenant.Put("/virtualMachines/b", OnHost("Standard_D5")).Expect(202);
        var full = await tenant.Put("/virtualMachines/c", OnHost("Standard_D1")).Expect(202);
        app.CheckBooks();
        await app.Advance(Long);

        var error = (await tenant.Http.GetAsync((string?)full["operation"]).Expect(200))["error"]!;
        Assert.Equal("allocationFailed", (string?)error["code"]);
        Assert.Equal((string?)host["node"], (string?)(await tenant.Get("/virtualMachines/a").Expect(200))["instanceView"]!["node"]);
        Assert.Equal(["a", "b"], (await tenant.Get("/dedicatedHosts/mine").Expect(200))["virtualMachines"]!.AsArray().Select(n => (string?)n));
        Assert.Equal((32m, 2m), (await VirtualMachineTests.Used(tenant, "cores"), await VirtualMachineTests.Used(tenant, "vms")));
        await tenant.Delete("/dedicatedHosts/mine").ExpectProblem(409, "dedicatedHostInUse");
        app.CheckBooks();

        await tenant.Delete("/virtualMachines/a").Expect(202);
        await tenant.Delete("/virtualMachines/b").Expect(202);
        await app.Advance(Long);
        await tenant.Delete("/dedicatedHosts/mine").Expect(202);
        await app.Advance(Long);
        await tenant.Get("/dedicatedHosts/mine").ExpectProblem(404, "notFound");
        await tenant.Delete("/dedicatedHosts/mine").Expect(204);
        Assert.Equal(0m, await VirtualMachineTests.Used(tenant, "cores"));
    }

    [Fact]
    public async Task Equal_again_is_200_other_is_a_conflict_and_nonsense_is_told()
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/dedicatedHosts/mine", new { region = "north", family = "Q" }).ExpectProblem(400, "invalidRequest");
        await tenant.Put("/dedicatedHosts/mine", new { region = "north", family = "M" }).ExpectProblem(409, "quotaExceeded");
        await tenant.Put("/dedicatedHosts/mine", new { region = "north", family = "F" }).Expect(202);
        await tenant.Put("/dedicatedHosts/mine", new { region = "north", family = "F" }).Expect(200);
        await tenant.Put("/dedicatedHosts/mine", new { region = "south", family = "F" }).ExpectProblem(409, "operationInProgress");
        await app.Advance(Long);
        await tenant.Put("/dedicatedHosts/mine", new { region = "south", family = "F" }).ExpectProblem(409, "conflict");
    }

    [Fact]
    public async Task Deleting_while_it_is_taken_ends_both_operations()
    {
        var tenant = await app.TenantAsync();
        var create = await tenant.Put("/dedicatedHosts/mine", new { region = "north", family = "F" }).Expect(202);
        var delete = await tenant.Delete("/dedicatedHosts/mine").Expect(202);
        await app.Advance(Long);
        Assert.Equal("canceled", (string?)(await tenant.Http.GetAsync((string?)create["operation"]).Expect(200))["status"]);
        Assert.Equal("succeeded", (string?)(await tenant.Http.GetAsync((string?)delete["operation"]).Expect(200))["status"]);
        await tenant.Get("/dedicatedHosts/mine").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task More_hosts_than_empty_nodes_fail_with_what_bound_and_leave_nothing()
    {
        var tenant = await app.TenantAsync(new { cores = 10000 });
        var operations = new List<string?>();
        for (var i = 0; i < 3; i++)
        {
            operations.Add((string?)(await tenant.Put($"/dedicatedHosts/h{i}", new { region = "north", family = "N" }).Expect(202))["operation"]);
        }

        await app.Advance(Long);
        var ended = new List<string?>();
        foreach (var operation in operations)
        {
            ended.Add((string?)(await tenant.Http.GetAsync(operation).Expect(200))["status"]);
        }

        Assert.Equal(["failed", "succeeded", "succeeded"], ended.Order());
        Assert.Equal(96m, await VirtualMachineTests.Used(tenant, "cores"));
    }

    private static System.Text.Json.Nodes.JsonObject OnHost(string size) => VirtualMachineTests.Machine(new { dedicatedHost = "mine", size });
}
