// What an instance learns about itself (D7), in the shape of Azure's Instance Metadata Service: names, nesting, and that
// everything is text. What the fabric does not have is there and empty, as it is in Azure where nothing was set.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.VirtualMachines;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Network;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Engine;

namespace Rdfe.Api.Features.InstanceMetadata;

public sealed record MetadataView(MetadataCompute Compute, MetadataNetwork Network);

/// <param name="Location">The region.</param>
/// <param name="Name">The machine's name; of a role instance, such as Web_IN_0.</param>
/// <param name="PlatformFaultDomain">The fault domain, a number as text; empty while it has no node.</param>
/// <param name="PlatformUpdateDomain">The update domain, a number as text.</param>
/// <param name="ResourceGroupName">The hosted service, or the availability set.</param>
/// <param name="Tags">Of a role instance its deployment, role and slot.</param>
/// <param name="VmId">A GUID that follows from the instance's id: the same for as long as the instance lives.</param>
public sealed record MetadataCompute(
    string AzEnvironment, string CustomData, string IsHostCompatibilityLayerVm, string LicenseType, string Location, string Name,
    string Offer, MetadataOsProfile OsProfile, string OsType, string PlacementGroupId, MetadataPlan Plan,
    string PlatformFaultDomain, string PlatformUpdateDomain, string Priority, string Provider, IReadOnlyList<string> PublicKeys,
    string Publisher, string ResourceGroupName, string ResourceId, string Sku, MetadataStorage StorageProfile,
    string SubscriptionId, string Tags, IReadOnlyList<MetadataTag> TagsList, string UserData, string Version, string VmId,
    string VmScaleSetName, string VmSize, string Zone);

public sealed record MetadataOsProfile(string AdminUsername, string ComputerName, string DisablePasswordAuthentication);

public sealed record MetadataPlan(string Name, string Product, string Publisher);

public sealed record MetadataTag(string Name, string Value);

/// <param name="OsDisk">Absent for role instances, whose disks are the platform's.</param>
public sealed record MetadataStorage(
    IReadOnlyList<MetadataDataDisk> DataDisks, MetadataImage ImageReference, MetadataOsDisk? OsDisk);

public sealed record MetadataDataDisk(
    string Caching, string CreateOption, [property: JsonPropertyName("diskSizeGB")] string DiskSizeGb, string Lun, string Name,
    string WriteAcceleratorEnabled);

public sealed record MetadataOsDisk(
    string Caching, string CreateOption, [property: JsonPropertyName("diskSizeGB")] string DiskSizeGb, string Name, string OsType,
    string WriteAcceleratorEnabled);

public sealed record MetadataImage(string Id, string Offer, string Publisher, string Sku, string Version);

public sealed record MetadataNetwork(IReadOnlyList<MetadataInterface> Interface);

/// <param name="MacAddress">Locally administered, and made of the private address.</param>
public sealed record MetadataInterface(MetadataIpv4 Ipv4, MetadataIpv6 Ipv6, string MacAddress);

public sealed record MetadataIpv4(IReadOnlyList<MetadataAddress> IpAddress, IReadOnlyList<MetadataSubnet> Subnet);

public sealed record MetadataIpv6(IReadOnlyList<MetadataAddress> IpAddress);

/// <param name="PublicIpAddress">The VIP through which it is reached; empty where there is none.</param>
public sealed record MetadataAddress(string PrivateIpAddress, string PublicIpAddress);

public sealed record MetadataSubnet(string Address, string Prefix);

internal sealed class MetadataDocument(FabricCatalogue catalogue)
{
    private const string Provider = "Microsoft.Compute";
    private const string Publisher = "rdfe";
    private const string Empty = "";

    /// <summary>What a role instance is told.</summary>
    public MetadataView Of(FabricInstance i, Deployment d)
    {
        MetadataTag[] tags = [new("deployment", d.Id.Value), new("role", i.Role), new("slot", Http.Wire.EnumName(d.Slot))];
        return Of(i, d.SubscriptionId, d.Service, $"{DeploymentRows.PathOf(d)}/instances/{i.Name}", d.Vip, i.GuestOs ?? Empty, "Windows", tags,
            (image, _) => new MetadataStorage([], image, null));
    }

    /// <summary>What a virtual machine is told.</summary>
    public MetadataView Of(FabricInstance i, VirtualMachine m)
    {
        var os = m.Spec.Image.StartsWith("windows", StringComparison.OrdinalIgnoreCase) ? "Windows" : "Linux";
        return Of(i, m.SubscriptionId, m.Spec.AvailabilitySet ?? Empty, m.Path(), m.Vip, m.Spec.Image, os, [],
            (image, osType) => new MetadataStorage(
                [.. m.Spec.DataDisks.Select(d => new MetadataDataDisk(
                    d.Caching.ToString(), "Empty", Text(d.SizeGib), Text(d.Lun), $"{m.Name}-{d.Lun}", "false"))],
                image,
                new MetadataOsDisk(
                    m.Spec.OsDisk.Caching.ToString(), "FromImage", Text(m.Spec.OsDisk.SizeGib), $"{m.Name}-os", osType, "false")));
    }

    private MetadataView Of(
        FabricInstance i, SubscriptionId tenant, string group, string path, Ipv4Address? vip, string imageName, string osType,
        IReadOnlyList<MetadataTag> tags, Func<MetadataImage, string, MetadataStorage> storage)
    {
        var topology = catalogue.Topology;
        var cluster = topology.Find(i.Cluster);
        var version = catalogue.Images.Find(imageName)?.Version ?? Empty;
        var faultDomain = i.Node is { } node && topology.Find(node) is { } hardware ? Text(hardware.FaultDomain) : Empty;
        return new MetadataView(
            new MetadataCompute(
                "Rdfe", Empty, "false", Empty, cluster?.Region.Value ?? Empty, i.Name, imageName,
                new MetadataOsProfile(Empty, i.Name, Empty), osType, Empty, new MetadataPlan(Empty, Empty, Empty), faultDomain,
                Text(i.UpdateDomain), "Regular", Provider, [], Publisher, group, path, Empty,
                storage(new MetadataImage(Empty, imageName, Publisher, Empty, version), osType), tenant.ToString(),
                string.Join(';', tags.Select(t => $"{t.Name}:{t.Value}")), tags, Empty, version, VmId(i.Id), Empty, i.Size, Empty),
            new MetadataNetwork(i.Dip is not { } dip ? [] :
            [
                new MetadataInterface(
                    new MetadataIpv4(
                        [new MetadataAddress(dip.ToString(), vip?.ToString() ?? Empty)],
                        cluster is null ? [] : [new MetadataSubnet(cluster.DipPool.Network.ToString(), Text(cluster.DipPool.PrefixLength))]),
                    new MetadataIpv6([]),
                    // 02 is the first byte of addresses that nobody sells.
                    $"0200{dip.Value:X8}"),
            ]));
    }

    // RFC 9562, version 8: a GUID whose bits are the maker's own.
    private static string VmId(InstanceId id)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(id.Value)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
