// A dedicated host as it is answered (P6), with the machines that are on it.
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Api.Features.DedicatedHosts;

/// <param name="Region">Where the node shall be.</param>
/// <param name="Family">The hardware family of the node.</param>
public sealed record DedicatedHostBody(string Region, string Family);

/// <param name="Cores">The cores of the whole node: what the quota counts.</param>
/// <param name="VirtualMachines">The names of the machines that are on it.</param>
public sealed record DedicatedHostView(
    string Name,
    string Region,
    string Family,
    decimal Cores,
    ProvisioningState ProvisioningState,
    string Operation,
    string? Cluster,
    string? Node,
    IReadOnlyList<string> VirtualMachines,
    PlacementView Placement,
    Instant CreatedAt,
    string Etag)
{
    public static DedicatedHostView Of(Call call, DedicatedHost h, IEnumerable<string> machines) => new(
        h.Name, h.Region, h.Family, h.Cores / 100m, h.State,
        call.Absolute($"/subscriptions/{h.SubscriptionId}/operations/{h.Operation}"),
        h.Cluster?.Value, h.Node?.Value, [.. machines.Order(StringComparer.Ordinal)], PlacementView.Of(h.Placement), h.CreatedAt, h.Etag);
}

internal static class HostPaths
{
    public static string Of(DedicatedHost host) => $"/subscriptions/{host.SubscriptionId}/dedicatedHosts/{host.Name}";
}

internal static class NodeCores
{
    /// <summary>Hundredths of cores of the largest node of a family in a region; 0 when there is none.</summary>
    public static long Of(FabricTopology topology, RegionId region, string family) =>
        (topology.Find(region)?.Clusters ?? []).SelectMany(c => c.Nodes)
            .Where(n => !n.FcReserved && n.Family == family).Select(n => n.Total.Cores).DefaultIfEmpty(0).Max();
}
