// What can be asked about maintenance, in one list.
using Rdfe.Api.Features.Maintenance;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

internal static class MaintenanceRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ListMaintenance.Map(routes);
        ApplyMaintenance.Map(routes);
        DeferMaintenance.Map(routes);
        PutMaintenanceConfiguration.Map(routes);
        DeleteMaintenanceConfiguration.Map(routes);
        ReadMaintenanceConfigurations.Map(routes);
        ListWindowOccurrences.Map(routes);
        ListMaintenanceLedger.Map(routes);
    }
}
