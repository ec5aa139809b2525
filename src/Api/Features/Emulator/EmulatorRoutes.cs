// What people who use the fabric as an emulator can ask, in one list.
namespace Rdfe.Api.Features.Emulator;

internal static class EmulatorRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        ResetFabric.Map(routes);
        SeedFabric.Map(routes);
        TakeSnapshot.Map(routes);
        RestoreSnapshot.Map(routes);
        DeleteSnapshot.Map(routes);
    }
}
