using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Placement;

namespace Rdfe.Bench.Placement;

/// <summary>
/// A cluster and its tenants: 16-core nodes, 40 to a rack; services of 3-40 instances of 1, 2, 4 or 8 cores over 5
/// update
/// domains. The shape of the placements in the rollout benches, so that figures can be compared.
/// </summary>
internal sealed class Town(ulong seed)
{
    private static readonly Resources Node = new(16_00, 65_536, 4_096, 40_000);
    private int services;

    public static ClusterCapacity Cluster(int nodes)
    {
        var capacity = new ClusterCapacity(new ClusterId("town"));
        for (var i = 0; i < nodes; i++)
        {
            capacity.AddNode(new(new NodeId($"n{i:00000}"), new RackId($"r{i / 40:000}"), i / 40, "any", Node), schedulable: true);
        }

        return capacity;
    }

    public PlacementRequest NextService()
    {
        var name = $"s{services++:00000}";
        var count = 3 + (int)(38 * Draw.Unit(seed, name, "instances", 0));
        var cores = Draw.Unit(seed, name, "size", 0) switch { < .45 => 1, < .75 => 2, < .90 => 4, _ => 8 };
        var size = new VmSize($"A{cores}", "any", new(cores * 100, cores * 1792, cores * 20, cores * 100));
        var uds = UpdateDomains.Deal(new int[UpdateDomains.Default], count);
        var seats = uds.Select((ud, i) => new Seat(new InstanceId($"{name}/web_IN_{i}"), ud)).ToImmutableArray();
        return new(name, [new GroupDemand(new GroupId(name + "/web"), size, 0, seats)]);
    }

    public static void Occupy(ClusterCapacity capacity, PlacementRequest request, Rdfe.Domain.Placement.Placement placement)
    {
        var demand = request.Groups[0];
        for (var i = 0; i < placement.Instances.Length; i++)
        {
            var (seat, placed) = (demand.Seats[i], placement.Instances[i]);
            capacity.Occupy(placed.Node, new(seat.Instance, demand.Group, seat.UpdateDomain, demand.Size.Needs, null, false));
        }
    }
}
