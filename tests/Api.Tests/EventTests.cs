using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Tests;

public sealed class EventTests
{
    [Fact]
    public async Task What_happens_is_streamed_and_a_resumed_stream_misses_and_repeats_nothing()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        await WriteAsync(app, 3);
        List<long> seen;
        using (var first = await Stream.OpenAsync(http, "/fabric/events?after=0"))
        {
            seen = [.. (await first.TakeAsync(2)).Select(e => e.Id)];
        }

        await WriteAsync(app, 700);
        using var second = await Stream.OpenAsync(http, "/fabric/events", lastEventId: seen[^1]);
        var rest = await second.TakeAsync(701);
        await WriteAsync(app, 2);
        rest.AddRange(await second.TakeAsync(2));

        seen.AddRange(rest.Select(e => e.Id));
        Assert.Equal(Enumerable.Range(1, 705).Select(i => (long)i), seen);
        Assert.Equal("testEvent", rest[0].Kind);
        Assert.Equal("north-c1", (string?)rest[0].Data["cluster"]);
    }

    [Fact]
    public async Task A_stream_begins_at_the_present_and_takes_filters()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        await WriteAsync(app, 2);
        using var one = await Stream.OpenAsync(http, "/fabric/events?cluster=south-c1");
        using var all = await Stream.OpenAsync(http, "/fabric/events?kind=testEvent");
        await WriteAsync(app, 1);
        await WriteAsync(app, 1, "south-c1");
        Assert.Equal([4L], (await one.TakeAsync(1)).Select(e => e.Id));
        Assert.Equal([3L, 4L], (await all.TakeAsync(2)).Select(e => e.Id));
    }

    [Fact]
    public async Task The_engines_own_events_come_with_the_commit()
    {
        using var app = new RdfeApp();
        var http = app.Operator;
        using var stream = await Stream.OpenAsync(http, "/fabric/events?kind=nodeStateChanged");
        var node = (await http.GetAsync("/fabric/clusters/north-c1/nodes?state=ready").Expect(200))["value"]!.AsArray()
            .First(n => !(bool)n!["reserved"]!)!["name"];
        await http.Post($"/fabric/nodes/{node}/provision").Expect(202);
        await app.AdvanceAsync(Duration.FromHours(2));
        var events = await stream.TakeAsync(9);
        Assert.All(events, e => Assert.Equal((string?)node, (string?)e.Data["subject"]));
        var numbers = events.ConvertAll(e => (long)e.Data["sequence"]!);
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact]
    public async Task What_was_trimmed_is_told_as_a_gap_and_numbers_are_never_given_twice()
    {
        using var app = RdfeApp.With(("Rdfe:Events:Retention", "1.00:00:00"), ("Rdfe:Events:TrimBatch", "3"));
        _ = app.Operator;
        await WriteAsync(app, 10);
        await app.AdvanceAsync(Duration.FromDays(2));
        var trimmer = app.Services.GetRequiredService<Trimmer>();
        Assert.Equal(9, await trimmer.TrimAsync(CancellationToken.None));
        using var stream = await Stream.OpenAsync(app.Operator, "/fabric/events?after=2");
        var events = await stream.TakeAsync(2);
        Assert.Equal(["gap", "testEvent"], events.Select(e => e.Kind));
        Assert.Equal((2, 10), ((long)events[0].Data["after"]!, (long)events[0].Data["before"]!));
        Assert.Equal(10, events[1].Id);
    }

    [Fact, Trait("spec", "R3")]
    public async Task Activity_and_ended_rollouts_were_kept_for_ever()
    {
        using var app = RdfeApp.With(("Rdfe:Events:ActivityRetention", "1.00:00:00"), ("Rdfe:Rollouts:Retention", "1.00:00:00"));
        var tenant = await app.TenantAsync();
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
        var http = app.Operator;
        await http.PutAsync("/fabric/hostUpdates/hv", RdfeApp.Text("""{ "component": "hypervisor", "version": "118.7", "hypervisorReplaceable": true }""")).Expect(201);
        await http.PutAsync("/fabric/rollouts/old", RdfeApp.Json(new { hostUpdate = "hv", stages = new[] { new { name = "all", bake = "PT1M" } } })).Expect(202);
        await app.AdvanceAsync(Duration.FromHours(12));
        var trimmer = app.Services.GetRequiredService<Trimmer>();
        await trimmer.TrimAsync(CancellationToken.None);
        Assert.Equal("succeeded", (string?)(await http.GetAsync("/fabric/rollouts/old").Expect(200))["status"]);
        Assert.Equal(2, (await tenant.Get("/activityLog").Expect(200))["value"]!.AsArray().Count);

        await app.AdvanceAsync(Duration.FromHours(25));
        await trimmer.TrimAsync(CancellationToken.None);
        await http.GetAsync("/fabric/rollouts/old").ExpectProblem(404, "notFound");
        Assert.Empty((await tenant.Get("/activityLog").Expect(200))["value"]!.AsArray());
        // Numbers go on where they were: a page that was begun before does not show a line twice.
        await tenant.Put("/affinityGroups/b", new { region = "north" }).Expect(201);
        using var db = app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        Assert.Equal([4, 5], db.Set<ActivityRow>().Select(r => r.Sequence).Order());
    }

    [Fact]
    public async Task Streams_are_limited_and_a_wrong_position_is_refused()
    {
        using var app = RdfeApp.With(("Rdfe:Events:MaxStreams", "1"));
        await app.Operator.GetAsync("/fabric/events?after=x").ExpectProblem(400, "invalidRequest");
        Assert.Equal(401, (int)(await app.ClientWith(null).GetAsync("/fabric/events")).StatusCode);
        using var one = await Stream.OpenAsync(app.Operator, "/fabric/events");
        await app.Operator.GetAsync("/fabric/events").ExpectProblem(429, "tooManyStreams");
    }

    [Fact]
    public async Task Streams_end_when_the_program_stops()
    {
        var app = new RdfeApp();
        using var stream = await Stream.OpenAsync(app.Operator, "/fabric/events");
        app.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHostApplicationLifetime>().StopApplication();
        Assert.True(await stream.EndedAsync());
        app.Dispose();
    }

    private static Task WriteAsync(RdfeApp app, int count, string cluster = "north-c1") =>
        app.Services.GetRequiredService<Committer>().CommitAsync(unit =>
        {
            for (var i = 0; i < count; i++)
            {
                unit.Insert(new EventRow
                {
                    Id = unit.NextSequence<EventRow>(r => r.Id),
                    Cluster = new ClusterId(cluster),
                    Sequence = i,
                    At = app.Services.GetRequiredService<FabricClock>().Now,
                    Kind = "testEvent",
                    Subject = "s",
                    Data = "line\nbreak",
                });
            }

            unit.AfterCommit(app.Services.GetRequiredService<EventSignal>().Raise);
        });

    private sealed record Event(long Id, string Kind, JsonObject Data);

    private sealed class Stream(HttpResponseMessage response, StreamReader reader) : IDisposable
    {
        public static async Task<Stream> OpenAsync(HttpClient http, string path, long? lastEventId = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (lastEventId is { } id)
            {
                request.Headers.Add("Last-Event-ID", id.ToString(CultureInfo.InvariantCulture));
            }

            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(200, (int)response.StatusCode);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            return new Stream(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        public async Task<List<Event>> TakeAsync(int count)
        {
            var events = new List<Event>();
            var (id, kind) = (0L, "");
            while (events.Count < count)
            {
                var line = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) ?? throw new EndOfStreamException();
                if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    id = long.Parse(line[4..], CultureInfo.InvariantCulture);
                }
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    kind = line[7..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    events.Add(new Event(id, kind, (JsonObject)JsonNode.Parse(line[6..])!));
                }
            }

            return events;
        }

        public async Task<bool> EndedAsync()
        {
            while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20)) is not null)
            {
            }

            return true;
        }

        public void Dispose()
        {
            reader.Dispose();
            response.Dispose();
        }
    }
}
