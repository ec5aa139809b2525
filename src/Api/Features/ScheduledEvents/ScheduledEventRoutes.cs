// Scheduled events, as guests and as their owners see them, in one list.
namespace Rdfe.Api.Features.ScheduledEvents;

internal static class ScheduledEventRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ReadScheduledEvents.Map(routes);
        StartScheduledEvents.Map(routes);
        ListScheduledEvents.Map(routes);
        AcknowledgeMaintenance.Map(routes);
    }
}
