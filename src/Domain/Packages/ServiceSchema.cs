// The two published schemas as data (D1): what we act on, what we keep, and by omission what we refuse.
// docs/service-model.md prints this table, and a test compares the two.
//
// Notation of attributes: `name!` is required, `schemaVersion~` is known and kept without effect.
// Notation of children: `Role*` may be repeated. An element marked Kept is kept with everything in it.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

/// <summary>An attribute that the schema knows.</summary>
/// <param name="Name">Its name; case matters.</param>
/// <param name="Required">True when the element is wrong without it.</param>
/// <param name="ActedOn">False when it is kept without effect.</param>
public sealed record SchemaAttribute(string Name, bool Required, bool ActedOn);

/// <summary>An element that the schema knows.</summary>
/// <param name="Name">Its name; case matters.</param>
/// <param name="ActedOn">False when it is kept without effect.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Children">The names of the elements allowed in it, and whether each may be repeated.</param>
public sealed record SchemaElement(
    string Name,
    bool ActedOn,
    ImmutableArray<SchemaAttribute> Attributes,
    ImmutableDictionary<string, bool> Children);

/// <summary>One of the two schemas: its file, root, namespace and elements (D1).</summary>
public sealed class ServiceSchema
{
    private const string Role =
        "Certificates ConfigurationSettings Imports Endpoints LocalResources LocalStorage* Runtime Startup Contents";

    private ServiceSchema(string file, string root, params SchemaElement[] elements)
    {
        (File, Root) = (file, root);
        Namespace = $"http://schemas.microsoft.com/ServiceHosting/2008/10/{root}";
        Elements = [.. elements];
        ByName = elements.ToImmutableDictionary(e => e.Name, StringComparer.Ordinal);
    }

    /// <summary>The schema of <c>ServiceDefinition.csdef</c>.</summary>
    public static ServiceSchema Definition { get; } = new(
        "ServiceDefinition.csdef",
        "ServiceDefinition",
        Acted("ServiceDefinition", "name! upgradeDomainCount topologyChangeDiscovery~ schemaVersion~",
            "LoadBalancerProbes WebRole* WorkerRole* NetworkTrafficRules"),
        Acted("WebRole", "name! vmsize enableNativeCodeExecution~", Role + " Sites"),
        Acted("WorkerRole", "name! vmsize enableNativeCodeExecution~", Role),
        Acted("ConfigurationSettings", "", "Setting*"),
        Acted("Setting", "name!", ""),
        Acted("LocalResources", "", "LocalStorage*"),
        Acted("LocalStorage", "name! sizeInMB cleanOnRoleRecycle~", ""),
        Acted("Endpoints", "", "InputEndpoint* InternalEndpoint* InstanceInputEndpoint*"),
        Acted("InputEndpoint", "name! protocol! port! localPort certificate~ ignoreRoleInstanceStatus~ "
            + "loadBalancerProbe~ loadBalancer~", ""),
        Acted("InternalEndpoint", "name! protocol! port", "FixedPort FixedPortRange"),
        Acted("InstanceInputEndpoint", "name! protocol! localPort!", "AllocatePublicPortFrom"),
        Acted("AllocatePublicPortFrom", "", "FixedPortRange"),
        Acted("FixedPort", "port!", ""),
        Acted("FixedPortRange", "min! max!", ""),
        Kept("Certificates", "", "Certificate*"),
        Kept("Certificate", "name! storeLocation! storeName! permissionLevel", ""),
        Kept("Imports", "", "Import*"),
        Kept("Import", "moduleName!", ""),
        Kept("Runtime", "executionContext", "Environment EntryPoint"),
        Kept("Environment", "", "Variable*"),
        Kept("Variable", "name! value", "RoleInstanceValue"),
        Kept("RoleInstanceValue", "xpath", ""),
        Kept("EntryPoint", "", "NetFxEntryPoint ProgramEntryPoint"),
        Kept("NetFxEntryPoint", "assemblyName! targetFrameworkVersion!", ""),
        Kept("ProgramEntryPoint", "commandLine! setReadyOnProcessStart", ""),
        Kept("Sites", "", "Site*"),
        Kept("Site", "name! physicalDirectory", "VirtualApplication* VirtualDirectory* Bindings"),
        Kept("VirtualApplication", "name! physicalDirectory!", "VirtualApplication* VirtualDirectory*"),
        Kept("VirtualDirectory", "name! physicalDirectory!", "VirtualApplication* VirtualDirectory*"),
        Kept("Bindings", "", "Binding*"),
        Kept("Binding", "name! endpointName! hostHeader", ""),
        Kept("Startup", "priority", "Task* Variable*"),
        Kept("Task", "commandLine! executionContext taskType", "Environment"),
        Kept("Contents", "", "Content*"),
        Kept("Content", "destination!", "SourceDirectory"),
        Kept("SourceDirectory", "path!", ""),
        Kept("LoadBalancerProbes", "", "LoadBalancerProbe*"),
        Kept("LoadBalancerProbe", "name! protocol! path port intervalInSeconds timeoutInSeconds", ""),
        Kept("NetworkTrafficRules", "", "OnlyAllowTrafficTo*"),
        Kept("OnlyAllowTrafficTo", "", "Destinations AllowAllTraffic WhenSource"),
        Kept("Destinations", "", "RoleEndpoint*"),
        Kept("RoleEndpoint", "endpointName! roleName!", ""),
        Kept("AllowAllTraffic", "", ""),
        Kept("WhenSource", "matches!", "FromRole*"),
        Kept("FromRole", "roleName!", ""));

    /// <summary>The schema of <c>ServiceConfiguration.cscfg</c>.</summary>
    public static ServiceSchema Configuration { get; } = new(
        "ServiceConfiguration.cscfg",
        "ServiceConfiguration",
        Acted("ServiceConfiguration", "serviceName! osFamily osVersion schemaVersion~", "Role* NetworkConfiguration"),
        Acted("Role", "name! vmName~", "Instances ConfigurationSettings Certificates"),
        Acted("Instances", "count!", ""),
        Acted("ConfigurationSettings", "", "Setting*"),
        Acted("Setting", "name! value!", ""),
        Kept("Certificates", "", "Certificate*"),
        Kept("Certificate", "name! thumbprint! thumbprintAlgorithm!", ""),
        Kept("NetworkConfiguration", "",
            "AccessControls EndpointAcls Dns VirtualNetworkSite AddressAssignments LoadBalancers"),
        Kept("AccessControls", "", "AccessControl*"),
        Kept("AccessControl", "name!", "Rule*"),
        Kept("Rule", "order! action! remoteSubnet! description", ""),
        Kept("EndpointAcls", "", "EndpointAcl*"),
        Kept("EndpointAcl", "role! endpoint! accessControl!", ""),
        Kept("Dns", "", "DnsServers"),
        Kept("DnsServers", "", "DnsServer*"),
        Kept("DnsServer", "name! IPAddress!", ""),
        Kept("VirtualNetworkSite", "name!", ""),
        Kept("AddressAssignments", "", "InstanceAddress* ReservedIPs"),
        Kept("InstanceAddress", "roleName!", "Subnets PublicIPs"),
        Kept("Subnets", "", "Subnet*"),
        Kept("Subnet", "name!", ""),
        Kept("PublicIPs", "", "PublicIP*"),
        Kept("PublicIP", "name! domainNameLabel", ""),
        Kept("ReservedIPs", "", "ReservedIP*"),
        Kept("ReservedIP", "name!", ""),
        Kept("LoadBalancers", "", "LoadBalancer*"),
        Kept("LoadBalancer", "name!", "FrontendIPConfiguration"),
        Kept("FrontendIPConfiguration", "type! subnet staticVirtualNetworkIPAddress", ""));

    /// <summary>The file's name, as errors show it.</summary>
    public string File { get; }

    /// <summary>The root element.</summary>
    public string Root { get; }

    /// <summary>The XML namespace of every element.</summary>
    public string Namespace { get; }

    /// <summary>Every known element, in the order of the table.</summary>
    public ImmutableArray<SchemaElement> Elements { get; }

    /// <summary>Every known element by name.</summary>
    public ImmutableDictionary<string, SchemaElement> ByName { get; }

    private static SchemaElement Acted(string name, string attributes, string children) =>
        new(name, true, Parse(attributes), Names(children));

    private static SchemaElement Kept(string name, string attributes, string children) =>
        new(name, false, [.. Parse(attributes).Select(a => a with { ActedOn = false })], Names(children));

    private static ImmutableArray<SchemaAttribute> Parse(string attributes) =>
        [.. Words(attributes).Select(a => new SchemaAttribute(a.TrimEnd('!', '~'), a.EndsWith('!'), !a.EndsWith('~')))];

    private static ImmutableDictionary<string, bool> Names(string children) => Words(children)
        .ToImmutableDictionary(c => c.TrimEnd('*'), c => c.EndsWith('*'), StringComparer.Ordinal);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
