// F5: which version of what is on a node. Agents and the plug-ins inside them are versioned one by one, since a rollout
// that stopped half-way leaves them apart.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Rdfe.Domain.Images;

namespace Rdfe.Domain.Bundles;

/// <summary>What has a version of its own (F5). The order of the members is that of documents and lists.</summary>
public enum Component
{
    /// <summary>The OS of the node.</summary>
    HostOs,

    /// <summary>The hypervisor under it.</summary>
    Hypervisor,

    /// <summary>The agent that talks to the fabric controller.</summary>
    HostAgent,

    /// <summary>The host agent's plug-in that programs the virtual network.</summary>
    NetworkAgent,

    /// <summary>The host agent's driver of virtual disks.</summary>
    VirtualDiskDriver,

    /// <summary>What the board runs.</summary>
    Firmware,

    /// <summary>The agent inside role instances: a guest gets its node's as it starts.</summary>
    GuestAgent,
}

/// <summary>Versions of some or all components; a null says nothing of that one (F5).</summary>
public sealed record VersionSet(
    string? HostOs = null, string? Hypervisor = null, string? HostAgent = null, string? NetworkAgent = null,
    string? VirtualDiskDriver = null, string? Firmware = null, string? GuestAgent = null)
{
    /// <summary>Nothing is said of any.</summary>
    public static VersionSet None { get; } = new();

    /// <summary>Every component, in order.</summary>
    public static ImmutableArray<Component> Components { get; } = [.. Enum.GetValues<Component>()];

    /// <summary>Components that a node takes up only as it boots (F5): agents and their plug-ins are replaced as it runs.</summary>
    public static ImmutableArray<Component> NeedReboot { get; } = [Component.HostOs, Component.Hypervisor, Component.Firmware];

    /// <summary>The version of one of them.</summary>
    [JsonIgnore]
    public string? this[Component component] => component switch
    {
        Component.HostOs => HostOs,
        Component.Hypervisor => Hypervisor,
        Component.HostAgent => HostAgent,
        Component.NetworkAgent => NetworkAgent,
        Component.VirtualDiskDriver => VirtualDiskDriver,
        Component.Firmware => Firmware,
        Component.GuestAgent => GuestAgent,
        _ => throw new System.Diagnostics.UnreachableException(component.ToString()),
    };

    /// <summary>Components that something is said of.</summary>
    [JsonIgnore]
    public IEnumerable<Component> Named => Components.Where(c => this[c] is not null);

    /// <summary>True when host agent and network plug-in are of two generations: such a node programs no network (F5).</summary>
    [JsonIgnore]
    public bool LosesNetwork =>
        HostAgent is { } agent && NetworkAgent is { } plugin && GenerationOf(agent) != GenerationOf(plugin);

    /// <summary>This set with what <paramref name="over"/> says in place of what it said.</summary>
    public VersionSet With(VersionSet over) => new(
        over.HostOs ?? HostOs, over.Hypervisor ?? Hypervisor, over.HostAgent ?? HostAgent, over.NetworkAgent ?? NetworkAgent,
        over.VirtualDiskDriver ?? VirtualDiskDriver, over.Firmware ?? Firmware, over.GuestAgent ?? GuestAgent);

    /// <summary>This set with one component's version.</summary>
    public VersionSet With(Component component, string? version) => component switch
    {
        Component.HostOs => this with { HostOs = version },
        Component.Hypervisor => this with { Hypervisor = version },
        Component.HostAgent => this with { HostAgent = version },
        Component.NetworkAgent => this with { NetworkAgent = version },
        Component.VirtualDiskDriver => this with { VirtualDiskDriver = version },
        Component.Firmware => this with { Firmware = version },
        Component.GuestAgent => this with { GuestAgent = version },
        _ => throw new System.Diagnostics.UnreachableException(component.ToString()),
    };

    /// <summary>What it says of these components alone.</summary>
    public VersionSet Only(IReadOnlyCollection<Component> components) =>
        Components.Where(components.Contains).Aggregate(None, (set, c) => set.With(c, this[c]));

    /// <summary>True when <paramref name="node"/> has every version that is named here.</summary>
    public bool IsIn(VersionSet? node)
    {
        var there = node ?? None;
        return Same(HostOs, there.HostOs) && Same(Hypervisor, there.Hypervisor) && Same(HostAgent, there.HostAgent)
            && Same(NetworkAgent, there.NetworkAgent) && Same(VirtualDiskDriver, there.VirtualDiskDriver)
            && Same(Firmware, there.Firmware) && Same(GuestAgent, there.GuestAgent);

        static bool Same(string? named, string? has) => named is null || named == has;
    }

    /// <summary>True when a node with <paramref name="before"/> has to boot to take this up.</summary>
    public bool Reboots(VersionSet? before) => NeedReboot.Any(c => this[c] is { } version && version != before?[c]);

    /// <summary>The generation of a version: its first number. <c>119.2</c> is of generation 119.</summary>
    public static string GenerationOf(string version) =>
        new([.. version.SkipWhile(c => !char.IsAsciiDigit(c)).TakeWhile(char.IsAsciiDigit)]);
}

/// <summary>Versions that will do: a list of them, or from one up to, and without, another.</summary>
/// <param name="Versions">The list; empty where a range is given.</param>
/// <param name="From">The lowest that will do; null for no bound.</param>
/// <param name="Below">The lowest that will no longer do; null for no bound.</param>
public sealed record VersionRange(ImmutableArray<string> Versions, string? From = null, string? Below = null)
{
    /// <summary>True when that version will do.</summary>
    public bool Takes(string version) => Versions.IsDefaultOrEmpty
        ? (From is null || ImageVersion.Order.Compare(version, From) >= 0)
            && (Below is null || ImageVersion.Order.Compare(version, Below) < 0)
        : Versions.Contains(version, StringComparer.Ordinal);

    /// <summary>For people.</summary>
    public override string ToString() => Versions.IsDefaultOrEmpty
        ? string.Join(" and ", new[] { From is null ? null : $"{From} or newer", Below is null ? null : $"older than {Below}" }.OfType<string>())
        : string.Join(" or ", Versions);
}
