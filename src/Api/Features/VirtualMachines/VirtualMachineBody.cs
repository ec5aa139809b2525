// A virtual machine as a tenant writes it (D3, D5, P6).
using NodaTime;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Api.Features.VirtualMachines;

/// <param name="Name">Its name, unique on the machine.</param>
/// <param name="Protocol">tcp, udp, http or https.</param>
/// <param name="PublicPort">Port on the VIP.</param>
/// <param name="LocalPort">Port on the machine.</param>
public sealed record EndpointBody(string Name, string Protocol, int PublicPort, int LocalPort);

public sealed record OsDiskBody(int? SizeGib = null, DiskCaching Caching = DiskCaching.ReadWrite);

public sealed record DataDiskBody(int Lun, int SizeGib, DiskCaching Caching = DiskCaching.None);

/// <param name="Size">Name of a size.</param>
/// <param name="Image">Name of an image of the kind vm.</param>
/// <param name="Region">Where it shall be; or name an affinity group, a set or a host that says so.</param>
/// <param name="AffinityGroup">Near what else is in the group.</param>
/// <param name="AvailabilitySet">Never down together with the others of the set.</param>
/// <param name="DedicatedHost">On this node of one's own.</param>
/// <param name="Isolated">Alone on its node; the quota counts the size's cores, not the node's.</param>
/// <param name="Endpoints">What the outside reaches; any of them takes a VIP.</param>
/// <param name="OsDisk">The OS disk.</param>
/// <param name="DataDisks">Further disks.</param>
/// <param name="Maintenance">What it bears of the platform's maintenance; where it says nothing, its availability set's words hold.</param>
/// <param name="TerminationNotice">How long before it is deleted its guest is told by a scheduled event, PT5M to PT15M; it is not told where this is absent.</param>
public sealed record VirtualMachineBody(
    string Size,
    string Image,
    string? Region = null,
    string? AffinityGroup = null,
    string? AvailabilitySet = null,
    string? DedicatedHost = null,
    bool Isolated = false,
    IReadOnlyList<EndpointBody>? Endpoints = null,
    OsDiskBody? OsDisk = null,
    IReadOnlyList<DataDiskBody>? DataDisks = null,
    MaintenanceCeilings? Maintenance = null,
    Duration? TerminationNotice = null)
{
    /// <summary>What was set, in one form whatever was left out: etags and comparisons are made of it.</summary>
    public static VirtualMachineBody Of(VirtualMachineSpec spec) => new(
        spec.Size,
        spec.Image,
        spec.AffinityGroup is null ? spec.Region : null,
        spec.AffinityGroup,
        spec.AvailabilitySet,
        spec.DedicatedHost,
        spec.Isolated,
        [.. spec.Endpoints.Select(e => new EndpointBody(e.Name, e.Protocol, e.PublicPort ?? 0, e.LocalPort))],
        new OsDiskBody(spec.OsDisk.SizeGib, spec.OsDisk.Caching),
        [.. spec.DataDisks.Select(d => new DataDiskBody(d.Lun, d.SizeGib, d.Caching))],
        spec.Maintenance,
        spec.TerminationNotice);
}
