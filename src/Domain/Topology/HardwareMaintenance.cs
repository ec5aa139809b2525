// M4: what maintenance a kind of node can do. Not every machine can pause its guests and keep their memory, or move them as
// they run: some of the M, N and H series can't. It is data of the topology, for it is known of the hardware and not computed.
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Topology;

/// <summary>Which memory-preserving maintenance hardware can do (M4).</summary>
public enum HardwareMemoryPreserving
{
    /// <summary>All of it.</summary>
    Any,

    /// <summary>Only that which leaves the host OS up.</summary>
    Light,

    /// <summary>None.</summary>
    None,
}

/// <summary>What a hardware profile can do (M4); everything where the document says nothing.</summary>
/// <param name="HypervisorHotRestart">Its hypervisor can be replaced as it runs.</param>
/// <param name="MemoryPreserving">Guests can be paused with their memory kept.</param>
/// <param name="LiveMigration">Guests can be moved as they run.</param>
public sealed record HardwareMaintenance(
    bool HypervisorHotRestart = true, HardwareMemoryPreserving MemoryPreserving = HardwareMemoryPreserving.Any, bool LiveMigration = true)
{
    /// <summary>Everything can be done.</summary>
    public static HardwareMaintenance All { get; } = new();

    internal static HardwareMaintenance Read(JsonFields profile, DocumentErrors errors)
    {
        if (profile.Element("maintenance", required: false) is not { } element
            || JsonFields.Open(element, profile.At("maintenance"), TopologyMembers.HardwareMaintenance, errors) is not { } fields)
        {
            return All;
        }

        var words = Enum.GetValues<HardwareMemoryPreserving>().Select(k => Words.Of(k)).ToList();
        var word = fields.Word("memoryPreserving", [.. words], required: false);
        return new(
            fields.Flag("hypervisorHotRestart", true),
            word is null ? HardwareMemoryPreserving.Any : (HardwareMemoryPreserving)words.IndexOf(word),
            fields.Flag("liveMigration", true));
    }
}
