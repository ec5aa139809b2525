// M4, F4, F5: an update of hosts as an operator describes it: what changes, and by which technologies it may be brought on.
// Which one a node gets is the ladder's to say, for it depends on the node and on what runs there (Ladder.cs).
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Rdfe.Domain.Bundles;

namespace Rdfe.Domain.Maintenance;

/// <summary>What an update of hosts changes (M4).</summary>
public enum MaintainedComponent
{
    /// <summary>The OS of the node.</summary>
    HostOs,

    /// <summary>The hypervisor under it.</summary>
    Hypervisor,

    /// <summary>The agent that talks to the fabric controller.</summary>
    HostAgent,

    /// <summary>The plug-in that programs the virtual network.</summary>
    NetworkAgent,

    /// <summary>The driver of virtual disks.</summary>
    VirtualDiskDriver,

    /// <summary>What the board runs.</summary>
    Firmware,

    /// <summary>The machine itself: it is emptied and taken out for good (M7).</summary>
    Hardware,
}

/// <summary>Which kinds of memory-preserving maintenance an update allows (M4).</summary>
public enum MemoryPreserving
{
    /// <summary>None.</summary>
    None,

    /// <summary>The whole host OS is replaced under guests that are paused with their memory kept (VM-PHU).</summary>
    Heavy,

    /// <summary>The component is replaced while guests are paused and the host OS stays up; the heavy way does as well.</summary>
    Light,
}

/// <summary>An update of hosts (M4).</summary>
public sealed record HostUpdate
{
    /// <summary>The code of the refusal that lists the errors of a document.</summary>
    public const string Invalid = "invalidHostUpdate";

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it changes.</summary>
    public required MaintainedComponent Component { get; init; }

    /// <summary>The version that nodes have after it; null for hardware that goes.</summary>
    public string? Version { get; init; }

    /// <summary>The image of the repository that is staged on the node first (F4); a host OS has one, nothing else does.</summary>
    public string? Image { get; init; }

    /// <summary>Functions are redirected as they run: milliseconds, invisible to guests.</summary>
    public bool HotPatchable { get; init; }

    /// <summary>The running hypervisor may be replaced by this one (hot restart).</summary>
    public bool HypervisorReplaceable { get; init; }

    /// <summary>Which kinds of memory-preserving maintenance it allows.</summary>
    public MemoryPreserving MemoryPreserving { get; init; }

    /// <summary>Guests may be moved away as they run, and the node updated once it is empty.</summary>
    public bool LiveMigratable { get; init; } = true;

    /// <summary>It takes effect only with a boot of the host; the technologies that it allows go around that.</summary>
    public bool NeedsHostReboot { get; init; }

    /// <summary>It is not held to one reboot a month (M5).</summary>
    public bool SecurityCritical { get; init; }

    /// <summary>What must hold on the same node after it (F5).</summary>
    public ImmutableArray<Requirement> Requires { get; init; } = [];

    /// <summary>Components that must be of one generation with the one that it brings (F5).</summary>
    public ImmutableArray<Component> SameGeneration { get; init; } = [];

    /// <summary>What has changed, for operators.</summary>
    public string? ReleaseNotes { get; init; }

    /// <summary>What tenants are told of it.</summary>
    public string? Impact { get; init; }

    /// <summary>What a node has after it, besides what it had.</summary>
    [JsonIgnore]
    public VersionSet Versions => ComponentOf(Component) is { } component ? VersionSet.None.With(component, Version) : VersionSet.None;

    /// <summary>True for agents and their plug-ins, which are replaced as the node runs where nothing else is said.</summary>
    [JsonIgnore]
    public bool IsOfAgent =>
        Component is MaintainedComponent.HostAgent or MaintainedComponent.NetworkAgent or MaintainedComponent.VirtualDiskDriver;

    /// <summary>What it requires, as rules of the compatibility matrix (F5).</summary>
    [JsonIgnore]
    public ImmutableArray<CompatibilityRule> Rules => Requires.IsDefaultOrEmpty && SameGeneration.IsDefaultOrEmpty ? []
        : CompatibilityMatrix.Of([new Bundle(Name, Versions, Requires, SameGeneration, null)]).Rules;

    /// <summary>The versioned component of a maintained one; null for hardware.</summary>
    public static Component? ComponentOf(MaintainedComponent component) => component switch
    {
        MaintainedComponent.HostOs => Bundles.Component.HostOs,
        MaintainedComponent.Hypervisor => Bundles.Component.Hypervisor,
        MaintainedComponent.HostAgent => Bundles.Component.HostAgent,
        MaintainedComponent.NetworkAgent => Bundles.Component.NetworkAgent,
        MaintainedComponent.VirtualDiskDriver => Bundles.Component.VirtualDiskDriver,
        MaintainedComponent.Firmware => Bundles.Component.Firmware,
        MaintainedComponent.Hardware => null,
        _ => throw new System.Diagnostics.UnreachableException(component.ToString()),
    };
}
