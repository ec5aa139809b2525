using System.Collections.Immutable;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Tests.Network;

public sealed class TrafficTests
{
    private static readonly Ipv4Address Vip = Ip("65.52.0.1");

    private static readonly ImmutableArray<InputEndpoint> Endpoints =
    [
        new("https", "web", Transport.Tcp, 443, 8443),
        new("http", "web", Transport.Tcp, 80, 8080),
        new("log", "worker", Transport.Udp, 514, 514),
    ];

    [Fact, Trait("spec", "N1")]
    public void A_port_of_the_VIP_goes_to_the_ready_instances_of_its_role() =>
        Assert.Equal(
            """
            Tcp 80 -> 8080: 10.1.0.2 10.1.0.10
            Tcp 443 -> 8443: 10.1.0.2 10.1.0.10
            Udp 514 -> 514: 
            """,
            Shown(Endpoints, [
                Instance("web.1", "10.1.0.10"), Instance("web.0", "10.1.0.2"), Instance("web.2", "10.1.0.3", ready: false),
                Instance("worker.0", "10.1.0.4", ready: false), Instance("cache.0", "10.1.0.5"),
            ]));

    [Fact, Trait("spec", "N1")]
    public void Tcp_and_udp_may_share_a_port_and_two_endpoints_of_one_transport_may_not()
    {
        InputEndpoint dns = new("dns", "web", Transport.Udp, 80, 53);
        InputEndpoint other = new("other", "worker", Transport.Tcp, 80, 99);

        Assert.False(LoadBalancer.Rules(Vip, [.. Endpoints, dns], []).Refused);
        var refusal = LoadBalancer.Rules(Vip, [.. Endpoints, dns, other], []).Refusal!;
        Assert.Equal(
            ("endpointConflict", "The endpoints 'http' and 'other' both want port 80 of 65.52.0.1."),
            (refusal.Code, refusal.Detail));
    }

    [Fact, Trait("spec", "N1")]
    public void Rules_are_equal_when_they_say_the_same() =>
        Assert.Equal(
            LoadBalancer.Rules(Vip, Endpoints, [Instance("web.0", "10.1.0.2")]).Value,
            LoadBalancer.Rules(Vip, Endpoints.Reverse(), [Instance("web.0", "10.1.0.2")]).Value);

    // shop and stock are joined by the network "back", stock and mail by "post": shop may not talk to mail.
    [Theory, Trait("spec", "N1")]
    [InlineData("10.1.0.1", "10.1.0.2", true)] // both of shop
    [InlineData("10.1.0.1", "10.1.0.11", true)] // shop and stock, joined
    [InlineData("10.1.0.11", "10.2.0.1", true)] // stock and mail, joined over two clusters
    [InlineData("10.1.0.1", "10.2.0.1", false)] // joined to the same third: not handed on
    [InlineData("10.1.0.1", "10.1.0.21", false)] // a stranger on the same cluster
    [InlineData("10.1.0.1", "10.9.9.9", false)] // nobody's address
    public void Instances_talk_inside_their_service_and_inside_a_virtual_network_only(string from, string to, bool allowed)
    {
        var filter = Town();

        Assert.Equal(allowed, filter.Allows(Ip(from), Ip(to)));
        Assert.Equal(allowed, filter.Allows(Ip(to), Ip(from)));
    }

    [Fact, Trait("spec", "N1")]
    public void A_node_gets_the_rules_of_its_instance()
    {
        var rules = Town().RulesFor(Ip("10.1.0.1"))!;

        Assert.Equal(["service/shop", "network/back"], rules.Groups.Select(g => g.Name));
        Assert.Equal([(Transport.Tcp, 8080), (Transport.Tcp, 8443)], rules.OpenPorts);
        Assert.Null(Town().RulesFor(Ip("10.9.9.9")));
    }

    [Fact, Trait("spec", "N1")]
    public void A_network_may_name_a_service_that_has_no_instance() =>
        Assert.Equal(
            ["service/mail 1", "service/shop 2", "service/stock 1", "service/stranger 1", "network/back 3", "network/post 2"],
            Town().Groups.Select(g => $"{g.Name} {g.Members.Count}"));

    private static PacketFilter Town() => PacketFilter.For(
        [
            new FilteredService("shop", Endpoints, [Instance("web.0", "10.1.0.1"), Instance("worker.0", "10.1.0.2")]),
            new FilteredService("stock", [], [Instance("web.0", "10.1.0.11")]),
            new FilteredService("mail", [], [Instance("web.0", "10.2.0.1")]),
            new FilteredService("stranger", [], [Instance("web.0", "10.1.0.21")]),
        ],
        new Dictionary<string, ImmutableArray<string>> { ["post"] = ["stock", "mail"], ["back"] = ["shop", "stock", "soon"] });

    private static string Shown(ImmutableArray<InputEndpoint> endpoints, ImmutableArray<NetworkInstance> instances) =>
        string.Join("\n", LoadBalancer.Rules(Vip, endpoints, instances).Value.Select(r =>
            $"{r.Transport} {r.PublicPort} -> {r.PrivatePort}: {string.Join(" ", r.Dips)}"));

    private static NetworkInstance Instance(string name, string dip, bool ready = true) =>
        new(new InstanceId($"{name}@{dip}"), name.Split('.')[0], Ip(dip), ready);

    private static Ipv4Address Ip(string text) => Ipv4Address.Parse(text)!.Value;
}
