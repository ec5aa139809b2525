using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Tests;

public sealed class ClockTests
{
    [Fact]
    public async Task An_advance_runs_what_is_due_and_counts_it()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var before = Now(await http.GetAsync("/fabric/clock").Expect(200));
        var node = (await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray()
            .First(n => !(bool)n!["reserved"]!)!["name"];
        var provisioned = await http.Post($"/fabric/nodes/{node}/provision").Expect(202);

        var accepted = await http.Post("/fabric/clock/advance", new { by = "PT2H" }).Expect(202);
        var ended = await http.EndedAsync($"/fabric/operations/{accepted["id"]}");

        Assert.Equal("succeeded", (string?)ended["status"]);
        var events = ended["result"]!["events"]!;
        Assert.True((long)events["count"]! >= 9, ended.ToJsonString());
        Assert.Equal((long)events["last"]! - (long)events["after"]!, (long)events["count"]!);
        Assert.Equal(before + Duration.FromHours(2), Now(await http.GetAsync("/fabric/clock").Expect(200)));
        Assert.Equal("succeeded", (string?)(await http.GetAsync($"/fabric/operations/{provisioned["id"]}").Expect(200))["status"]);
    }

    [Fact]
    public async Task One_at_a_time_and_only_forward()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        await http.Post("/fabric/clock/advance", new { }).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/clock/advance", new { by = "PT0S" }).ExpectProblem(400, "invalidRequest");
        await http.Post("/fabric/clock/advance", new { to = "2001-01-01T00:00:00Z" }).ExpectProblem(400, "invalidRequest");
        await AcceptAsync(app, Duration.FromHours(1), wake: false);
        await http.Post("/fabric/clock/advance", new { by = "PT1H" }).ExpectProblem(409, "clockBusy");
    }

    [Fact]
    public async Task An_advance_that_a_crash_interrupted_goes_on_after_the_start_and_ends_once()
    {
        using var first = new RdfeApp();
        var path = "";
        Instant to;
        {
            var row = await AcceptAsync(first, Duration.FromHours(1), wake: false);
            path = $"/fabric/operations/{row}";
            to = first.Services.GetRequiredService<FabricClock>().Now + Duration.FromHours(1);
            Assert.Null((await first.Operator.GetAsync(path).Expect(200))["endedAt"]);
            // What a crash leaves behind: the row, and nobody who works on it. A fresh worker is what a start brings.
            var p = first.Services;
            using var again = ActivatorUtilities.CreateInstance<ClockAdvances>(p);
            await again.StartAsync(CancellationToken.None);
            var ended = await first.Operator.EndedAsync(path);
            Assert.Equal("succeeded", (string?)ended["status"]);
            Assert.Equal(to, p.GetRequiredService<FabricClock>().Now);
            await again.StopAsync(CancellationToken.None);
            Assert.Equal((string?)ended["endedAt"], (string?)(await first.Operator.GetAsync(path).Expect(200))["endedAt"]);
        }
    }

    [Fact]
    public async Task The_rate_is_set_and_guarded_by_its_etag()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        var clock = await http.GetAsync("/fabric/clock").Expect(200);
        Assert.Equal("virtual", (string?)clock["mode"]);
        var set = await http.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = 0.5 })).Expect(200);
        Assert.Equal(0.5, (double)set["rate"]!);
        Assert.NotEqual((string?)clock["etag"], (string?)set["etag"]);
        await http.Put("/fabric/clock", set.DeepClone(), ifMatch: (string?)clock["etag"]).ExpectProblem(412, "preconditionFailed");
        await http.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = -1 })).ExpectProblem(400, "invalidRequest");
        await http.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = 1, mode = "real" })).ExpectProblem(409, "clockMode");
        await http.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = 1, now = "2999-01-01T00:00:00Z" })).ExpectProblem(409, "useAdvance");
    }

    [Fact]
    public async Task A_real_clock_can_be_read_and_nothing_else()
    {
        using var app = RdfeApp.With(("Rdfe:Clock:Mode", "real"));
        var http = app.Operator;
        Assert.Equal("real", (string?)(await http.GetAsync("/fabric/clock").Expect(200))["mode"]);
        await http.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = 2 })).ExpectProblem(409, "clockIsReal");
        await http.Post("/fabric/clock/advance", new { by = "PT1H" }).ExpectProblem(409, "clockIsReal");
    }

    // Accepted in the store without waking the worker, as if the program had died right after the commit.
    private static async Task<OperationId> AcceptAsync(RdfeApp app, Duration by, bool wake)
    {
        _ = app.Operator;
        var clock = app.Services.GetRequiredService<FabricClock>();
        var id = new OperationId("op-interrupted");
        await app.Services.GetRequiredService<Committer>().CommitAsync(unit =>
        {
            var row = Operation.Accept(id, null, OperationKinds.AdvanceClock, ClockAdvances.Resource, null, [ClockAdvances.Step], 0, clock.Now)
                .Reach(ClockAdvances.Step, clock.Now).ToRow();
            row.ReportJson = StoreJson.Write(new AdvanceReport(clock.Now, clock.Now + by, null, new EventRange(0, 0, 0)));
            unit.Insert(row);
        });
        Assert.False(wake);
        return id;
    }

    private static Instant Now(System.Text.Json.Nodes.JsonObject clock) =>
        NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse((string)clock["now"]!).Value.ToInstant();
}
