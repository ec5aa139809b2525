// A maintenance configuration as it is asked for and shown (W5).
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

/// <param name="StartsAt">The first time at the earliest, and the time of day: local, such as 2027-03-06T22:00.</param>
/// <param name="Duration">How long it is open, in elapsed time.</param>
/// <param name="TimeZone">IANA name, such as Europe/Berlin.</param>
/// <param name="Recurrence">
/// Day, 3Days, Week Saturday,Sunday, 2Weeks Monday, Month day1,day15, Month dayLast, Month Last Sunday, Month Second Tuesday Offset4.
/// </param>
/// <param name="EndsAt">No window begins at this local time or later; left out for ever.</param>
public sealed record WindowView(string StartsAt, Duration Duration, string TimeZone, string Recurrence, string? EndsAt = null)
{
    public static WindowView Of(WindowText w) => new(w.StartsAt, w.Duration, w.TimeZone, w.Recurrence, w.EndsAt);

    public WindowText ToText() => new(StartsAt, Duration, TimeZone, Recurrence, EndsAt);
}

/// <param name="Assignments">virtualMachines/{name}, availabilitySets/{name}, dedicatedHosts/{name}, services/{name}.</param>
public sealed record MaintenanceConfigurationView(
    string Name, WindowView Window, IReadOnlyList<string> Assignments, Instant CreatedAt, string Etag)
{
    internal static MaintenanceConfigurationView Of(MaintenanceConfigurationRow row, IEnumerable<MaintenanceAssignmentRow> assigned)
    {
        var window = WindowView.Of(StoreJson.Read<WindowText>(row.WindowJson));
        var rows = assigned.OrderBy(a => a.Resource, StringComparer.Ordinal).ToList();
        // Over the keys: a resource's name may be written in any case.
        return new(
            row.Name, window, [.. rows.Select(Shown)], row.CreatedAt,
            ETags.Of(new PutMaintenanceConfiguration.Body(window, [.. rows.Select(a => a.Resource)])));
    }

    private static string Shown(MaintenanceAssignmentRow row) => $"{row.Resource.Split('/')[0]}/{row.Name}";
}
