// W3: notices in the form of Azure's scheduled events: names, types and formats of each published version, so that an agent that
// was written for them needs another base address and nothing else.
using System.Globalization;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Notices;

namespace Rdfe.Api.Features.ScheduledEvents;

/// <param name="DocumentIncarnation">Grows with every change of the events; the same number, the same events.</param>
public sealed record ScheduledEventsView(
    [property: JsonPropertyName("DocumentIncarnation")] int DocumentIncarnation,
    [property: JsonPropertyName("Events")] IReadOnlyList<GuestEventView> Events);

/// <param name="EventId">A GUID: by it the event is approved.</param>
/// <param name="EventStatus">Scheduled or Started; what is over is not there.</param>
/// <param name="EventType">Freeze, Reboot, Redeploy, Preempt or Terminate.</param>
/// <param name="Resources">Names of the machines that are touched.</param>
/// <param name="NotBefore">As of RFC 1123, empty once it has begun.</param>
/// <param name="Description">For people; from 2019-04-01 on.</param>
/// <param name="EventSource">Platform or User; from 2019-08-01 on.</param>
/// <param name="DurationInSeconds">0 for no interruption, -1 where nobody can tell; from 2020-07-01 on.</param>
public sealed record GuestEventView(
    [property: JsonPropertyName("EventId")] string EventId,
    [property: JsonPropertyName("EventStatus")] string EventStatus,
    [property: JsonPropertyName("EventType")] string EventType,
    [property: JsonPropertyName("ResourceType")] string ResourceType,
    [property: JsonPropertyName("Resources")] IReadOnlyList<string> Resources,
    [property: JsonPropertyName("NotBefore")] string NotBefore,
    [property: JsonPropertyName("Description"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Description,
    [property: JsonPropertyName("EventSource"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EventSource,
    [property: JsonPropertyName("DurationInSeconds"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? DurationInSeconds);

internal static class ScheduledEventsDocument
{
    private const string First = "2017-03-01";

    // Parts of a second are cut off: it begins no earlier than it says.
    private static readonly InstantPattern Rfc1123 =
        InstantPattern.Create("ddd, dd MMM yyyy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture);

    /// <summary>Versions that were published, oldest first. Dates sort as text.</summary>
    public static string[] Versions { get; } =
        [First, "2017-08-01", "2017-11-01", "2019-01-01", "2019-04-01", "2019-08-01", "2020-07-01"];

    /// <summary>The board as a version shows it.</summary>
    public static ScheduledEventsView Of(NoticeBoard? board, string version) => new(
        board?.Incarnation ?? 1,
        [.. (board?.Live ?? []).Where(n => string.CompareOrdinal(version, SinceOf(n.Type)) >= 0).Select(n => Of(n, version))]);

    private static GuestEventView Of(Notice n, string version)
    {
        bool Has(string since) => string.CompareOrdinal(version, since) >= 0;
        return new GuestEventView(
            n.Id, n.Status.ToString(), n.Type.ToString(), "VirtualMachine",
            // The first version put an underscore before each name.
            [.. n.Resources.Select(r => version == First ? "_" + r.Name : r.Name)],
            n.Status == NoticeStatus.Scheduled ? Rfc1123.Format(n.NotBefore) : "",
            Has("2019-04-01") ? n.Description : null,
            Has("2019-08-01") ? n.Source.ToString() : null,
            Has("2020-07-01") ? SecondsOf(n.Predicted) : null);
    }

    private static int SecondsOf(Duration? predicted) =>
        predicted is { } d ? (int)Math.Min(int.MaxValue, Math.Ceiling(d.TotalSeconds)) : -1;

    private static string SinceOf(NoticeType type) => type switch
    {
        NoticeType.Preempt => "2017-11-01",
        NoticeType.Terminate => "2019-01-01",
        _ => First,
    };
}
