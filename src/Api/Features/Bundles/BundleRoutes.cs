// Versions, bundles, and how they come onto nodes, in one list.
namespace Rdfe.Api.Features.Bundles;

internal static class BundleRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        PutBundle.Map(routes);
        InstallBundle.Map(routes);
        OverrideBundle.Map(routes);
        CancelBundle.Map(routes);
        ReadClusterBundle.Map(routes);
    }
}
