// One fixed text for one topology: sorted by name where order means nothing, racks one by one where it does.
using System.Text;
using System.Text.Json;

namespace Rdfe.Domain.Topology;

internal static class TopologyWriter
{
    public static string Write(FabricTopology topology)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (topology.Description is { } description)
            {
                json.WriteString("description", description);
            }

            json.WriteStartArray("hardware");
            foreach (var profile in topology.Hardware.OrderBy(p => p.Name, StringComparer.Ordinal))
            {
                WriteHardware(json, profile);
            }

            json.WriteEndArray();
            json.WriteStartArray("geos");
            foreach (var geo in topology.Geos.OrderBy(g => g.Id.Value, StringComparer.Ordinal))
            {
                WriteGeo(json, geo);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteHardware(Utf8JsonWriter json, HardwareProfile profile)
    {
        json.WriteStartObject();
        json.WriteString("name", profile.Name);
        json.WriteString("family", profile.Family);
        json.WriteNumber("cores", profile.Total.Cores / 100m);
        json.WriteNumber("memoryMib", profile.Total.MemoryMib);
        json.WriteNumber("localDiskGib", profile.Total.LocalDiskGib);
        json.WriteNumber("networkMbps", profile.Total.NetworkMbps);
        if (profile.Maintenance != HardwareMaintenance.All)
        {
            json.WriteStartObject("maintenance");
            json.WriteBoolean("hypervisorHotRestart", profile.Maintenance.HypervisorHotRestart);
            json.WriteString("memoryPreserving", Words.Of(profile.Maintenance.MemoryPreserving));
            json.WriteBoolean("liveMigration", profile.Maintenance.LiveMigration);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteGeo(Utf8JsonWriter json, Geo geo)
    {
        json.WriteStartObject();
        json.WriteString("name", geo.Id.Value);
        json.WriteStartArray("regions");
        foreach (var region in geo.Regions.OrderBy(r => r.Id.Value, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("name", region.Id.Value);
            json.WriteString("pair", region.Pair.Value);
            json.WriteStartArray("clusters");
            foreach (var cluster in region.Clusters.OrderBy(c => c.Id.Value, StringComparer.Ordinal))
            {
                WriteCluster(json, cluster);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCluster(Utf8JsonWriter json, Cluster cluster)
    {
        json.WriteStartObject();
        json.WriteString("name", cluster.Id.Value);
        json.WriteString("vipPool", cluster.VipPool.ToString());
        json.WriteString("dipPool", cluster.DipPool.ToString());
        if (cluster.Network != NetworkGeneration.Quantum10)
        {
            json.WriteString("network", Words.Of(cluster.Network));
        }

        json.WriteStartObject("fabricController");
        json.WriteNumber("replicas", cluster.ControllerReplicas);
        json.WriteEndObject();
        json.WriteStartArray("racks");
        foreach (var rack in cluster.Racks)
        {
            WriteRack(json, cluster, rack);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRack(Utf8JsonWriter json, Cluster cluster, Rack rack)
    {
        json.WriteStartObject();
        json.WriteString("name", rack.Id.Value[(cluster.Id.Value.Length + 1)..]);
        var groups = Groups(rack);
        if (groups.Count == 1)
        {
            json.WriteNumber("nodes", groups[0].Count);
            json.WriteString("hardware", groups[0].Hardware);
        }
        else
        {
            json.WriteStartArray("nodes");
            foreach (var (count, hardware) in groups)
            {
                json.WriteStartObject();
                json.WriteNumber("count", count);
                json.WriteString("hardware", hardware);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (rack.Nodes[0].InitialState != NodeState.Ready)
        {
            json.WriteString("state", "provisioning");
        }

        json.WriteEndObject();
    }

    /// <summary>Runs of like nodes: a rack of one kind is one run, however it was written.</summary>
    private static List<(int Count, string Hardware)> Groups(Rack rack)
    {
        var groups = new List<(int Count, string Hardware)>();
        foreach (var name in rack.Nodes.Select(n => n.Hardware.Name))
        {
            if (groups.Count > 0 && groups[^1].Hardware == name)
            {
                groups[^1] = (groups[^1].Count + 1, name);
            }
            else
            {
                groups.Add((1, name));
            }
        }

        return groups;
    }
}
