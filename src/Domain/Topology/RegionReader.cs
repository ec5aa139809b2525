// Reads geos, regions, clusters and racks (F1), downwards, each with the errors that can be seen from where it stands.
using System.Collections.Immutable;
using System.Text.Json;
using Rdfe.Domain.Documents;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Topology;

internal sealed class RegionReader(
    Dictionary<string, HardwareProfile?> hardware, TopologyLimits limits, DocumentErrors errors)
{
    private const string Ready = "ready";
    private const string Provisioning = "provisioning";

    // F2: five replicas survive two failures, and fit into any real cluster.
    private const int DefaultReplicas = 5;

    private readonly UniqueNames geos = new("geo", errors);
    private readonly UniqueNames regions = new("region", errors);
    private readonly UniqueNames clusters = new("cluster", errors);

    public ImmutableArray<RegionDraft> ReadGeos(JsonFields document)
    {
        var read = ImmutableArray.CreateBuilder<RegionDraft>();
        foreach (var (element, path) in document.Items("geos", least: 1))
        {
            if (JsonFields.Open(element, path, TopologyMembers.Geo, errors) is { } fields)
            {
                var name = Claim(fields, geos);

                // Regions of a geo without a name still belong together, which is what pairs are checked by.
                var geo = name ?? path;
                read.AddRange(fields.Items("regions", least: 2)
                    .Select(r => ReadRegion(r.Element, r.Path, geo))
                    .OfType<RegionDraft>());
            }
        }

        return read.ToImmutable();
    }

    private RegionDraft? ReadRegion(JsonElement element, string path, string geo) =>
        JsonFields.Open(element, path, TopologyMembers.Region, errors) is not { } fields
            ? null
            : new RegionDraft(
                path,
                Claim(fields, regions),
                geo,
                fields.Name("pair"),
                [.. fields.Items("clusters", least: 1)
                    .Select(c => ReadCluster(c.Element, c.Path))
                    .OfType<ClusterDraft>()]);

    private ClusterDraft? ReadCluster(JsonElement element, string path)
    {
        if (JsonFields.Open(element, path, TopologyMembers.Cluster, errors) is not { } fields)
        {
            return null;
        }

        var name = Claim(fields, clusters);
        var vips = ReadPool(fields, "vipPool");
        var dips = ReadPool(fields, "dipPool");
        var network = ClusterNetwork.Read(fields);

        // Racks with errors are too few or too small as read, which must not become an error of what is measured by
        // them.
        var errorsBefore = errors.Count;
        var racks = ReadRacks(fields);
        var sound = errors.Count == errorsBefore;
        var replicas = ReadReplicas(fields, racks.Length, most: sound ? racks.Length : limits.RacksPerCluster);
        return new ClusterDraft(path, name, vips, dips, network, replicas, racks, sound);
    }

    private AddressPool? ReadPool(JsonFields fields, string name)
    {
        if (fields.Text(name) is not { } text)
        {
            return null;
        }

        var pool = AddressPool.Parse(text, out var error);
        if (error is not null)
        {
            errors.Add(fields.At(name), error);
        }

        return pool;
    }

    private int ReadReplicas(JsonFields cluster, int racks, int most)
    {
        if (cluster.Element("fabricController", required: false) is not { } element)
        {
            return Math.Min(DefaultReplicas, racks);
        }

        // Replicas spread over fault domains (F2), so there can be no more of them than racks.
        var fields = JsonFields.Open(element, cluster.At("fabricController"), TopologyMembers.FabricController, errors);
        return (int)(fields?.Whole("replicas", 1, most) ?? 1);
    }

    private ImmutableArray<RackDraft> ReadRacks(JsonFields cluster)
    {
        var racks = ImmutableArray.CreateBuilder<RackDraft>();
        var names = new UniqueNames("rack", errors);
        foreach (var (element, path) in cluster.Items("racks", least: 1))
        {
            if (JsonFields.Open(element, path, TopologyMembers.Rack, errors) is not { } fields)
            {
                continue;
            }

            var state = fields.Word("state", [Ready, Provisioning], required: false) == Provisioning
                ? NodeState.PoweredOff
                : NodeState.Ready;
            var groups = ReadNodes(fields);
            var declaredAt = fields.At(fields.Has("names") ? "names" : "name");
            foreach (var name in ReadRackNames(fields))
            {
                // Past the limit nothing is kept: one short line can ask for many racks.
                if (names.Claim(name, declaredAt) && racks.Count <= limits.RacksPerCluster)
                {
                    racks.Add(new RackDraft(path, name, state, groups));
                }
            }
        }

        if (racks.Count > limits.RacksPerCluster)
        {
            errors.Add(cluster.At("racks"), $"The cluster has more than {limits.RacksPerCluster} racks.");
        }

        return racks.ToImmutable();
    }

    private ImmutableArray<string> ReadRackNames(JsonFields rack)
    {
        if (rack.Has("name") && rack.Has("names"))
        {
            errors.Add(rack.At("names"), "A rack has either 'name' or 'names'.");
            return [];
        }

        if (!rack.Has("names"))
        {
            return rack.Name() is { } name ? [name] : [];
        }

        if (rack.Text("names") is not { } notation)
        {
            return [];
        }

        var names = RackNames.Expand(notation, limits.RacksPerCluster, out var error);
        if (error is not null)
        {
            errors.Add(rack.At("names"), error);
        }

        return names.All(n => Names.Check(n, rack.At("names"), errors)) ? names : [];
    }

    /// <summary>
    /// Either <c>"nodes": 50, "hardware": "…"</c>, or <c>"nodes": [ { "count": 3, "hardware": "…" }, … ]</c>.
    /// </summary>
    private ImmutableArray<(int Count, HardwareProfile? Profile)> ReadNodes(JsonFields rack)
    {
        if (rack.Element("nodes") is not { } nodes)
        {
            ReadHardware(rack, required: false);
            return [];
        }

        if (nodes.ValueKind != JsonValueKind.Array)
        {
            var all = (int)(rack.Whole("nodes", 1, limits.NodesPerRack) ?? 0);
            return [(all, ReadHardware(rack, required: true))];
        }

        if (rack.Has("hardware"))
        {
            errors.Add(rack.At("hardware"), "The groups in 'nodes' name their hardware; the rack must not.");
        }

        var groups = ImmutableArray.CreateBuilder<(int, HardwareProfile?)>();
        foreach (var (element, path) in rack.Items("nodes", least: 1))
        {
            if (JsonFields.Open(element, path, TopologyMembers.NodeGroup, errors) is { } group)
            {
                var count = (int)(group.Whole("count", 1, limits.NodesPerRack) ?? 0);
                groups.Add((count, ReadHardware(group, required: true)));
            }
        }

        if (groups.Sum(g => (long)g.Item1) is var sum && sum > limits.NodesPerRack)
        {
            errors.Add(rack.At("nodes"), $"The rack has {sum} nodes; at most {limits.NodesPerRack} are allowed.");
            return [];
        }

        return groups.ToImmutable();
    }

    private HardwareProfile? ReadHardware(JsonFields fields, bool required)
    {
        if (fields.Text("hardware", required) is not { } name)
        {
            return null;
        }

        if (!hardware.TryGetValue(name, out var profile))
        {
            errors.Add(fields.At("hardware"), $"There is no hardware profile '{Shown(name)}' in $.hardware.");
        }

        return profile;
    }

    private static string Shown(string name) => name.Length > Names.Longest ? name[..Names.Longest] + "…" : name;

    private static string? Claim(JsonFields fields, UniqueNames taken)
    {
        var name = fields.Name();
        return name is not null && taken.Claim(name, fields.At("name")) ? name : null;
    }
}
