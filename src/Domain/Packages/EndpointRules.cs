// Endpoints of a definition (D1): how they are written, and which ports they may not share.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

internal static class EndpointRules
{
    public static ImmutableArray<RoleEndpoint> Read(XmlPart role, PackageLimits limits, PackageFindings findings)
    {
        var certificates = role.All("Certificate", "Certificates").Select(c => c["name"]).ToHashSet();
        ImmutableArray<RoleEndpoint> endpoints = [.. role.All("Endpoints").SelectMany(e => e.Children)
            .Select(part => part.Name switch
            {
                "InputEndpoint" => Input(part, certificates, limits, findings),
                "InternalEndpoint" => Internal(part, limits, findings),
                "InstanceInputEndpoint" => InstanceInput(part, limits, findings),
                _ => null, // Reported by the schema check.
            })
            .OfType<RoleEndpoint>()];
        XmlValues.Unique(endpoints.Where(e => e.Name.Length > 0), e => e.Name, e => e.At, "endpoint",
            StringComparer.OrdinalIgnoreCase, findings);
        return endpoints;
    }

    /// <summary>Public ports are shared by the whole service, local ports by one role; TCP and UDP are apart.</summary>
    public static void Check(ImmutableArray<RoleDefinition> roles, PackageLimits limits, PackageFindings findings)
    {
        var all = roles.SelectMany(r => r.Endpoints).ToList();
        foreach (var kind in all.GroupBy(e => e.Kind).Where(g => g.Count() > limits.MaxEndpointsPerKind))
        {
            findings.Add(kind.ElementAt(limits.MaxEndpointsPerKind).At,
                $"A service has at most {limits.MaxEndpointsPerKind} endpoints of a kind; this one has "
                + $"{kind.Count()}.");
            return; // Comparing every pair is for small numbers.
        }

        Clashes(all, e => e.PublicPorts, "public", findings);
        foreach (var role in roles)
        {
            Clashes(role.Endpoints, e => e.LocalPorts, "local", findings);
        }
    }

    private static RoleEndpoint Input(
        XmlPart part, HashSet<string?> certificates, PackageLimits limits, PackageFindings findings)
    {
        var protocol = Protocol(part, findings,
            EndpointProtocol.Http, EndpointProtocol.Https, EndpointProtocol.Tcp, EndpointProtocol.Udp);
        var port = One(XmlValues.Port(part, "port", findings));
        var local = part["localPort"] switch
        {
            null => port,
            "*" => null, // The fabric chooses.
            _ => One(XmlValues.Port(part, "localPort", findings)),
        };
        if (protocol == EndpointProtocol.Https && part["certificate"] is null)
        {
            findings.Add(part.At("certificate"), "An endpoint that speaks https names a certificate of its role.");
        }
        else if (part["certificate"] is { } certificate && !certificates.Contains(certificate))
        {
            findings.Add(part.At("certificate"), $"The role has no certificate {PackageFindings.Shown(certificate)}.");
        }

        return new(XmlValues.Name(part, "name", limits, findings) ?? "", EndpointKind.Input, protocol, port, local,
            part.Place);
    }

    private static RoleEndpoint Internal(XmlPart part, PackageLimits limits, PackageFindings findings)
    {
        var protocol = Protocol(part, findings,
            EndpointProtocol.Http, EndpointProtocol.Tcp, EndpointProtocol.Udp, EndpointProtocol.Any);
        var written = new[]
        {
            One(XmlValues.Port(part, "port", findings)),
            part.Child("FixedPort") is { } fixedPort ? One(XmlValues.Port(fixedPort, "port", findings)) : null,
            part.Child("FixedPortRange") is { } range ? Range(range, findings) : null,
        };
        if (written.Count(w => w is not null) > 1)
        {
            findings.Add(part.Place, "The ports are given more than once: by port, FixedPort or FixedPortRange.");
        }

        var ports = written.FirstOrDefault(w => w is not null);
        return new(XmlValues.Name(part, "name", limits, findings) ?? "", EndpointKind.Internal, protocol, null,
            ports, part.Place);
    }

    private static RoleEndpoint InstanceInput(XmlPart part, PackageLimits limits, PackageFindings findings)
    {
        var protocol = Protocol(part, findings, EndpointProtocol.Tcp, EndpointProtocol.Udp);
        var range = part.Child("AllocatePublicPortFrom")?.Child("FixedPortRange");
        if (range is null)
        {
            findings.Add(part.Place, "The public ports are missing: AllocatePublicPortFrom with a FixedPortRange.");
        }

        return new(
            XmlValues.Name(part, "name", limits, findings) ?? "",
            EndpointKind.InstanceInput,
            protocol,
            range is null ? null : Range(range, findings),
            One(XmlValues.Port(part, "localPort", findings)),
            part.Place);
    }

    /// <summary>The schema writes protocols in small letters, its documentation in capitals: both are meant.</summary>
    private static EndpointProtocol Protocol(XmlPart part, PackageFindings findings, params EndpointProtocol[] allowed)
    {
        var text = part["protocol"];
        foreach (var protocol in allowed)
        {
            if (protocol.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return protocol;
            }
        }

        if (text is not null)
        {
#pragma warning disable CA1308 // Small letters are how the schema writes them.
            var names = string.Join(", ", allowed).ToLowerInvariant();
#pragma warning restore CA1308
            findings.Add(part.At("protocol"), $"{PackageFindings.Shown(text)} is not one of {names}.");
        }

        return allowed[0];
    }

    private static PortRange? Range(XmlPart part, PackageFindings findings)
    {
        if (XmlValues.Port(part, "min", findings) is not { } min
            || XmlValues.Port(part, "max", findings) is not { } max)
        {
            return null;
        }

        if (min <= max)
        {
            return new PortRange(min, max);
        }

        findings.Add(part.At("min"), $"The range ends at {max}, before it begins at {min}.");
        return null;
    }

    private static PortRange? One(int? port) => port is { } p ? new PortRange(p, p) : null;

    private static void Clashes(
        IReadOnlyList<RoleEndpoint> endpoints,
        Func<RoleEndpoint, PortRange?> ports,
        string what,
        PackageFindings findings)
    {
        for (var i = 0; i < endpoints.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (ports(endpoints[i]) is { } mine && ports(endpoints[j]) is { } theirs && mine.Overlaps(theirs)
                    && SharesTransport(endpoints[i].Protocol, endpoints[j].Protocol))
                {
                    findings.Add(endpoints[i].At, $"The {what} port {mine} clashes with {theirs} of the endpoint "
                        + $"'{endpoints[j].Name}' on line {endpoints[j].At.Line}.");
                }
            }
        }
    }

    private static bool SharesTransport(EndpointProtocol a, EndpointProtocol b) =>
        a == EndpointProtocol.Any || b == EndpointProtocol.Any
        || (a == EndpointProtocol.Udp) == (b == EndpointProtocol.Udp);
}
