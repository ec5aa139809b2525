// When a configuration's window opens next, what clock changes and missing days do to it, and what would be done in it (W5).
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using NodaTime.Text;
using Rdfe.Api.Features.Maintenance;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

/// <param name="Kind">startSkipped, startComesTwice, clocksChange, endsAtNext or dayMissing.</param>
public sealed record WindowRemarkView(WindowRemarkKind Kind, string Detail);

/// <param name="HostUpdate">The update.</param>
/// <param name="Resource">Path of the virtual machine, or of the role instance.</param>
/// <param name="Impact">What the update's publisher says that is felt of it.</param>
public sealed record WindowWorkView(string HostUpdate, string Resource, string? Impact);

/// <param name="LocalStart">The same moment as the clocks of the zone show it, with their offset.</param>
/// <param name="Remarks">What is unusual about it; nothing for most.</param>
/// <param name="Work">
/// What is pending now for the configuration's resources and may be done in this window, as the first that opens in time for it. It
/// may come later: the promise, the plan and other tenants of a node have their say when the time has come.
/// </param>
public sealed record WindowOccurrenceView(
    Instant Start, Instant End, string LocalStart, string LocalEnd, IReadOnlyList<WindowRemarkView> Remarks, IReadOnlyList<WindowWorkView> Work)
{
    public static WindowOccurrenceView Of(MaintenanceWindow window, WindowOccurrence o, IEnumerable<MaintenanceView> work) => new(
        o.Start, o.End, Local(window, o.Start), Local(window, o.End),
        [.. window.RemarksOn(o).Select(r => new WindowRemarkView(r.Kind, r.Detail))],
        [.. work.Select(m => new WindowWorkView(m.HostUpdate, m.Resource, m.Impact))]);

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
            if (read.Refused)
            {
                return read.Refusal;
            }

            var work = await WorkAsync(call, db, row, read.Value, cancel);
            return Reply.Ok(new Listing<WindowOccurrenceView>(
                [.. read.Value.Between(from, Instant.MaxValue).Take(count).Select(o => WindowOccurrenceView.Of(read.Value, o, work[o.Start]))]));
        })
        .WithMetadata(new Filter("from", "Windows that are open at this time or later, such as 2027-03-01T00:00:00Z; now where it is left out."))
        .WithMetadata(new Filter("count", "How many; 5 where it is left out."))
        .Needs(Access.Reader)
        .Answers<Listing<WindowOccurrenceView>>()
        .Named(nameof(ListWindowOccurrences), Tags.Maintenance, "When the window opens next, in UTC and local time");

    // What is pending for those whose window this is, by the start of the first one in which it may be done.
    private static async Task<ILookup<Instant, MaintenanceView>> WorkAsync(
        Call call, RdfeDbContext db, MaintenanceConfigurationRow row, MaintenanceWindow window, CancellationToken cancel)
    {
        var now = call.Http.RequestServices.GetRequiredService<FabricClock>().Now;
        var assigned = await db.Set<MaintenanceAssignmentRow>().Where(a => a.SubscriptionId == call.Subscription)
            .ToDictionaryAsync(a => a.Resource, a => a.Configuration, StringComparer.Ordinal, cancel);
        return (await ListMaintenance.AllAsync(call, db, cancel))
            .Where(m => m.View.Phase is not (MaintenancePhaseOfTenant.Done or MaintenancePhaseOfTenant.UnderWay)
                // The most specific of its names that has a configuration decides.
                && m.Names.OrderBy(n => n.Scope).Select(n => assigned.GetValueOrDefault(n.ToString())).FirstOrDefault(c => c is not null) == row.NameKey)
            // Only owners of machines choose their moment first (W1).
            .Select(m => (m.View, From: Latest(
                now, m.View.NotBefore, m.Names.Any(n => n.Scope == WindowScope.Services) ? null : m.View.SelfServiceUntil, m.View.DeferredUntil)))
            .Select(m => (m.View, Window: window.Between(m.From, Instant.MaxValue).FirstOrDefault()))
            .Where(m => m.Window is { } first && !(m.View.ForcedAt <= first.Start))
            .OrderBy(m => m.View.Id, StringComparer.Ordinal).ToLookup(m => m.Window!.Start, m => m.View);
    }

    private static Instant Latest(Instant now, params ReadOnlySpan<Instant?> others)
    {
        foreach (var other in others)
        {
            now = other > now ? other.Value : now;
        }

        return now;
    }

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
