// Rollouts of host updates, in one list.
namespace Rdfe.Api.Features.Rollouts;

internal static class RolloutRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        PutRollout.Map(routes);
        PreviewRollout.Map(routes);
        SteerRollout.Map(routes);
        ReadRollouts.Map(routes);
    }
}
