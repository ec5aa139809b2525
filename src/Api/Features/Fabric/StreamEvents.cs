// Server-sent events: everything that changes, from the table of events. A stream holds no events of its own, so a slow
// reader costs nothing; one that falls too far behind is told of the gap and goes on at the present.
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Features.Fabric;

/// <summary>The data of one event; its id and kind are the stream's own <c>id:</c> and <c>event:</c>.</summary>
public sealed record EventView(Instant At, string Cluster, long Sequence, string Kind, string Subject, string Data)
{
    public static EventView Of(EventRow row) => new(row.At, row.Cluster.Value, row.Sequence, row.Kind, row.Subject, row.Data);
}

/// <summary>Events that a stream cannot show: they were trimmed, or the reader was too slow.</summary>
public sealed record EventGap(long After, long Before, string Because);

/// <summary>How many streams are open: each holds a connection for as long as it likes.</summary>
public sealed class EventStreams(IOptions<RdfeOptions> options)
{
    private int open;

    public bool TryOpen()
    {
        if (Interlocked.Increment(ref open) <= options.Value.Events.MaxStreams)
        {
            return true;
        }

        Interlocked.Decrement(ref open);
        return false;
    }

    public void Close() => Interlocked.Decrement(ref open);
}

public static class StreamEvents
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods("/fabric/events", ["GET"], (Delegate)(async Task<IResult> (
            Call call, EventStreams streams, IServiceProvider services) =>
        {
            var from = From(call);
            if (call.Errors.Count > 0)
            {
                return new Answer(BodyBinder.Invalid(call.Errors));
            }

            if (!streams.TryOpen())
            {
                return new Answer(new Refusal(RefusalKind.TooMany, "tooManyStreams", "No more streams of events can be open at once."));
            }

            try
            {
                await ActivatorUtilities.CreateInstance<EventStream>(services, call.Http, from ?? -1L).RunAsync();
            }
            finally
            {
                streams.Close();
            }

            return Results.Empty;
        }))
        .Needs(Access.Operator)
        .WithMetadata(new StaysOpen())
        .Produces<EventView>(200, "text/event-stream")
        .Named(nameof(StreamEvents), Tags.Fabric,
            "Server-sent events as they happen; after or Last-Event-ID to resume")
        .WithMetadata(new Filter("after", "Only what came after the event of this id."))
        .WithMetadata(new Filter("cluster", "Only events of this cluster."))
        .WithMetadata(new Filter("kind", "Only events of this kind, such as nodeStateChanged."));

    // The header wins: a browser that reconnects sends it with the URL that it first asked for.
    private static long? From(Call call)
    {
        var header = call.Http.Request.Headers["Last-Event-ID"].ToString();
        var query = call.Http.Request.Query["after"].ToString();
        var (name, text) = header.Length > 0 ? ("Last-Event-ID", header) : ("after", query);
        if (text.Length == 0)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var after))
        {
            return after;
        }

        call.Error(name, "It is the id of an event, a number.");
        return null;
    }
}

/// <summary>One open stream.</summary>
internal sealed class EventStream(
    HttpContext http, long after, IReadStore store, EventSignal signal, IOptions<RdfeOptions> options, TimeProvider clock,
    IHostApplicationLifetime lifetime)
{
    private const int Batch = 500;
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);
    private readonly string cluster = http.Request.Query["cluster"].ToString();
    private readonly string kind = http.Request.Query["kind"].ToString();
    private readonly StringBuilder text = new();
    private long last = after;
    private bool live;

    public async Task RunAsync()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await TailAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or the program stops: either way the stream is over, and its reader may resume.
        }
    }

    private async Task TailAsync(CancellationToken end)
    {
        if (last < 0)
        {
            await using var db = await store.OpenAsync(end);
            last = await db.Set<EventRow>().MaxAsync(e => (long?)e.Id, end) ?? 0;
        }

        http.Response.ContentType = "text/event-stream";
        text.Append("retry: 1000\n\n");
        await SendAsync(end);
        while (true)
        {
            // Taken before the table is read, so that nothing can be committed in between and not be seen.
            var next = signal.Next;
            if (await ReadAsync(end))
            {
                continue;
            }

            live = true;
            var timeout = Task.Delay(KeepAlive, clock, end);
            if (await Task.WhenAny(next, timeout) == timeout)
            {
                end.ThrowIfCancellationRequested();
                text.Append(": keep-alive\n\n");
                await SendAsync(end);
            }
        }
    }

    /// <summary>Sends what there is, up to a batch; false when there was nothing more.</summary>
    private async Task<bool> ReadAsync(CancellationToken end)
    {
        List<EventRow> rows;
        await using (var db = await store.OpenAsync(end))
        {
            await SkipAsync(db, end);
            rows = await db.Set<EventRow>().Where(e => e.Id > last).OrderBy(e => e.Id).Take(Batch).ToListAsync(end);
        }

        foreach (var row in rows)
        {
            if (Wanted(row))
            {
                Append(row.Id, row.Kind, EventView.Of(row));
            }

            last = row.Id;
        }

        // Sent even when a filter left nothing of a full batch out: the buffer is empty then, and costs nothing.
        await SendAsync(end);
        return rows.Count == Batch;
    }

    // A resumed stream reads as much history as there is. One that has caught up and fell behind again is too slow.
    private async Task SkipAsync(RdfeDbContext db, CancellationToken end)
    {
        var first = await db.Set<EventRow>().MinAsync(e => (long?)e.Id, end);
        if (first is null)
        {
            return;
        }

        // Numbers may have holes; only what was trimmed is missed, and a trimmed table begins above 1.
        if (first > 1 && last + 1 < first)
        {
            Gap(first.Value - 1, "trimmed");
        }

        var newest = await db.Set<EventRow>().MaxAsync(e => e.Id, end);
        if (live && newest - last > options.Value.Events.MaxLag)
        {
            Gap(newest, "slow");
        }
    }

    private void Gap(long to, string because)
    {
        Append(to, "gap", new EventGap(last, to + 1, because));
        last = to;
    }

    // What concerns the whole fabric concerns every reader, whatever it picked.
    private bool Wanted(EventRow row) =>
        row.Cluster == StagedFabrics.EventSource
        || ((cluster.Length == 0 || string.Equals(cluster, row.Cluster.Value, StringComparison.OrdinalIgnoreCase))
        && (kind.Length == 0 || string.Equals(kind, row.Kind, StringComparison.OrdinalIgnoreCase)));

    // JSON has no line breaks outside of its strings, where they are escaped: one data line is enough.
    private void Append(long id, string kind, object data) => text
        .Append(CultureInfo.InvariantCulture, $"id: {id}\nevent: {kind}\ndata: ")
        .Append(JsonSerializer.Serialize(data, data.GetType(), Wire.Options)).Append("\n\n");

    private async Task SendAsync(CancellationToken end)
    {
        if (text.Length > 0)
        {
            await http.Response.WriteAsync(text.ToString(), end);
            text.Clear();
        }

        await http.Response.Body.FlushAsync(end);
    }
}
