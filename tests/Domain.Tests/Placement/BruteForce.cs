using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

/// <summary>Tries every node for every seat. Shares no code with the allocator: it checks the rules of P1 in the end
/// only.</summary>
internal static class BruteForce
{
    public static bool CanPlace(ClusterCapacity book, GroupDemand[] demands)
    {
        var nodes = book.Nodes.ToArray();
        var free = nodes.Select(n => book.FreeOf(n.Id)).ToArray();
        var seats = demands.SelectMany(d => d.Seats.Select(s => (Demand: d, s.UpdateDomain))).ToArray();
        var at = new int[seats.Length];
        return From(0);

        bool From(int next)
        {
            if (next == seats.Length)
            {
                return Enumerable.Range(0, seats.Length)
                    .GroupBy(i => seats[i].Demand.Group)
                    .Where(g => g.Key is not null)
                    .All(Allowed);
            }

            var needs = seats[next].Demand.Size.Needs;
            for (var n = 0; n < nodes.Length; n++)
            {
                if (needs.FitsIn(free[n]))
                {
                    free[n] -= needs;
                    at[next] = n;
                    var done = From(next + 1);
                    free[n] += needs;
                    if (done)
                    {
                        return true;
                    }
                }
            }

            return false;
        }

        bool Allowed(IEnumerable<int> group)
        {
            var members = group.ToList();
            var perRack = members.CountBy(i => nodes[at[i]].FaultDomain).Max(c => c.Value);
            return (members.Count < 2 || perRack <= (members.Count + 1) / 2)
                && members.GroupBy(i => at[i]).All(g => g.Select(i => seats[i].UpdateDomain).Distinct().Count() == 1);
        }
    }
}
