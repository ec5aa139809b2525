// What can be asked about maintenance windows, in one list.
namespace Rdfe.Api.Features.MaintenanceConfigurations;

internal static class MaintenanceRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        PutMaintenanceConfiguration.Map(routes);
        DeleteMaintenanceConfiguration.Map(routes);
        ReadMaintenanceConfigurations.Map(routes);
        ListWindowOccurrences.Map(routes);
        ListMaintenanceLedger.Map(routes);
    }
}
