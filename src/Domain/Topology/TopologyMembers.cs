// The members of each kind of object in the document: the reader refuses any other, and a test holds the JSON schema to
// it.
using System.Collections.Immutable;

namespace Rdfe.Domain.Topology;

/// <summary>The members that a topology document may have, by kind of object (F1).</summary>
public static class TopologyMembers
{
    /// <summary>Members of the document itself.</summary>
    public static ImmutableArray<string> Document { get; } = ["$schema", "description", "hardware", "geos"];

    /// <summary>Members of a hardware profile.</summary>
    public static ImmutableArray<string> Hardware { get; } =
        ["name", "family", "cores", "memoryMib", "localDiskGib", "networkMbps", "maintenance"];

    /// <summary>Members of what maintenance a hardware profile can do.</summary>
    public static ImmutableArray<string> HardwareMaintenance { get; } = ["hypervisorHotRestart", "memoryPreserving", "liveMigration"];

    /// <summary>Members of a geo.</summary>
    public static ImmutableArray<string> Geo { get; } = ["name", "regions"];

    /// <summary>Members of a region.</summary>
    public static ImmutableArray<string> Region { get; } = ["name", "pair", "clusters"];

    /// <summary>Members of a cluster.</summary>
    public static ImmutableArray<string> Cluster { get; } = ["name", "vipPool", "dipPool", "network", "fabricController", "racks"];

    /// <summary>Members of a cluster's fabric controller.</summary>
    public static ImmutableArray<string> FabricController { get; } = ["replicas"];

    /// <summary>Members of a rack, or of a run of racks.</summary>
    public static ImmutableArray<string> Rack { get; } = ["name", "names", "nodes", "hardware", "state"];

    /// <summary>Members of a group of like nodes in a rack of several kinds.</summary>
    public static ImmutableArray<string> NodeGroup { get; } = ["count", "hardware"];
}
