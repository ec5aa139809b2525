// Which window holds for whom, in the store (W5): what a cluster loads, what it is told of when it changes, and what becomes
// of an assignment when its resource goes.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Maintenance configurations and their assignments.</summary>
public static class MaintenanceBook
{
    /// <summary>What a cluster of that region has to know.</summary>
    public static WindowBook Load(RdfeDbContext db, RegionId region)
    {
        var assigned = db.Set<MaintenanceAssignmentRow>().AsNoTracking().Where(a => a.Region == region).ToList();
        var book = WindowBook.Empty;
        foreach (var configuration in assigned.GroupBy(a => (a.SubscriptionId, a.Configuration)))
        {
            var (subscription, key) = configuration.Key;
            if (db.Set<MaintenanceConfigurationRow>().AsNoTracking()
                .FirstOrDefault(c => c.SubscriptionId == subscription && c.NameKey == key) is { } row
                && WindowReader.Read(StoreJson.Read<WindowText>(row.WindowJson)) is { Refused: false } window)
            {
                book = book.With(subscription, row.Name, window.Value, configuration.Select(a => WindowResource.Read(a.Resource)).OfType<WindowResource>());
            }
        }

        return book;
    }

    /// <summary>What a configuration is assigned to, as the unit has it; in order.</summary>
    public static List<MaintenanceAssignmentRow> Assignments(UnitOfWork unit, SubscriptionId subscription, string configuration) =>
        [.. unit.Db.Set<MaintenanceAssignmentRow>().AsNoTracking()
            .Where(a => a.SubscriptionId == subscription && a.Configuration == configuration).OrderBy(a => a.Resource)];

    /// <summary>
    /// A resource is off the record: its assignment goes with it, so that another one of its name begins without a window.
    /// </summary>
    public static void Drop(UnitOfWork unit, PlacementDesk desk, SubscriptionId subscription, WindowScope scope, string nameKey, Instant now)
    {
        var resource = new WindowResource(scope, nameKey).ToString();
        if (unit.Find<MaintenanceAssignmentRow>(subscription, resource) is { } row
            && unit.Delete<MaintenanceAssignmentRow>(subscription, resource)
            && unit.Find<MaintenanceConfigurationRow>(subscription, row.Configuration) is { } configuration)
        {
            Tell(unit, desk, configuration, [row.Region], now);
        }
    }

    /// <summary>Tells the clusters of these regions, and of those that it is assigned in, of a configuration as it is now.</summary>
    public static void Tell(
        UnitOfWork unit, PlacementDesk desk, MaintenanceConfigurationRow row, IEnumerable<RegionId> regions, Instant now, bool gone = false)
    {
        var assigned = gone ? [] : Assignments(unit, row.SubscriptionId, row.NameKey);
        var request = new FabricRequest.WindowsChanged(
            row.SubscriptionId, row.Name, gone ? null : StoreJson.Read<WindowText>(row.WindowJson), [.. assigned.Select(a => a.Resource)]);
        foreach (var region in assigned.Select(a => a.Region).Union(regions))
        {
            desk.Tell(unit, region, request, now);
        }
    }

    /// <summary>Removes a configuration with its assignments.</summary>
    public static void Delete(UnitOfWork unit, PlacementDesk desk, MaintenanceConfigurationRow row, Instant now)
    {
        var assigned = Assignments(unit, row.SubscriptionId, row.NameKey);
        assigned.ForEach(a => unit.Delete<MaintenanceAssignmentRow>(a.SubscriptionId, a.Resource));
        unit.Delete<MaintenanceConfigurationRow>(row.SubscriptionId, row.NameKey);
        Tell(unit, desk, row, assigned.Select(a => a.Region), now, gone: true);
    }
}
