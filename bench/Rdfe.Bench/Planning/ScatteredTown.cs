using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Planning;

namespace Rdfe.Bench.Planning;

/// <summary>
/// Clusters for planning: 16-core nodes, 40 to a rack; services of 3-40 instances of 1, 2, 4 or 8 cores over 5 update domains; no
/// rack hosts more than its even share of a service, no node two of its update domains. Placed anywhere, or, where affine, on
/// nodes that prefer the update domain's index.
/// </summary>
internal static class ScatteredTown
{
    private const int NodeCores = 16;
    private const int Rack = 40;
    private const int UpdateDomainCount = 5;
    private static readonly Instant Now = Instant.FromUtc(2012, 2, 29, 0, 0);

    public static MaintenanceInventory Make(int nodes, double fill, ulong seed, bool affine = false)
    {
        var racks = (nodes + Rack - 1) / Rack;
        var free = Enumerable.Repeat(NodeCores, nodes).ToArray();
        var on = Enumerable.Range(0, nodes).Select(_ => new List<MaintainedInstance>()).ToArray();
        var (used, target, throws) = (0, (int)(fill * NodeCores * nodes), 0L);
        for (var service = 0; used < target; service++)
        {
            var name = $"s{service:00000}";
            var count = 3 + (int)(38 * Draw.Unit(seed, name, "instances", 0));
            var cores = Draw.Unit(seed, name, "size", 0) switch { < .45 => 1, < .75 => 2, < .90 => 4, _ => 8 };
            var share = (count + racks - 1) / racks;
            var inRack = new int[racks];
            var updateDomainOn = new Dictionary<int, int>();
            for (var i = 0; i < count && used < target; i++)
            {
                var ud = i % UpdateDomainCount;
                var node = affine ? Find(v => Allows(v) && v % UpdateDomainCount == ud) ?? Find(Allows) : Find(Allows);
                if (node is not { } v)
                {
                    continue;
                }

                free[v] -= cores;
                used += cores;
                inRack[v / Rack]++;
                updateDomainOn[v] = ud;
                on[v].Add(new(new($"{name}/{i}"), new(name), ud, new(cores * 100, cores * 1792, 0, 0), MayMove: true));

                bool Allows(int n) =>
                    free[n] >= cores && inRack[n / Rack] < share && updateDomainOn.GetValueOrDefault(n, ud) == ud;
            }

            int? Find(Func<int, bool> allows)
            {
                for (var t = 0; t < 4 * nodes; t++)
                {
                    var v = (int)(nodes * Draw.Unit(seed, "node", "", throws++));
                    if (allows(v))
                    {
                        return v;
                    }
                }

                var all = Enumerable.Range(0, nodes).Where(allows).ToList();
                return all.Count == 0 ? null : all[0];
            }
        }

        return Inventory([.. Enumerable.Range(0, nodes).Select(v => Node($"n{v:00000}", v / Rack, on[v], free[v]))]);
    }

    /// <summary>The same from a file: <c>nodes [{ id, rack, cores }]</c>, <c>instances [{ id, service, ud, node, cores }]</c>.</summary>
    public static MaintenanceInventory Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement;
        var on = root.GetProperty("instances").EnumerateArray().ToLookup(
            i => i.GetProperty("node").GetString()!,
            i => new MaintainedInstance(
                new(i.GetProperty("id").GetString()!), new(i.GetProperty("service").GetString()!), i.GetProperty("ud").GetInt32(),
                new(100 * i.GetProperty("cores").GetInt32(), 1792 * i.GetProperty("cores").GetInt32(), 0, 0), MayMove: true));
        return Inventory(
        [
            .. root.GetProperty("nodes").EnumerateArray().Select(n => (
                    Id: n.GetProperty("id").GetString()!,
                    Rack: int.Parse(n.GetProperty("rack").GetString()![1..], CultureInfo.InvariantCulture)))
                .Select(n => Node(n.Id, n.Rack, [.. on[n.Id]], NodeCores - (int)(on[n.Id].Sum(i => i.Needs.Cores) / 100))),
        ]);
    }

    /// <summary>What a reboot costs an instance: 15 to 30 min (M3), another figure for each node.</summary>
    public static Duration Reboot(string node) => Duration.FromSeconds(900 + (int)(900 * Draw.Unit(0, node, "reboot", 0)));

    public static MaintenanceInventory Inventory(ImmutableArray<MaintainedNode> nodes) => new(Now, nodes, [], nodes.Length);

    private static MaintainedNode Node(string id, int rack, List<MaintainedInstance> instances, int freeCores) =>
        new(new(id), Reboot(id), [.. instances])
        {
            FaultDomain = rack,
            Total = new(NodeCores * 100, 65_536, 4_096, 40_000),
            Free = new(freeCores * 100, 65_536 - instances.Sum(i => i.Needs.MemoryMib), 4_096, 40_000),
        };
}
