// What the index is measured against: the same constraints and the same kind of score, every node looked at for every
// seat.
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Placement;

namespace Rdfe.Bench.Placement;

internal sealed class FullScan(ClusterCapacity capacity)
{
    private readonly NodeCapacity[] nodes = capacity.Nodes.ToArray();

    public Rdfe.Domain.Placement.Placement? Place(PlacementRequest request)
    {
        var demand = request.Groups[0];
        var needs = demand.Size.Needs;
        var most = (demand.Seats.Length + 1) / 2;
        var perFd = new int[capacity.FaultDomainCount];
        var mine = new Dictionary<NodeId, (int Ud, int Count)>();
        var placed = ImmutableArray.CreateBuilder<PlacedInstance>();
        foreach (var seat in demand.Seats)
        {
            NodeCapacity? best = null;
            var bestScore = double.NegativeInfinity;
            foreach (var node in nodes)
            {
                var here = mine.GetValueOrDefault(node.Id, (Ud: seat.UpdateDomain, Count: 0));
                var free = capacity.FreeOf(node.Id) - needs * here.Count;
                if (!needs.FitsIn(free) || perFd[node.FaultDomain] >= most || here.Ud != seat.UpdateDomain)
                {
                    continue;
                }

                var (own, other, any) = (here.Count > 0, false, here.Count > 0);
                foreach (var occupant in capacity.On(node.Id))
                {
                    any = true;
                    own |= occupant.UpdateDomain == seat.UpdateDomain;
                    other |= occupant.UpdateDomain != seat.UpdateDomain;
                }

                var score = (own ? (other ? 30 : 100) : other ? 0 : 60) - 60 * perFd[node.FaultDomain]
                    + 20 * (1 - (double)(free.Cores - needs.Cores) / node.Total.Cores) + (any ? 10 : 0);
                if (score > bestScore)
                {
                    (best, bestScore) = (node, score);
                }
            }

            if (best is null)
            {
                return null;
            }

            perFd[best.FaultDomain]++;
            mine[best.Id] = (seat.UpdateDomain, mine.GetValueOrDefault(best.Id).Count + 1);
            placed.Add(new(seat.Instance, best.Id, best.FaultDomain));
        }

        return new(placed.ToImmutable());
    }
}
