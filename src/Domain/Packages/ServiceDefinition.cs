// What a csdef says, once read (D1, D4, P3): the roles that make a service, and what each needs.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

/// <summary>The two kinds of role (D4).</summary>
public enum RoleKind
{
    /// <summary>A role with a web server in front.</summary>
    Web,

    /// <summary>A role that runs a program.</summary>
    Worker,
}

/// <summary>Who can reach an endpoint (D1).</summary>
public enum EndpointKind
{
    /// <summary>The world, through the load balancer.</summary>
    Input,

    /// <summary>The instances of the same service only.</summary>
    Internal,

    /// <summary>The world, one public port per instance.</summary>
    InstanceInput,
}

/// <summary>What an endpoint speaks.</summary>
public enum EndpointProtocol
{
    /// <summary>HTTP over TCP.</summary>
    Http,

    /// <summary>HTTP over TLS over TCP.</summary>
    Https,

    /// <summary>TCP.</summary>
    Tcp,

    /// <summary>UDP.</summary>
    Udp,

    /// <summary>Any protocol, any port; internal endpoints only.</summary>
    Any,
}

/// <summary>Ports from <paramref name="Min"/> to <paramref name="Max"/>, both included.</summary>
public readonly record struct PortRange(int Min, int Max)
{
    /// <summary>How many ports there are.</summary>
    public int Count => Max - Min + 1;

    /// <summary>True when the two have a port in common.</summary>
    public bool Overlaps(PortRange other) => Min <= other.Max && other.Min <= Max;

    /// <inheritdoc/>
    public override string ToString() => Min == Max ? $"{Min}" : $"{Min}-{Max}";
}

/// <summary>An endpoint of a role (D1).</summary>
/// <param name="Name">Its name, unique in its role.</param>
/// <param name="Kind">Who can reach it.</param>
/// <param name="Protocol">What it speaks.</param>
/// <param name="PublicPorts">Ports on the VIP; null for internal endpoints.</param>
/// <param name="LocalPorts">Ports on each instance; null where the fabric chooses.</param>
/// <param name="At">Where it is written.</param>
public sealed record RoleEndpoint(
    string Name, EndpointKind Kind, EndpointProtocol Protocol, PortRange? PublicPorts, PortRange? LocalPorts, Place At);

/// <summary>A setting that a role declares; its value is in the configuration.</summary>
/// <param name="Name">Its name, unique in its role.</param>
/// <param name="At">Where it is written.</param>
public sealed record SettingDeclaration(string Name, Place At);

/// <summary>Room on an instance's resource disk that a role asks for (D3).</summary>
/// <param name="Name">Its name, unique in its role.</param>
/// <param name="SizeMib">How much, MiB.</param>
/// <param name="At">Where it is written.</param>
public sealed record LocalStorage(string Name, int SizeMib, Place At);

/// <summary>A role as the definition has it (D4).</summary>
/// <param name="Name">Its name, unique in the service whatever the case; also its folder in the package.</param>
/// <param name="Kind">Web or worker.</param>
/// <param name="VmSize">The name of its size in the catalogue.</param>
/// <param name="Endpoints">Its endpoints, in the order written.</param>
/// <param name="Settings">The settings that the configuration must give.</param>
/// <param name="LocalStorage">Its local stores.</param>
/// <param name="Imports">Modules that it imports; each brings settings of its own.</param>
/// <param name="At">Where it is written.</param>
public sealed record RoleDefinition(
    string Name,
    RoleKind Kind,
    string VmSize,
    ImmutableArray<RoleEndpoint> Endpoints,
    ImmutableArray<SettingDeclaration> Settings,
    ImmutableArray<LocalStorage> LocalStorage,
    ImmutableArray<string> Imports,
    Place At)
{
    /// <summary>The names of the settings that the configuration must give.</summary>
    public IEnumerable<string> SettingNames => Settings.Select(s => s.Name);
}

/// <summary>A service definition (D1).</summary>
/// <param name="Name">The service's name; the configuration repeats it.</param>
/// <param name="UpgradeDomainCount">How many update domains its roles are spread over (P3).</param>
/// <param name="Roles">Its roles, in the order written; at least one.</param>
/// <param name="Advice">What is kept without effect, and what only a code update can change (D6).</param>
/// <param name="At">Where it is written.</param>
public sealed record ServiceDefinition(
    string Name,
    int UpgradeDomainCount,
    ImmutableArray<RoleDefinition> Roles,
    ImmutableArray<Advice> Advice,
    Place At);
