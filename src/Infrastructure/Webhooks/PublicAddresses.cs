// Which addresses a tenant may have this program talk to (W3): it stands in the middle of a network that the tenant does not. Asked of
// every address that is connected to, whatever a name said before.
using System.Net;
using System.Net.Sockets;

namespace Rdfe.Infrastructure.Webhooks;

/// <summary>Tells public addresses from others.</summary>
public static class PublicAddresses
{
    // RFC 6890 and its registry: everything that is not for the whole world to be reached at.
    private static readonly IPNetwork[] NotForAll =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private static readonly IPNetwork ThisNetwork = IPNetwork.Parse("0.0.0.0/8");

    // The part of version 6 that is given out, without what carries an address of version 4 in it, or is for documents.
    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] NotGlobal = [.. new[] { "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20" }.Select(n => IPNetwork.Parse(n))];

    /// <summary>May it be connected to?</summary>
    /// <param name="address">The address.</param>
    /// <param name="loopback">True where this machine may be.</param>
    /// <param name="others">True where private and other special addresses may be.</param>
    public static bool Allows(IPAddress address, bool loopback, bool others)
    {
        var a = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IsThisMachine(a) ? loopback : others || IsPublic(a);
    }

    // Who connects to "any address" is connected to this machine (0.0.0.0/8 and ::), like by its loopback.
    private static bool IsThisMachine(IPAddress a) =>
        IPAddress.IsLoopback(a) || ThisNetwork.Contains(a) || a.Equals(IPAddress.IPv6Any);

    private static bool IsPublic(IPAddress a) => a.AddressFamily switch
    {
        AddressFamily.InterNetwork => !NotForAll.Any(n => n.Contains(a)),
        AddressFamily.InterNetworkV6 => Global.Contains(a) && !NotGlobal.Any(n => n.Contains(a)),
        _ => false,
    };
}
