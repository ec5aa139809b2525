// Topology is an input (F1): JSON in, a FabricTopology out, or every error of the document at once, each with its path.
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Topology;

/// <summary>
/// Reads topology documents (F1). The notation is described by <c>topologies/topology.schema.json</c>.
/// </summary>
public static class TopologyDocument
{
    /// <summary>The code of the refusal that lists the errors of a document.</summary>
    public const string Invalid = "invalidTopology";

    /// <summary>Reads a document, or refuses it with all its errors (<see cref="Invalid"/>).</summary>
    /// <param name="json">The document.</param>
    /// <param name="limits">How large it may be; the default limits where null.</param>
    public static Outcome<FabricTopology> Read(string json, TopologyLimits? limits = null)
    {
        var errors = new DocumentErrors();
        var topology = JsonText.Parse(json, errors) is { } root
            ? Read(root, limits ?? TopologyLimits.Default, errors)
            : null;
        return topology is null ? errors.Refuse(Invalid, "topology") : topology;
    }

    /// <summary>Reads a document that was parsed already, or refuses it with all its errors.</summary>
    public static Outcome<FabricTopology> Read(JsonNode? node, TopologyLimits? limits = null) =>
        Read(node?.ToJsonString() ?? "null", limits);

    private static FabricTopology? Read(JsonElement root, TopologyLimits limits, DocumentErrors errors)
    {
        if (JsonFields.Open(root, "$", TopologyMembers.Document, errors) is not { } document)
        {
            return null;
        }

        document.Text("$schema", required: false);
        var description = document.Text("description", required: false);
        var hardware = HardwareReader.Read(document, errors);
        var regions = new RegionReader(hardware, limits, errors).ReadGeos(document);

        // Each of these looks at the document as a whole, so it comes after all of its parts.
        TopologyChecks.Pairs(regions, errors);
        TopologyChecks.PoolsApart(regions, errors);
        TopologyChecks.PoolsLargeEnough(regions, limits, errors);
        TopologyChecks.Size(regions, limits, errors);
        TopologyChecks.RackIds(regions, errors);

        return errors.Count > 0
            ? null
            : TopologyBuilder.Build(description, [.. hardware.Values.Select(p => p!)], regions);
    }
}

/// <summary>
/// Reads the hardware profiles. A profile with errors is kept by name, so that racks that name it are not errors too.
/// </summary>
internal static class HardwareReader
{
    // Far above any machine, and low enough that the sum over all nodes stays far from overflow.
    private const long Most = 1L << 30;
    private const long MostCores = 10_000;

    public static Dictionary<string, HardwareProfile?> Read(JsonFields document, DocumentErrors errors)
    {
        var profiles = new Dictionary<string, HardwareProfile?>(StringComparer.OrdinalIgnoreCase);
        var names = new UniqueNames("hardware profile", errors);
        var families = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (element, path) in document.Items("hardware", least: 1))
        {
            if (JsonFields.Open(element, path, TopologyMembers.Hardware, errors) is not { } fields)
            {
                continue;
            }

            var name = fields.Name();
            var family = fields.Name("family");
            var total = Total(fields);
            var maintenance = HardwareMaintenance.Read(fields, errors);
            if (family is not null && !families.TryAdd(family, family) && families[family] != family)
            {
                errors.Add(fields.At("family"), $"The family '{family}' is written '{families[family]}' above.");
            }

            if (name is not null && names.Claim(name, fields.At("name")))
            {
                var complete = family is not null && total is not null;
                profiles[name] = complete ? new HardwareProfile(name.ToLowerInvariant(), family!, total!.Value) { Maintenance = maintenance } : null;
            }
        }

        return profiles;
    }

    private static Resources? Total(JsonFields fields)
    {
        var cores = fields.Hundredths("cores", MostCores);
        var memory = fields.Whole("memoryMib", 1, Most);
        var disk = fields.Whole("localDiskGib", 0, Most);
        var network = fields.Whole("networkMbps", 0, Most);
        return cores is null || memory is null || disk is null || network is null
            ? null
            : new Resources(cores.Value, memory.Value, disk.Value, network.Value);
    }
}
