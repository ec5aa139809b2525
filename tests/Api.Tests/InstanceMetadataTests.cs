using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Api.Http;

namespace Rdfe.Api.Tests;

[Trait("spec", "D7")]
public sealed class InstanceMetadataTests(RdfeApp shared)
{
    private const string Version = "api-version=2021-02-01";

    [Fact]
    public async Task A_machine_learns_what_the_fabric_knows_of_it()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        await tenant.Put("/availabilitySets/front", new { region = "north" }).Expect(201);
        await tenant.Put("/virtualMachines/Box", new
        {
            size = "Small",
            image = "ubuntu-22.04",
            availabilitySet = "front",
            dataDisks = new[] { new { lun = 3, sizeGib = 100 } },
            endpoints = new[] { new { name = "web", protocol = "tcp", publicPort = 80, localPort = 80 } },
        }).Expect(202);
        await app.Advance(20);
        var machine = await tenant.Get("/virtualMachines/box").Expect(200);
        var url = (string)machine["metadataUrl"]!;
        Assert.Matches("^http://localhost/instances/[0-9a-f]{32}/metadata$", url);

        var told = await Ask(app, $"{url}/instance?{Version}");
        var compute = told["compute"]!;
        foreach (var (member, value) in new[]
        {
            ("name", "Box"), ("location", "north"), ("vmSize", "Small"), ("osType", "Linux"), ("offer", "ubuntu-22.04"), ("version", "22.04.5"),
            ("subscriptionId", tenant.Id.ToString()), ("resourceGroupName", "front"), ("provider", "Microsoft.Compute"),
            ("resourceId", tenant.Path("/virtualMachines/Box")), ("zone", ""), ("tags", ""),
            ("platformFaultDomain", machine["instanceView"]!["faultDomain"]!.ToString()),
            ("platformUpdateDomain", machine["instanceView"]!["updateDomain"]!.ToString()),
        })
        {
            Assert.Equal((member, value), (member, (string?)compute[member]));
        }

        Assert.Equal('8', Guid.Parse((string)compute["vmId"]!).ToString()[14]);
        Assert.Equal(("3", "100", "None"), ((string?)compute["storageProfile"]!["dataDisks"]![0]!["lun"],
            (string?)compute["storageProfile"]!["dataDisks"]![0]!["diskSizeGB"], (string?)compute["storageProfile"]!["dataDisks"]![0]!["caching"]));
        var card = told["network"]!["interface"]![0]!;
        Assert.Equal(((string?)machine["instanceView"]!["dip"], (string?)machine["vip"]),
            ((string?)card["ipv4"]!["ipAddress"]![0]!["privateIpAddress"], (string?)card["ipv4"]!["ipAddress"]![0]!["publicIpAddress"]));
        Assert.Matches("^0200[0-9A-F]{8}$", (string)card["macAddress"]!);

        // It is the same after a deallocation, whatever node it comes to; and tells that there is none meanwhile.
        await tenant.Post("/virtualMachines/box/deallocate").Expect(202);
        await app.Advance(20);
        var off = await Ask(app, $"{url}/instance?{Version}");
        Assert.Equal("", (string?)off["compute"]!["platformFaultDomain"]);
        Assert.Empty(off["network"]!["interface"]!.AsArray());
        await tenant.Post("/virtualMachines/box/start").Expect(202);
        await app.Advance(20);
        Assert.Equal(url, (string?)(await tenant.Get("/virtualMachines/box").Expect(200))["metadataUrl"]);
        Assert.Equal((string?)compute["vmId"], (string?)(await Ask(app, $"{url}/instance?{Version}"))["compute"]!["vmId"]);

        await tenant.Delete("/virtualMachines/box").Expect(202);
        await app.Advance(20);
        Assert.Equal(404, (await Send(app, $"{url}/instance?{Version}")).Status);
        app.CheckBooks();
    }

    [Fact]
    public async Task A_role_instance_asks_for_its_update_domain_and_fault_domain_as_text()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("shop", "asking");
        var instances = (await tenant.Get(slot).Expect(200))["instances"]!.AsArray();
        Assert.Equal(7, instances.Select(i => (string)i!["metadataUrl"]!).Distinct().Count());
        foreach (var i in instances)
        {
            var at = $"{i!["metadataUrl"]}/instance/compute";
            Assert.Equal((200, i["updateDomain"]!.ToString()), await Send(app, $"{at}/platformUpdateDomain?{Version}&format=text"));
            Assert.Equal((200, i["faultDomain"]!.ToString()), await Send(app, $"{at}/platformFaultDomain?{Version}&format=text"));
        }

        var web = instances.Single(i => (string?)i!["name"] == "Web_IN_1")!;
        Assert.Equal((string?)web["metadataUrl"], (string?)(await tenant.Get(slot + "/instances/Web_IN_1").Expect(200))["metadataUrl"]);
        var told = (await Ask(app, $"{web["metadataUrl"]}/instance?{Version}"))["compute"]!;
        Assert.Equal(("asking", "Windows", "WA-GUEST-OS-4.12_201410-01"),
            ((string?)told["resourceGroupName"], (string?)told["osType"], (string?)told["version"]));
        Assert.EndsWith("role:Web;slot:production", (string?)told["tags"]);
        Assert.Equal(tenant.Path(slot + "/instances/Web_IN_1"), (string?)told["resourceId"]);
    }

    [Fact]
    public async Task Parts_are_asked_for_by_path()
    {
        using var app = new RdfeApp();
        var url = await Machine(app);
        var at = $"{url}/instance";
        Assert.Equal((200, "compute/\nnetwork/"), await Send(app, $"{at}?{Version}&format=text"));
        Assert.Equal((200, "ipv4/\nipv6/\nmacAddress"), await Send(app, $"{at}/network/interface/0/?{Version}&format=text"));
        Assert.Equal((200, "0/"), await Send(app, $"{at}/network/interface?{Version}&format=text"));
        Assert.Equal((200, "Linux"), await Send(app, $"{at}/COMPUTE/ostype?{Version}&format=TEXT"));
        Assert.Equal("0200", ((string?)(await Ask(app, $"{at}/network/interface/0?{Version}"))["macAddress"])?[..4]);
        Assert.Equal(400, (await Send(app, $"{at}/compute/osType?{Version}")).Status);
        Assert.Equal(400, (await Send(app, $"{at}?{Version}&format=xml")).Status);
        foreach (var nowhere in (string[])["nothing", "compute/nothing", "compute/osType/more", "network/interface/1", "network/interface/-1", "network/interface/x"])
        {
            Assert.Equal((404, """{"error":"Not found"}"""), await Send(app, $"{at}/{nowhere}?{Version}"));
        }

        var versions = await Ask(app, $"{url}/versions");
        Assert.Contains("2021-02-01", versions["apiVersions"]!.AsArray().Select(v => (string?)v));
    }

    [Fact]
    public async Task Each_version_has_the_members_that_it_was_published_with()
    {
        using var app = new RdfeApp();
        var url = await Machine(app);
        foreach (var version in (await Ask(app, $"{url}/versions"))["apiVersions"]!.AsArray().Select(v => (string)v!))
        {
            var told = await Ask(app, $"{url}/instance?api-version={version}");
            Assert.NotNull(told["compute"]!["platformUpdateDomain"]);
            Assert.Equal(string.CompareOrdinal(version, "2019-06-01") >= 0, told["compute"]!["storageProfile"] is not null);
            Assert.Equal(string.CompareOrdinal(version, "2017-08-01") >= 0, told["compute"]!["subscriptionId"] is not null);
        }

        var first = (await Ask(app, $"{url}/instance?api-version=2017-03-01"))["network"]!["interface"]![0]!;
        Assert.NotNull(first["ipv4"]!["ipaddress"]![0]!["ipaddress"]);
        Assert.NotNull(first["mac"]);
    }

    [Fact]
    public async Task What_Azure_refuses_is_refused_in_its_words()
    {
        using var app = new RdfeApp();
        var url = await Machine(app);
        var at = $"{url}/instance?{Version}";
        Assert.Equal(400, (await Send(app, at, metadata: null)).Status);
        Assert.Equal(400, (await Send(app, at, metadata: "false")).Status);
        Assert.Equal(400, (await Send(app, at, forwarded: "10.0.0.1")).Status);
        foreach (var wrong in (string[])["", "?api-version=", "?api-version=2012-02-29", "?api-version=latest"])
        {
            var (status, text) = await Send(app, $"{url}/instance{wrong}");
            var error = JsonNode.Parse(text)!;
            Assert.Equal(400, status);
            Assert.StartsWith("Bad request. api-version", (string?)error["error"]);
            Assert.Equal(["2023-07-01", "2021-12-13", "2021-11-15"], error["newest-versions"]!.AsArray().Select(v => (string?)v));
        }

        foreach (var stranger in (string[])[new string('0', 32), "x", "%27%20OR%201=1"])
        {
            Assert.Equal((404, """{"error":"Not found"}"""), await Send(app, $"/instances/{stranger}/metadata/instance/compute?{Version}"));
            Assert.Equal(404, (await Send(app, $"/instances/{stranger}/metadata/versions")).Status);
        }

        Assert.Equal(405, (int)(await app.ClientWith(null).PostAsync(at, null)).StatusCode);
    }

    [Fact, Trait("spec", "R3")]
    public async Task Only_those_who_may_write_the_instance_see_where_it_asks()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "secret");
        await tenant.Put("/virtualMachines/box", new { region = "north", size = "Small", image = "debian-12" }).Expect(202);
        await app.Advance(20);
        foreach (var role in (string[])["reader", "contributor", "owner"])
        {
            var client = await tenant.As(role);
            foreach (var path in (string[])["/virtualMachines/box", "/virtualMachines", slot, slot + "/instances", slot + "/instances/Web_IN_0", "/services/secret/deployments"])
            {
                var text = (await client.Get(path).Expect(200)).ToJsonString();
                Assert.Equal((role, path, role != "reader"), (role, path, text.Contains("metadataUrl", StringComparison.Ordinal)));
            }
        }
    }

    [Fact, Trait("spec", "R3")]
    public void Nothing_but_this_is_open_to_everybody()
    {
        _ = shared.Operator;
        var open = shared.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<Needs>()!.Access == Access.Anonymous)
            .Select(e => e.RoutePattern.RawText!).Where(p => !p.Contains("swagger", StringComparison.Ordinal));
        Assert.Equal(
            [
                "/", "/health/live", "/health/ready", "/instances/{instanceId}/metadata/instance",
                "/instances/{instanceId}/metadata/instance/{**path}", "/instances/{instanceId}/metadata/scheduledevents",
                "/instances/{instanceId}/metadata/versions",
            ],
            open.Distinct().Order(StringComparer.Ordinal));
    }

    private static async Task<string> Machine(RdfeApp app)
    {
        var tenant = await app.TenantAsync();
        await tenant.Put("/virtualMachines/box", new { region = "north", size = "Small", image = "debian-12" }).Expect(202);
        await app.Advance(Duration.FromMinutes(20));
        return (string)(await tenant.Get("/virtualMachines/box").Expect(200))["metadataUrl"]!;
    }

    private static async Task<JsonObject> Ask(RdfeApp app, string url)
    {
        var (status, text) = await Send(app, url);
        Assert.True(status == 200, $"{status}: {text}");
        return (JsonObject)JsonNode.Parse(text)!;
    }

    private static async Task<(int Status, string Text)> Send(RdfeApp app, string url, string? metadata = "true", string? forwarded = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (metadata is not null)
        {
            request.Headers.Add("Metadata", metadata);
        }

        if (forwarded is not null)
        {
            request.Headers.Add("X-Forwarded-For", forwarded);
        }

        using var response = await app.ClientWith(null).SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
