// Who may talk to whom (N1): the instances of one hosted service, and of services that a virtual network joins; nobody
// else. Groups rather than pairs: a service of 10,000 instances would have 50 million pairs, and is one group.
using System.Collections.Immutable;

namespace Rdfe.Domain.Network;

/// <summary>A set of addresses that may all talk to each other: one hosted service, or one virtual network.</summary>
/// <param name="Name">Where the permission comes from: <c>service/shop</c> or <c>network/backend</c>.</param>
/// <param name="Members">The DIPs.</param>
public sealed record PacketFilterGroup(string Name, ImmutableSortedSet<Ipv4Address> Members);

/// <summary>What one instance's node lets through to it.</summary>
/// <param name="Dip">The instance's address.</param>
/// <param name="Groups">The groups whose members may talk to it, and it to them.</param>
/// <param name="OpenPorts">The ports that anybody may reach through the load balancer.</param>
public sealed record PacketFilterRules(
    Ipv4Address Dip,
    ImmutableArray<PacketFilterGroup> Groups,
    ImmutableArray<(Transport Transport, int Port)> OpenPorts);

/// <summary>A hosted service (or a VM of its own) as the filter sees it.</summary>
/// <param name="Service">Its key, unique in the fabric (subscription and name).</param>
/// <param name="Endpoints">The endpoints that are open to the world.</param>
/// <param name="Instances">The instances of both slots.</param>
public sealed record FilteredService(
    string Service, ImmutableArray<InputEndpoint> Endpoints, ImmutableArray<NetworkInstance> Instances);

/// <summary>The packet filter of VM-to-VM traffic. What no group allows is dropped.</summary>
public sealed class PacketFilter
{
    private readonly Dictionary<Ipv4Address, PacketFilterRules> rules = [];

    private PacketFilter(ImmutableArray<PacketFilterGroup> groups) => Groups = groups;

    /// <summary>Every group, services first, each kind in the order of names.</summary>
    public ImmutableArray<PacketFilterGroup> Groups { get; }

    /// <summary>
    /// Computes the filter of some services and the virtual networks (name → keys of services) that join them.
    /// </summary>
    public static PacketFilter For(
        IEnumerable<FilteredService> services, IReadOnlyDictionary<string, ImmutableArray<string>> networks)
    {
        var byKey = services.ToDictionary(s => s.Service, StringComparer.OrdinalIgnoreCase);
        var groups = ImmutableArray.CreateBuilder<PacketFilterGroup>();
        foreach (var service in byKey.Values.OrderBy(s => s.Service, StringComparer.Ordinal))
        {
            groups.Add(new PacketFilterGroup($"service/{service.Service}", Dips([service])));
        }

        foreach (var (name, joined) in networks.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            // A network may name a service that has no deployment yet.
            var present = joined.Where(byKey.ContainsKey).Select(key => byKey[key]);
            groups.Add(new PacketFilterGroup($"network/{name}", Dips(present)));
        }

        var filter = new PacketFilter(groups.ToImmutable());
        filter.Index(byKey.Values);
        return filter;
    }

    /// <summary>True when one address may talk to the other. Belonging together is not handed on: two services that
    /// each share a network with a third may still not talk to each other.</summary>
    public bool Allows(Ipv4Address from, Ipv4Address to) =>
        rules.TryGetValue(to, out var atTarget) && atTarget.Groups.Any(g => g.Members.Contains(from));

    /// <summary>What the node of that instance lets through; null where the address belongs to nobody.</summary>
    public PacketFilterRules? RulesFor(Ipv4Address dip) => rules.GetValueOrDefault(dip);

    private static ImmutableSortedSet<Ipv4Address> Dips(IEnumerable<FilteredService> services) =>
        services.SelectMany(s => s.Instances).Select(i => i.Dip).ToImmutableSortedSet();

    private void Index(IEnumerable<FilteredService> services)
    {
        var groupsOf = Groups
            .SelectMany(g => g.Members.Select(dip => (dip, g)))
            .ToLookup(pair => pair.dip, pair => pair.g);
        foreach (var service in services)
        {
            var ports = service.Endpoints.ToLookup(
                e => e.Role, e => (e.Transport, e.PrivatePort), StringComparer.OrdinalIgnoreCase);
            foreach (var instance in service.Instances)
            {
                rules[instance.Dip] = new PacketFilterRules(
                    instance.Dip, [.. groupsOf[instance.Dip]], [.. ports[instance.Role].Distinct().Order()]);
            }
        }
    }
}
