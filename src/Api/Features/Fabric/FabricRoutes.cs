// The operator's resources, in one list.
using Rdfe.Api.Features.Bundles;
using Rdfe.Api.Features.Faults;
using Rdfe.Api.Features.HostUpdates;
using Rdfe.Api.Features.Rollouts;

namespace Rdfe.Api.Features.Fabric;

internal static class FabricRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        PutTopology.Map(routes);
        PutSize.Map(routes);
        PutImage.Map(routes);
        ReadClusters.Map(routes);
        ReadNodes.Map(routes);
        ProvisionNode.Map(routes);
        ServiceNode.Map(routes);
        OverrideBrakes.Map(routes);
        PreviewAllocation.Map(routes);
        PutClock.Map(routes);
        AdvanceClock.Map(routes);
        StreamEvents.Map(routes);
        PutSafeMode.Map(routes);
        PutFault.Map(routes);
        DeleteFault.Map(routes);
        ReadFaults.Map(routes);
        ReadController.Map(routes);
        BundleRoutes.Map(routes);
        PutHostUpdate.Map(routes);
        RolloutRoutes.Map(routes);
    }
}
