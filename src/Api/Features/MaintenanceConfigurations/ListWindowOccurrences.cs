// When a configuration's window opens next, and what clock changes and missing days do to it (W5). Nothing is said of what
// would run in them: no work is planned yet that waits for one.
using Microsoft.Extensions.Options;
using NodaTime;
using NodaTime.Text;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

/// <param name="Kind">startSkipped, startComesTwice, clocksChange, endsAtNext or dayMissing.</param>
public sealed record WindowRemarkView(WindowRemarkKind Kind, string Detail);

/// <param name="LocalStart">The same moment as the clocks of the zone show it, with their offset.</param>
/// <param name="Remarks">What is unusual about it; nothing for most.</param>
public sealed record WindowOccurrenceView(
    Instant Start, Instant End, string LocalStart, string LocalEnd, IReadOnlyList<WindowRemarkView> Remarks)
{
    public static WindowOccurrenceView Of(MaintenanceWindow window, WindowOccurrence o) => new(
        o.Start, o.End, Local(window, o.Start), Local(window, o.End),
        [.. window.RemarksOn(o).Select(r => new WindowRemarkView(r.Kind, r.Detail))]);

    private static string Local(MaintenanceWindow window, Instant at) => OffsetDateTimePattern.Rfc3339.Format(at.InZone(window.Zone).ToOffsetDateTime());
}

public static class ListWindowOccurrences
{
    private const int Usual = 5;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapRead("/subscriptions/{subscriptionId}/maintenanceConfigurations/{name}/occurrences", async (call, db, cancel) =>
        {
            var services = call.Http.RequestServices;
            var most = services.GetRequiredService<IOptions<RdfeOptions>>().Value.Windows.MaxOccurrences;
            var from = Moments.Read(call, "from") ?? services.GetRequiredService<FabricClock>().Now;
            var count = Count(call, most);
            if (await ReadMaintenanceConfigurations.FindAsync(call, db, cancel) is not { } row)
            {
                return Refusals.NotFound("such maintenance configuration");
            }

            var read = WindowReader.Read(StoreJson.Read<WindowText>(row.WindowJson));
            return read.Refused
                ? read.Refusal
                : Reply.Ok(new Listing<WindowOccurrenceView>(
                    [.. read.Value.Between(from, Instant.MaxValue).Take(count).Select(o => WindowOccurrenceView.Of(read.Value, o))]));
        })
        .WithMetadata(new Filter("from", "Windows that are open at this time or later, such as 2027-03-01T00:00:00Z; now where it is left out."))
        .WithMetadata(new Filter("count", "How many; 5 where it is left out."))
        .Needs(Access.Reader)
        .Answers<Listing<WindowOccurrenceView>>()
        .Named(nameof(ListWindowOccurrences), Tags.Maintenance, "When the window opens next, in UTC and local time");

    private static int Count(Call call, int most)
    {
        if (!call.Http.Request.Query.TryGetValue("count", out var text))
        {
            return Math.Min(Usual, most);
        }

        if (int.TryParse(text, out var count) && count >= 1 && count <= most)
        {
            return count;
        }

        call.Error("count", $"count is a number from 1 to {most}.");
        return 0;
    }
}

internal static class Moments
{
    /// <summary>A parameter of the query that is a time; a bad one is an error of the request.</summary>
    public static Instant? Read(Call call, string parameter)
    {
        if (!call.Http.Request.Query.TryGetValue(parameter, out var text))
        {
            return null;
        }

        if (text.Count == 1 && OffsetDateTimePattern.Rfc3339.Parse(text.ToString()) is { Success: true } at)
        {
            return at.Value.ToInstant();
        }

        call.Error(parameter, $"{parameter} must be a time such as 2027-03-01T00:00:00Z.");
        return null;
    }
}
