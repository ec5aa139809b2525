using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Tests;

/// <summary>Limits that a test can reach.</summary>
public sealed class WindowApp : RdfeApp
{
    public WindowApp()
    {
        Set("Rdfe:Windows:MaxConfigurations", "3");
        Set("Rdfe:Windows:MaxAssignments", "4");
        Set("Rdfe:Windows:MaxOccurrences", "50");
    }
}

[Trait("spec", "W5")]
public sealed class MaintenanceConfigurationTests(WindowApp app) : IClassFixture<WindowApp>
{
    private static object Window(
        string recurrence = "Week Saturday", string startsAt = "2027-03-01T22:00", string duration = "PT4H", string timeZone = "Europe/Berlin", string? endsAt = null) =>
        new { startsAt, duration, timeZone, recurrence, endsAt };

    private static string[] Assigned(JsonNode configuration) => [.. configuration["assignments"]!.AsArray().Select(a => (string)a!)];

    private async Task<Tenant> TenantWith(params string[] resources)
    {
        var tenant = await app.TenantAsync();
        foreach (var path in resources)
        {
            await (path.Split('/')[1] switch
            {
                "virtualMachines" => tenant.Put(path, VirtualMachineTests.Machine()).Expect(202),
                "dedicatedHosts" => tenant.Put(path, new { region = "north", family = "D" }).Expect(202),
                _ => tenant.Put(path, new { region = "north" }).Expect(201),
            });
        }

        return tenant;
    }

    [Fact]
    public async Task A_configuration_is_created_replaced_read_listed_and_deleted()
    {
        var tenant = await TenantWith("/services/Web-read", "/availabilitySets/front", "/virtualMachines/Box");
        var made = await tenant.Put("/maintenanceConfigurations/Nights", new
        {
            window = Window("1week saturday", startsAt: "2027-03-01T22:00:00", duration: "PT240M"),
            assignments = new[] { "virtualMachines/box", "services/WEB-READ", "virtualMachines/BOX" },
        }).Expect(201);
        Assert.Equal("Nights", (string?)made["name"]);
        Assert.Equal(
            """{"startsAt":"2027-03-01T22:00","duration":"PT4H","timeZone":"Europe/Berlin","recurrence":"Week Saturday"}""", made["window"]!.ToJsonString());
        Assert.Equal(["services/Web-read", "virtualMachines/Box"], Assigned(made));

        // The same in other words is the same; nobody has to be told.
        var same = await tenant.Put("/maintenanceConfigurations/nights", new
        {
            window = Window(),
            assignments = new[] { "services/web-read", "virtualMachines/Box" },
        }).Expect(200);
        Assert.Equal((string?)made["etag"], (string?)same["etag"]);
        var other = await tenant.Put("/maintenanceConfigurations/nights", new { window = Window("Month dayLast", endsAt: "2030-01-01T00:00") }).Expect(200);
        Assert.NotEqual((string?)made["etag"], (string?)other["etag"]);
        Assert.Empty(Assigned(other));
        Assert.Equal("2030-01-01T00:00", (string?)other["window"]!["endsAt"]);

        var read = await tenant.Get("/maintenanceConfigurations/NIGHTS").Expect(200);
        Assert.True(JsonNode.DeepEquals(other, read));
        await tenant.Put("/maintenanceConfigurations/days", new { window = Window("3Days"), assignments = new[] { "availabilitySets/front" } }).Expect(201);
        var page = await tenant.Get("/maintenanceConfigurations?top=1").Expect(200);
        Assert.Equal("days", (string?)page["value"]!.AsArray().Single()!["name"]);
        var rest = await tenant.Http.GetAsync((string)page["nextLink"]!).Expect(200);
        Assert.Equal("Nights", (string?)rest["value"]!.AsArray().Single()!["name"]);

        await tenant.Delete("/maintenanceConfigurations/nights").Expect(204);
        await tenant.Delete("/maintenanceConfigurations/nights").Expect(204);
        await tenant.Get("/maintenanceConfigurations/nights").ExpectProblem(404, "notFound");
        await tenant.Get("/maintenanceConfigurations/nights/occurrences").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task Everything_wrong_is_said_at_once_and_where()
    {
        var tenant = await TenantWith("/services/web-wrong");
        var problem = await tenant.Put("/maintenanceConfigurations/a", new
        {
            window = Window("Week Caturday", "2027-03-01T22:00Z", "PT1H", "Mars/Olympus", "soon"),
            assignments = new[] { "services/web-wrong", "services/none", "boxes/one", "virtualMachines/no spaces" },
        }).ExpectProblem(400, "invalidRequest");
        Assert.Equal(
            ["$.assignments[1]", "$.assignments[2]", "$.assignments[3]", "$.window.duration", "$.window.endsAt", "$.window.recurrence", "$.window.startsAt", "$.window.timeZone"],
            problem["errors"]!.AsObject().Select(e => e.Key));
        Assert.Equal("There is no IANA time zone 'Mars/Olympus'; an example is Europe/Berlin.", (string?)problem["errors"]!["$.window.timeZone"]![0]);
        Assert.Equal("Must be from PT2H to P7D.", (string?)problem["errors"]!["$.window.duration"]![0]);

        var shape = await tenant.Put("/maintenanceConfigurations/a", new { window = new { duration = "an hour", every = "Day" }, assigned = 1 })
            .ExpectProblem(400, "invalidRequest");
        Assert.Equal(
            ["$.assigned", "$.window.duration", "$.window.every", "$.window.recurrence", "$.window.startsAt", "$.window.timeZone"],
            shape["errors"]!.AsObject().Select(e => e.Key));
        await tenant.Get("/maintenanceConfigurations/a").ExpectProblem(404, "notFound");
    }

    [Fact]
    public async Task A_resource_has_one_configuration_and_the_other_is_named()
    {
        var tenant = await TenantWith("/services/web-one", "/services/web-two");
        await tenant.Put("/maintenanceConfigurations/Nights", new { window = Window(), assignments = new[] { "services/web-one" } }).Expect(201);
        var problem = await tenant.Put("/maintenanceConfigurations/days", new { window = Window(), assignments = new[] { "services/web-two", "services/web-one" } })
            .ExpectProblem(409, "assignedElsewhere");
        Assert.Equal("services/web-one is assigned to Nights already.", (string?)problem["errors"]!["$.assignments[1]"]![0]);
        await tenant.Get("/maintenanceConfigurations/days").ExpectProblem(404, "notFound");

        await tenant.Put("/maintenanceConfigurations/Nights", new { window = Window() }).Expect(200);
        await tenant.Put("/maintenanceConfigurations/days", new { window = Window(), assignments = new[] { "services/web-two", "services/web-one" } }).Expect(201);
    }

    [Fact]
    public async Task Preconditions_keys_and_limits_hold_as_everywhere()
    {
        var tenant = await TenantWith();
        const string path = "/maintenanceConfigurations/a";
        async Task<HttpResponseMessage> Send(HttpMethod method, string? match, string? key, string recurrence = "Day")
        {
            using var request = new HttpRequestMessage(method, tenant.Path(path));
            request.Content = method == HttpMethod.Put ? RdfeApp.Json(new { window = Window(recurrence) }) : null;
            foreach (var (name, value) in new[] { (match == "*" ? "If-None-Match" : "If-Match", match), ("Idempotency-Key", key) })
            {
                if (value is not null)
                {
                    request.Headers.TryAddWithoutValidation(name, value);
                }
            }

            return await tenant.Http.SendAsync(request);
        }

        var made = await Send(HttpMethod.Put, "*", "k1").Expect(201);
        Assert.Equal("true", (await Send(HttpMethod.Put, "*", "k1")).Headers.GetValues("Idempotent-Replayed").Single());
        await Send(HttpMethod.Put, "*", "k1", "2Days").ExpectProblem(422, "idempotencyKeyReused");
        await Send(HttpMethod.Put, "*", null).ExpectProblem(412, "preconditionFailed");
        await Send(HttpMethod.Put, "\"old\"", null, "2Days").ExpectProblem(412, "preconditionFailed");
        await Send(HttpMethod.Put, $"\"{made["etag"]}\"", null, "2Days").Expect(200);
        await Send(HttpMethod.Delete, $"\"{made["etag"]}\"", null).ExpectProblem(412, "preconditionFailed");

        await tenant.Put("/maintenanceConfigurations/b", new { window = Window() }).Expect(201);
        await tenant.Put("/maintenanceConfigurations/c", new { window = Window() }).Expect(201);
        await tenant.Put("/maintenanceConfigurations/d", new { window = Window() }).ExpectProblem(409, "tooManyMaintenanceConfigurations");
        var many = await tenant.Put("/maintenanceConfigurations/c", new { window = Window(), assignments = Enumerable.Repeat("services/x", 5) })
            .ExpectProblem(400, "invalidRequest");
        Assert.Equal("At most 4 resources.", (string?)many["errors"]!["$.assignments"]![0]);
    }

    [Fact, Trait("spec", "R3")]
    public async Task Nobody_elses_resources_can_be_assigned_read_or_seen()
    {
        var (one, two) = (await TenantWith("/services/web-mine"), await TenantWith("/services/web-yours"));
        await one.Put("/maintenanceConfigurations/a", new { window = Window(), assignments = new[] { "services/web-mine" } }).Expect(201);
        await two.Put("/maintenanceConfigurations/a", new { window = Window(), assignments = new[] { "services/web-mine" } }).ExpectProblem(400, "invalidRequest");
        var stranger = await two.As("contributor");
        await stranger.Http.GetAsync(one.Path("/maintenanceConfigurations/a")).ExpectProblem(404, "notFound");
        await stranger.Http.GetAsync(one.Path("/maintenanceConfigurations/a/occurrences")).ExpectProblem(404, "notFound");
        await stranger.Http.GetAsync(one.Path("/maintenanceLedger")).ExpectProblem(404, "notFound");
        await stranger.Http.DeleteAsync(one.Path("/maintenanceConfigurations/a")).ExpectProblem(404, "notFound");
        await stranger.Http.GetAsync("/fabric/ledger").ExpectProblem(403, "forbidden");
        var reader = await one.As("reader");
        await reader.Get("/maintenanceConfigurations/a").Expect(200);
        await reader.Put("/maintenanceConfigurations/a", new { window = Window() }).ExpectProblem(403, "forbidden");
    }

    [Fact]
    public async Task The_preview_shows_when_it_opens_and_what_clocks_and_calendar_do_to_it()
    {
        var tenant = await TenantWith();
        await tenant.Put("/maintenanceConfigurations/a", new { window = Window("Day", "2027-03-01T02:30", "PT2H") }).Expect(201);
        var march = (await tenant.Get("/maintenanceConfigurations/a/occurrences?from=2027-03-27T00:00:00Z&count=3").Expect(200))["value"]!.AsArray();
        Assert.Equal(
            ["2027-03-27T01:30:00Z 2027-03-27T02:30:00+01:00", "2027-03-28T01:00:00Z 2027-03-28T03:00:00+02:00", "2027-03-29T00:30:00Z 2027-03-29T02:30:00+02:00"],
            march.Select(o => $"{o!["start"]} {o["localStart"]}"));
        Assert.Equal(["", "startSkipped", ""], march.Select(o => string.Join(' ', o!["remarks"]!.AsArray().Select(r => (string?)r!["kind"]))));
        Assert.Equal("2027-03-28T05:00:00+02:00", (string?)march[1]!["localEnd"]);

        // One that is open is shown as well; five where nothing is said.
        var open = (await tenant.Get("/maintenanceConfigurations/a/occurrences?from=2027-03-28T02:59:59Z").Expect(200))["value"]!.AsArray();
        Assert.Equal((5, "2027-03-28T01:00:00Z"), (open.Count, (string?)open[0]!["start"]));

        await tenant.Put("/maintenanceConfigurations/a", new { window = Window("Month", "2027-01-31T22:00", timeZone: "UTC", endsAt: "2027-04-01T00:00") }).Expect(200);
        var missing = (await tenant.Get("/maintenanceConfigurations/a/occurrences?from=2027-01-01T00:00:00Z").Expect(200))["value"]!.AsArray();
        Assert.Equal(["2027-01-31T22:00:00Z", "2027-03-31T22:00:00Z"], missing.Select(o => (string?)o!["start"]));
        Assert.Equal("2027-02 has no day 31: there was no window on it.", (string?)missing[1]!["remarks"]![0]!["detail"]);

        var problem = await tenant.Get("/maintenanceConfigurations/a/occurrences?from=soon&count=51").ExpectProblem(400, "invalidRequest");
        Assert.Equal(["count", "from"], problem["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task What_is_deleted_leaves_its_configuration_and_another_of_its_name_begins_without_one()
    {
        var tenant = await TenantWith("/services/web-gone", "/availabilitySets/gone", "/virtualMachines/gone", "/dedicatedHosts/gone");
        var made = await tenant.Put("/maintenanceConfigurations/a", new
        {
            window = Window(),
            assignments = new[] { "services/web-gone", "availabilitySets/gone", "virtualMachines/gone", "dedicatedHosts/gone" },
        }).Expect(201);
        Assert.Equal(4, Assigned(made).Length);
        await app.Advance(Duration.FromMinutes(60));
        await tenant.Delete("/services/web-gone").Expect(204);
        await tenant.Delete("/availabilitySets/gone").Expect(204);
        var left = await tenant.Get("/maintenanceConfigurations/a").Expect(200);
        Assert.Equal(["dedicatedHosts/gone", "virtualMachines/gone"], Assigned(left));
        Assert.NotEqual((string?)made["etag"], (string?)left["etag"]);

        await tenant.Delete("/virtualMachines/gone").Expect(202);
        await tenant.Delete("/dedicatedHosts/gone").Expect(202);
        await app.Advance(Duration.FromMinutes(10));
        await tenant.Get("/virtualMachines/gone").ExpectProblem(404, "notFound");
        Assert.Empty(Assigned(await tenant.Get("/maintenanceConfigurations/a").Expect(200)));
        await tenant.Put("/availabilitySets/gone", new { region = "south" }).Expect(201);
        Assert.Empty(Assigned(await tenant.Get("/maintenanceConfigurations/a").Expect(200)));

        await tenant.Put("/maintenanceConfigurations/a", new { window = Window(), assignments = new[] { "availabilitySets/gone" } }).Expect(200);
        await app.Operator.DeleteAsync(tenant.Path("")).Expect(204);
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        Assert.DoesNotContain(db.Set<MaintenanceConfigurationRow>(), c => c.SubscriptionId.Value == tenant.Id);
        Assert.DoesNotContain(db.Set<MaintenanceAssignmentRow>(), a => a.SubscriptionId.Value == tenant.Id);
    }

    [Fact, Trait("spec", "W1"), Trait("spec", "M6")]
    public async Task What_was_done_outside_a_window_can_be_read_by_its_owner_and_by_operators()
    {
        var (tenant, other) = (await TenantWith("/virtualMachines/struck"), await TenantWith());
        await tenant.Put("/maintenanceConfigurations/far", new
        {
            window = Window("12Months", "2099-03-01T22:00"),
            assignments = new[] { "virtualMachines/struck" },
        }).Expect(201);
        await app.Advance(Duration.FromMinutes(60));
        var machine = await tenant.Get("/virtualMachines/struck").Expect(200);
        var (node, cluster) = ((string)machine["instanceView"]!["node"]!, (string)machine["instanceView"]!["cluster"]!);
        var fault = new { kind = "powerLoss", target = new { node }, duration = "PT12H" };
        await app.Operator.PutAsync("/fabric/faults/struck", RdfeApp.Json(fault)).Expect(201);
        await app.Advance(Duration.FromMinutes(40));
        await app.Operator.DeleteAsync("/fabric/faults/struck").Expect(204);

        var entry = (await tenant.Get("/maintenanceLedger").Expect(200))["value"]!.AsArray().Single()!;
        Assert.Equal(
            ("hardwareFailure", "virtualMachines/struck", "struck", node, "far", "virtualMachines/struck", "2099-03-01T21:00:00Z"),
            ((string?)entry["reason"], (string?)entry["resource"], (string?)entry["instance"], (string?)entry["node"], (string?)entry["configuration"],
                (string?)entry["through"], (string?)entry["nextWindow"]));
        Assert.Empty((await other.Get("/maintenanceLedger").Expect(200))["value"]!.AsArray());

        async Task<int> Found(string query) => (await app.Operator.GetAsync("/fabric/ledger" + query).Expect(200))["value"]!.AsArray().Count;
        var at = (string)entry["at"]!;
        var found = new List<int>();
        foreach (var query in (string[])["", $"?cluster={cluster}", "?cluster=elsewhere", $"?from={at}", $"?to={at}"])
        {
            found.Add(await Found(query));
        }

        Assert.Equal([1, 1, 0, 1, 0], found);
        await app.Operator.GetAsync("/fabric/ledger?from=then").ExpectProblem(400, "invalidRequest");

        // A year later it has gone, but for the last one: the next one's number follows from it.
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit => unit.Insert(
            MaintenanceLedgerRow.Of(
                new WindowLedgerEntry(
                    Instant.FromUtc(2000, 1, 1, 0, 0), WindowLedgerReason.Override, new SubscriptionId(tenant.Id), "services/old", new InstanceId("i-old"),
                    "Web_IN_0", null, "far", "services/old", null, "Ordered."),
                new ClusterId(cluster), unit.NextSequence<MaintenanceLedgerRow>(r => r.Id))));
        Assert.Equal(2, await Found(""));
        await app.Services.GetRequiredService<Trimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(2, await Found(""));
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit => unit.Execute(
            """UPDATE "MaintenanceLedger" SET "At" = @p0""", Instant.FromUtc(2000, 1, 1, 0, 0).ToUnixTimeTicks()));
        await app.Services.GetRequiredService<Trimmer>().TrimAsync(CancellationToken.None);
        Assert.Equal(1, await Found(""));
    }
}
