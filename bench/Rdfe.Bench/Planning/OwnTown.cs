using System.Collections.Immutable;
using Rdfe.Bench.Placement;
using Rdfe.Domain;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Planning;

namespace Rdfe.Bench.Planning;

/// <summary>
/// Clusters placed by our own allocator (P2): services of 3-40 instances over a given number of update domains, or over 2, 3, 5,
/// 10 or 20 of them, filled to a share of the cores; then services go and others come.
/// </summary>
internal static class OwnTown
{
    private static readonly int[] Mixed = [2, 3, 5, 10, 20];

    public static MaintenanceInventory Make(int nodes, double fill, ulong seed, int updateDomains, int churn)
    {
        var capacity = Town.Cluster(nodes);
        var alive = new List<PlacementRequest>();
        var services = 0;
        Fill();
        for (var turn = 0; turn < churn && alive.Count > 0; turn++)
        {
            // Several go before others come, so that holes of several services are filled anew.
            for (var i = 0; i < 5 && alive.Count > 0; i++)
            {
                var goes = (int)(alive.Count * Draw.Unit(seed, "goes", "", (turn * 5) + i));
                foreach (var seat in alive[goes].Groups[0].Seats)
                {
                    capacity.Release(seat.Instance);
                }

                alive.RemoveAt(goes);
            }

            Fill();
        }

        return ScatteredTown.Inventory(
        [
            .. capacity.Nodes.Select(n => new MaintainedNode(
                n.Id, ScatteredTown.Reboot(n.Id.Value),
                [.. capacity.On(n.Id).Select(o => new MaintainedInstance(o.Instance, o.Group, o.UpdateDomain, o.Needs, MayMove: true))])
            {
                FaultDomain = n.FaultDomain,
                Total = n.Total,
                Free = capacity.FreeOf(n.Id),
            }),
        ]);

        void Fill()
        {
            for (var misses = 0; misses < 5 && capacity.CoresUsed < fill * capacity.CoresAllocatable;)
            {
                var request = Next();
                if (Allocator.Place(capacity, request, PlacementSettings.Default).Placement is { } placement)
                {
                    Town.Occupy(capacity, request, placement);
                    alive.Add(request);
                }
                else
                {
                    misses++;
                }
            }
        }

        PlacementRequest Next()
        {
            var name = $"s{services++:00000}";
            var count = 3 + (int)(38 * Draw.Unit(seed, name, "instances", 0));
            var cores = Draw.Unit(seed, name, "size", 0) switch { < .45 => 1, < .75 => 2, < .90 => 4, _ => 8 };
            var of = updateDomains > 0 ? updateDomains : Mixed[(int)(Mixed.Length * Draw.Unit(seed, name, "domains", 0))];
            var size = new VmSize($"A{cores}", "any", new(cores * 100, cores * 1792, cores * 20, cores * 100));
            var seats = UpdateDomains.Deal(new int[of], count).Select((ud, i) => new Seat(new InstanceId($"{name}/web_IN_{i}"), ud));
            return new(name, [new GroupDemand(new GroupId(name + "/web"), size, 0, seats.ToImmutableArray())]);
        }
    }
}
