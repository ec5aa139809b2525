using System.Text.Json.Nodes;
using Rdfe.Api.Features.Deployments;

namespace Rdfe.Api.Tests;

/// <summary>Updates by update domain as tenants see them: the slices are UpdateDeployment, WalkUpdateDomain and RollBackUpdate.</summary>
[Trait("spec", "U1")]
public sealed class UpdateTests : IDisposable
{
    private readonly RdfeApp app = new();

    public void Dispose()
    {
        app.CheckBooks();
        app.Dispose();
    }

    [Fact]
    public async Task New_code_walks_domain_by_domain_and_never_has_two_down()
    {
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "walked");
        var before = await tenant.Get(slot).Expect(200);
        var accepted = await tenant.Post(slot + "/upgrade", await Next(tenant, label: "two")).Expect(202);
        Assert.Equal("accepted", (string?)accepted["provisioningState"]);
        Assert.NotEqual((string?)before["etag"], (string?)accepted["etag"]);

        var (seen, kinds) = (new List<int>(), new HashSet<string?>());
        for (var step = 0; step < 200 && (string?)(await tenant.Operation(accepted))["status"] is "notStarted" or "running"; step++)
        {
            await app.Advance(0.1);
            var now = await tenant.Get(slot).Expect(200);
            var down = now["instances"]!.AsArray().Where(i => (string?)i!["status"] != "ready").Select(i => (int)i!["updateDomain"]!).Distinct();
            Assert.True(down.Count() <= 1, $"Update domains {string.Join(", ", down)} are down together.");
            kinds.Add((string?)now["update"]?["kind"]);
            if ((int?)now["update"]?["currentUpdateDomain"] is { } current && !seen.Contains(current))
            {
                seen.Add(current);
                Assert.Equal(seen.SkipLast(1), now["update"]!["done"]!.AsArray().Select(d => (int)d!));
                Assert.Equal(3 - seen.Count, now["update"]!["remaining"]!.AsArray().Count);
            }
        }

        Assert.Equal([0, 1, 2], seen);
        Assert.Contains("code", kinds);
        var operation = await tenant.Operation(accepted);
        Assert.Equal(("succeeded", "updateDeployment"), ((string?)operation["status"], (string?)operation["kind"]));
        Assert.Empty(operation["blockers"]!.AsArray());
        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal(("two", "next", (string?)accepted["etag"]), ((string?)after["label"], (string?)after["package"], (string?)after["etag"]));
        Assert.NotEqual((string?)before["packageSha256"], (string?)after["packageSha256"]);
        Assert.Equal(("succeeded", "upToDate"), ((string?)after["provisioningState"], (string?)after["updateStatus"]!["status"]));
        Assert.Null(after["update"]);
        // The same again is the state that is there.
        await tenant.Post(slot + "/upgrade", new { package = "next", configuration = Samples.Configuration("hello-web") }).Expect(200);
    }

    [Fact]
    public async Task In_manual_mode_each_domain_waits_for_its_order_and_says_so()
    {
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "manual");
        var accepted = await tenant.Post(slot + "/upgrade", await Next(tenant, "manual")).Expect(202);
        await app.Advance(20);
        var waiting = await tenant.Get(slot).Expect(200);
        Assert.Equal(("running", "awaitingWalk"), ((string?)waiting["provisioningState"], (string?)waiting["update"]!["stage"]));
        var blocker = Assert.Single((await tenant.Operation(accepted))["blockers"]!.AsArray())!;
        Assert.Equal(("manualWalk", tenant.Path(slot)), ((string?)blocker["code"], (string?)blocker["resource"]));
        Assert.True(blocker.AsObject().ContainsKey("forcedAt"));
        foreach (var member in (string[])["since", "detail", "unblockedBy"])
        {
            Assert.False(string.IsNullOrEmpty((string?)blocker[member]));
        }

        Assert.Equal("manualWalk", (string?)waiting["blockers"]![0]!["code"]);
        Assert.Equal("manualWalk", (string?)waiting["update"]!["blocker"]!["code"]);
        // Its owner may do other things to what is not being changed meanwhile.
        var reboot = await tenant.Post(slot + "/instances/Web_IN_2/reboot").Expect(202);
        await app.Advance(10);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(reboot))["status"]);

        await tenant.Post(slot + "/walkUpgradeDomain", new { updateDomain = 2 }).ExpectProblem(409, "otherUpdateDomain");
        await tenant.Post(slot + "/walkUpgradeDomain", new { domain = 2 }).ExpectProblem(400, "invalidRequest");
        await (await tenant.As("reader")).Post(slot + "/walkUpgradeDomain").ExpectProblem(403, "forbidden");
        foreach (var domain in (int[])[0, 1, 2])
        {
            var walk = await tenant.Post(slot + "/walkUpgradeDomain", new { updateDomain = domain }).Expect(202);
            await app.Advance(10);
            Assert.Equal(("succeeded", "walkUpdateDomain"), ((string?)(await tenant.Operation(walk))["status"], (string?)(await tenant.Operation(walk))["kind"]));
        }

        Assert.Equal("succeeded", (string?)(await tenant.Operation(accepted))["status"]);
        await tenant.Post(slot + "/walkUpgradeDomain").ExpectProblem(409, "nothingToWalk");
        await tenant.Post("/services/manual/deployments/staging/walkUpgradeDomain").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task A_rollback_takes_back_what_was_changed_and_shows_the_configuration_from_before()
    {
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "undone");
        var before = await tenant.Get(slot).Expect(200);
        var next = Samples.Configuration("hello-web", ("Hello", "Goodbye"), ("count=\"3\"", "count=\"5\""));
        var accepted = await tenant.Post(slot + "/upgrade", await Next(tenant, "manual", next)).Expect(202);
        await app.Advance(5);
        await tenant.Post(slot + "/walkUpgradeDomain").Expect(202);
        await app.Advance(10);
        Assert.Equal(next, (string?)(await tenant.Get(slot).Expect(200))["configuration"]);
        Assert.Equal(5m, await tenant.Used("cores"));
        // Both packages are needed until it is over.
        await tenant.Delete("/packages/next").ExpectProblem(409, "packageInUse");
        await tenant.Delete("/packages/hello-web").ExpectProblem(409, "packageInUse");

        var back = await tenant.Post(slot + "/rollback").Expect(202);
        await app.Advance(0.2);
        Assert.True((bool?)(await tenant.Get(slot).Expect(200))["update"]?["isRollback"]);
        await tenant.Post(slot + "/rollback").ExpectProblem(409, "nothingToRollBack");
        await tenant.Post(slot + "/upgrade", await Next(tenant)).ExpectProblem(409, "operationInProgress");
        await app.Advance(30);
        Assert.Equal(("canceled", "rolledBack"), ((string?)(await tenant.Operation(accepted))["status"], (string?)(await tenant.Operation(accepted))["error"]!["code"]));
        Assert.Equal(("succeeded", "rollBackUpdate"), ((string?)(await tenant.Operation(back))["status"], (string?)(await tenant.Operation(back))["kind"]));
        var after = await tenant.Get(slot).Expect(200);
        foreach (var member in (string[])["etag", "configuration", "packageSha256", "package", "guestOs"])
        {
            Assert.Equal((string?)before[member], (string?)after[member]);
        }

        Assert.Equal(("upToDate", 3), ((string?)after["updateStatus"]!["status"], after["instances"]!.AsArray().Count));
        Assert.Equal(3m, await tenant.Used("cores"));
        await tenant.Post(slot + "/rollback").ExpectProblem(409, "nothingToRollBack");
        await tenant.Post("/services/undone/deployments/staging/rollback").ExpectProblem(404, "notFound");
        await tenant.Delete("/packages/next").Expect(204);
    }

    [Fact]
    public async Task One_that_cannot_become_healthy_waits_for_its_owner_who_rolls_forward_and_then_back()
    {
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "stuck");
        var before = await tenant.Get(slot).Expect(200);
        var bad = await Next(tenant, name: "bad");
        var sha = (string)(await tenant.Get("/packages/bad").Expect(200))["sha256"]!;
        await app.Operator.Put("/fabric/faults/never", new JsonObject { ["kind"] = "roleNeverReady", ["target"] = new JsonObject { ["package"] = sha } }).Expect(201);
        var accepted = await tenant.Post(slot + "/upgrade", bad).Expect(202);
        await app.Advance(40);
        var stuck = await tenant.Get(slot).Expect(200);
        Assert.Equal(("unhealthy", 0), ((string?)stuck["update"]!["stage"], (int?)stuck["update"]!["currentUpdateDomain"]));
        var blocker = (await tenant.Operation(accepted))["blockers"]!.AsArray().Single(b => (string?)b!["code"] == "updateDomainUnhealthy")!;
        Assert.Equal(tenant.Path(slot + "/instances/Web_IN_0"), (string?)blocker["resource"]);
        Assert.Equal(1, stuck["instances"]!.AsArray().Count(i => (string?)i!["status"] != "ready"));

        // A hotfix takes its place; rolled back, everything is as it was before the first of them.
        var fix = await tenant.Post(slot + "/upgrade", await Next(tenant, "manual", name: "fix", content: "3")).Expect(202);
        await app.Advance(5);
        Assert.Equal("canceled", (string?)(await tenant.Operation(accepted))["status"]);
        Assert.Equal("awaitingWalk", (string?)(await tenant.Get(slot).Expect(200))["update"]!["stage"]);
        var back = await tenant.Post(slot + "/rollback", new { mode = "auto" }).Expect(202);
        await app.Advance(40);
        Assert.Equal(("canceled", "succeeded"), ((string?)(await tenant.Operation(fix))["status"], (string?)(await tenant.Operation(back))["status"]));
        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal(((string?)before["packageSha256"], "upToDate"), ((string?)after["packageSha256"], (string?)after["updateStatus"]!["status"]));
        Assert.All(after["instances"]!.AsArray(), i => Assert.Equal("ready", (string?)i!["status"]));
    }

    [Fact]
    public async Task Counts_change_while_an_update_waits_and_other_changes_say_what_they_wait_for()
    {
        var tenant = await app.TenantAsync(new { cores = 5 });
        var slot = await tenant.Run("hello-web", "grown");
        var greeting = Samples.Configuration("hello-web", ("Hello", "Goodbye"));
        var accepted = await tenant.Post(slot + "/configuration", new { configuration = greeting, mode = "manual" }).Expect(202);
        await tenant.Post("/services/grown/swap").ExpectProblem(409, "operationInProgress");
        await app.Advance(2);
        Assert.Equal(("configuration", "manual", "awaitingWalk"), await Update(tenant, slot));
        var more = greeting.Replace("count=\"3\"", "count=\"5\"", StringComparison.Ordinal);
        await tenant.Post(slot + "/configuration", new { configuration = greeting.Replace("count=\"3\"", "count=\"6\"", StringComparison.Ordinal) })
            .ExpectProblem(409, "quotaExceeded");
        var scaled = await tenant.Post(slot + "/configuration", new { configuration = more }).Expect(202);
        await app.Advance(10);
        Assert.Equal("succeeded", (string?)(await tenant.Operation(scaled))["status"]);
        Assert.Equal(("configuration", "manual", "awaitingWalk"), await Update(tenant, slot));
        Assert.Equal((5, 5m), ((await tenant.Get(slot).Expect(200))["instances"]!.AsArray().Count, await tenant.Used("cores")));
        await tenant.Post("/services/grown/swap").ExpectProblem(409, "operationInProgress");
        foreach (var _ in (int[])[0, 1, 2, 3, 4])
        {
            if ((await tenant.Get(slot).Expect(200))["update"] is not null)
            {
                await tenant.Post(slot + "/walkUpgradeDomain").Expect(202);
                await app.Advance(5);
            }
        }

        Assert.Equal("succeeded", (string?)(await tenant.Operation(accepted))["status"]);
        var after = await tenant.Get(slot).Expect(200);
        Assert.Equal((more, 5), ((string?)after["configuration"], (int?)after["updateStatus"]!["instancesUpToDate"]));
    }

    [Fact]
    public async Task What_needs_a_new_deployment_is_refused_with_every_difference()
    {
        var tenant = await app.TenantAsync();
        var slot = await tenant.Run("hello-web", "other");
        await tenant.Upload("shop", Samples.Package("shop")).Expect(201);
        var problem = await tenant.Post(slot + "/upgrade", new { package = "shop", configuration = Samples.Configuration("shop") })
            .ExpectProblem(409, "useNewDeployment");
        Assert.Equal(["roles/Orders", "upgradeDomainCount"], problem["errors"]!.AsObject().Select(e => e.Key));
        var definition = File.ReadAllText(Path.Combine(Testing.Repository.Root, "samples", "hello-web", "ServiceDefinition.csdef"));
        await tenant.Upload("large", Changed(definition, ("Small", "Large"))).Expect(201);
        Assert.Equal(["roles/Web/vmsize"], (await tenant.Post(slot + "/upgrade", new { package = "large", configuration = Samples.Configuration("hello-web") })
            .ExpectProblem(409, "useNewDeployment"))["errors"]!.AsObject().Select(e => e.Key));
        await tenant.Upload("hidden", Changed(definition, ("<InputEndpoint name=\"Http\" protocol=\"http\" port=\"80\" localPort=\"8080\" />", "<InternalEndpoint name=\"Http\" protocol=\"http\" port=\"8080\" />"))).Expect(201);
        Assert.Equal(["endpoints"], (await tenant.Post(slot + "/upgrade", new { package = "hidden", configuration = Samples.Configuration("hello-web") })
            .ExpectProblem(409, "useNewDeployment"))["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task What_cannot_be_updated_is_refused_at_once()
    {
        var tenant = await app.TenantAsync(new { cores = 4 });
        var slot = await tenant.Run("hello-web", "refused");
        var next = await Next(tenant);
        await tenant.Post("/services/refused/deployments/staging/upgrade", next).ExpectProblem(404, "notFound");
        await tenant.Post("/services/none/deployments/production/upgrade", next).ExpectProblem(404, "notFound");
        await tenant.Post(slot + "/upgrade", new { package = "none", configuration = "x" }).ExpectProblem(400, "invalidRequest");
        await tenant.Post(slot + "/upgrade", new { package = "next", configuration = "<x/>" }).ExpectProblem(400, "invalidConfiguration");
        await tenant.Post(slot + "/upgrade", new { package = "next", configuration = "x", mode = "slow" }).ExpectProblem(400, "invalidRequest");
        await tenant.Post(slot + "/upgrade", new { package = "next", configuration = Samples.Configuration("hello-web", ("count=\"3\"", "count=\"5\"")) })
            .ExpectProblem(409, "quotaExceeded");
        await tenant.Post(slot + "/rollback").ExpectProblem(409, "nothingToRollBack");
        await (await tenant.As("reader")).Post(slot + "/upgrade", next).ExpectProblem(403, "forbidden");
        var request = new HttpRequestMessage(HttpMethod.Post, tenant.Path(slot + "/upgrade")) { Content = RdfeApp.Json(next) };
        request.Headers.TryAddWithoutValidation("If-Match", "\"old\"");
        await tenant.Http.SendAsync(request).ExpectProblem(412, "preconditionFailed");
        var cluster = (string)(await tenant.Get(slot).Expect(200))["cluster"]!;
        await SafeMode(cluster);
        await tenant.Post(slot + "/upgrade", next).ExpectProblem(503, "clusterReadOnly");
        await tenant.Post("/services/refused/swap").ExpectProblem(503, "clusterReadOnly");
        await SafeMode(null);
        await tenant.Post(slot + "/upgrade", next).Expect(202);
        await tenant.Post(slot + "/upgrade", await Next(tenant, name: "third", content: "3")).ExpectProblem(409, "operationInProgress");
        await tenant.Delete(slot).Expect(202);
        await tenant.Post(slot + "/upgrade", next).ExpectProblem(409, "operationInProgress");
        await app.Advance(20);
        await tenant.Post(slot + "/upgrade", next).ExpectProblem(404, "notFound");
    }

    [Fact, Trait("spec", "U3")]
    public async Task A_newer_guest_os_reaches_those_who_follow_it_by_update_domain_and_nobody_else()
    {
        var tenant = await app.TenantAsync();
        var follows = await tenant.Run("hello-web", "follows");
        await tenant.Put("/services/named", new { region = "north" }).Expect(201);
        var named = "/services/named/deployments/production";
        await tenant.Put(named, new
        {
            package = "hello-web",
            configuration = Samples.Configuration("hello-web", ("osVersion=\"*\"", "osVersion=\"WA-GUEST-OS-4.12_201410-01\"")),
        }).Expect(202);
        await app.Advance(20);
        await app.Operator.Put("/fabric/images/guest-os-4.13", JsonNode.Parse("""{ "kind": "guestOs", "version": "WA-GUEST-OS-4.13_201411-01", "family": 4, "sizeMib": 12288 }""")!).Expect(201);
        await app.Advance(1);
        var walking = await tenant.Get(follows).Expect(200);
        Assert.Equal("guestOs", (string?)walking["update"]!["kind"]);
        var operation = await tenant.Http.GetAsync((string)walking["update"]!["operation"]!).Expect(200);
        Assert.Equal("updateGuestOs", (string?)operation["kind"]);
        // Each domain is told a quarter of an hour before (W3).
        await app.Advance(80);
        var after = await tenant.Get(follows).Expect(200);
        Assert.Equal((string?)walking["etag"], (string?)after["etag"]);
        Assert.All(after["instances"]!.AsArray(), i => Assert.Equal(("ready", "WA-GUEST-OS-4.13_201411-01"), ((string?)i!["status"], (string?)i["guestOs"])));
        var still = await tenant.Get(named).Expect(200);
        Assert.Null(still["update"]);
        Assert.Equal("WA-GUEST-OS-4.12_201410-01", (string?)still["guestOs"]);
        // One that is not the newest is nobody's business.
        await app.Operator.Put("/fabric/images/guest-os-4.10", JsonNode.Parse("""{ "kind": "guestOs", "version": "WA-GUEST-OS-4.10_201408-01", "family": 4, "sizeMib": 12288 }""")!).Expect(201);
        await app.Advance(1);
        Assert.Null((await tenant.Get(follows).Expect(200))["update"]);
    }

    [Fact]
    public void Two_models_are_told_apart_by_what_an_update_cannot_change() =>
        Assert.Null(DeploymentDifferences.Forbid(
            new Domain.Deployments.DeploymentModel(5, "a", 1, []), new Domain.Deployments.DeploymentModel(5, "b", 2, [])));

    private static async Task<object> Next(
        Tenant tenant, string mode = "auto", string? configuration = null, string name = "next", string content = "2", string? label = null)
    {
        await tenant.Upload(name, Samples.Package("hello-web", ("Web/version.txt", content)));
        return new { package = name, configuration = configuration ?? Samples.Configuration("hello-web"), mode, label };
    }

    private static byte[] Changed(string definition, (string From, string To) change) => Samples.Zip(
        ("ServiceDefinition.csdef", definition.Replace(change.From, change.To, StringComparison.Ordinal)), ("Web/index.html", "x"));

    private static async Task<(string?, string?, string?)> Update(Tenant tenant, string slot)
    {
        var update = (await tenant.Get(slot).Expect(200))["update"]!;
        return ((string?)update["kind"], (string?)update["mode"], (string?)update["stage"]);
    }

    private Task<JsonObject> SafeMode(string? cluster) => app.Operator.PutAsync("/fabric/safeMode", RdfeApp.Json(new
    {
        scopes = cluster is null ? [] : new[] { new { name = "cluster/" + cluster, reason = "a test" } },
    })).Expect(200);
}
