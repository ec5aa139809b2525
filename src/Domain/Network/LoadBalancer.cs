// What the load balancer does for one deployment (N1): a port of the VIP, mapped to the DIPs that are in rotation.
using System.Collections.Immutable;

namespace Rdfe.Domain.Network;

/// <summary>The transport of an endpoint. HTTP and HTTPS endpoints are TCP to the load balancer.</summary>
public enum Transport
{
    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,
}

/// <summary>A port of a role, or of a VM, that is open to the world (N1, D1).</summary>
/// <param name="Name">The endpoint's name.</param>
/// <param name="Role">The role (or the VM) whose instances answer.</param>
/// <param name="Transport">TCP or UDP.</param>
/// <param name="PublicPort">The port of the VIP, 1 to 65535.</param>
/// <param name="PrivatePort">The port on each instance's DIP, 1 to 65535.</param>
public sealed record InputEndpoint(string Name, string Role, Transport Transport, int PublicPort, int PrivatePort);

/// <summary>What the network knows of an instance.</summary>
/// <param name="Id">The instance.</param>
/// <param name="Role">Its role, or the VM's name.</param>
/// <param name="Dip">Its own address.</param>
/// <param name="Ready">True when it is healthy and not being taken down: it gets new connections.</param>
public sealed record NetworkInstance(InstanceId Id, string Role, Ipv4Address Dip, bool Ready);

/// <summary>One mapping of the load balancer: a port of a VIP to a port of a set of DIPs.</summary>
/// <param name="Vip">The public address.</param>
/// <param name="Transport">TCP or UDP.</param>
/// <param name="PublicPort">The port of the VIP.</param>
/// <param name="PrivatePort">The port of each DIP.</param>
/// <param name="Dips">Who gets new connections, in the order of addresses; empty while no instance is ready.</param>
public sealed record LoadBalancerRule(
    Ipv4Address Vip, Transport Transport, int PublicPort, int PrivatePort, ImmutableArray<Ipv4Address> Dips)
{
    /// <inheritdoc/>
    public bool Equals(LoadBalancerRule? other) =>
        other is not null
        && (Vip, Transport, PublicPort, PrivatePort)
            == (other.Vip, other.Transport, other.PublicPort, other.PrivatePort)
        && Dips.AsSpan().SequenceEqual(other.Dips.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Vip, Transport, PublicPort, PrivatePort, Dips.Length);
}

/// <summary>Computes the mappings of a deployment (N1).</summary>
public static class LoadBalancer
{
    /// <summary>
    /// One rule for each endpoint, ordered by port; refused where two endpoints want the same port of the VIP.
    /// </summary>
    public static Outcome<ImmutableArray<LoadBalancerRule>> Rules(
        Ipv4Address vip, IEnumerable<InputEndpoint> endpoints, IEnumerable<NetworkInstance> instances)
    {
        var inRotation = instances
            .Where(i => i.Ready)
            .ToLookup(i => i.Role, i => i.Dip, StringComparer.OrdinalIgnoreCase);
        var ordered = endpoints.OrderBy(e => e.PublicPort).ThenBy(e => e.Transport).ToList();
        foreach (var (first, second) in ordered.Zip(ordered.Skip(1)))
        {
            if ((first.PublicPort, first.Transport) == (second.PublicPort, second.Transport))
            {
                return Refusals.Conflict(
                    "endpointConflict",
                    $"The endpoints '{first.Name}' and '{second.Name}' both want port {first.PublicPort} of {vip}.");
            }
        }

        return ordered
            .Select(e => new LoadBalancerRule(
                vip, e.Transport, e.PublicPort, e.PrivatePort, [.. inRotation[e.Role].Order()]))
            .ToImmutableArray();
    }
}
