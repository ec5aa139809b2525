// N1: the public endpoints of a deployment as the load balancer sees them. An endpoint of a role is answered by all of
// its instances; where each instance has a public port of its own, every instance is an endpoint by itself.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Fabric;

/// <summary>Endpoints and members of a deployment for <see cref="LoadBalancer"/>.</summary>
public static class ServiceNetwork
{
    /// <summary>Both, from the model and the instances that stay.</summary>
    public static (IReadOnlyList<InputEndpoint> Endpoints, IReadOnlyList<NetworkInstance> Members) Of(
        DeploymentModel model, IReadOnlyList<FabricInstance> instances)
    {
        var endpoints = new List<InputEndpoint>();
        var members = instances.Where(i => i.Dip is not null)
            .SelectMany(i => new[] { Member(i, i.Role), Member(i, Alone(i)) }).ToList();
        foreach (var role in model.Roles)
        {
            foreach (var e in role.Endpoints.Where(e => e.PublicPort is not null))
            {
                if (e.LastPublicPort is { } last)
                {
                    endpoints.AddRange(PerInstance(e, last, [.. instances.Where(i => i.Role == role.Name)]));
                }
                else
                {
                    endpoints.Add(new InputEndpoint(e.Name, role.Name, TransportOf(e), e.PublicPort!.Value, e.LocalPort));
                }
            }
        }

        return (endpoints, members);
    }

    // An instance keeps the port of its number; one whose number lies beyond the ports, after others were scaled in,
    // takes the first that is free.
    private static IEnumerable<InputEndpoint> PerInstance(ServiceEndpoint e, int last, List<FabricInstance> instances)
    {
        var first = e.PublicPort!.Value;
        var free = new SortedSet<int>(Enumerable.Range(first, last - first + 1));
        foreach (var i in instances.OrderBy(i => i.Index))
        {
            var port = free.Contains(first + i.Index) ? first + i.Index : free.Count > 0 ? free.Min : (int?)null;
            if (port is { } taken)
            {
                free.Remove(taken);
                yield return new InputEndpoint($"{e.Name}/{i.Name}", Alone(i), TransportOf(e), taken, e.LocalPort);
            }
        }
    }

    private static NetworkInstance Member(FabricInstance i, string role) => new(i.Id, role, i.Dip!.Value, i.TakesTraffic);

    // No role has a slash in its name.
    private static string Alone(FabricInstance i) => $"{i.Role}/{i.Index}";

    private static Transport TransportOf(ServiceEndpoint e) => e.Protocol == "udp" ? Transport.Udp : Transport.Tcp;
}
