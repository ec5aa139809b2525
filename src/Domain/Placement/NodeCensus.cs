// Which constraint turned away how many nodes (P4)? A census is taken once for each group, so that a report costs
// little;
// racks whose nodes are all open are counted four resources at a time.
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Rdfe.Domain.Placement;

/// <summary>Counts nodes by the first constraint that turns them away.</summary>
internal sealed class NodeCensus
{
    private static readonly int ConstraintCount = Enum.GetValues<Constraint>().Length;

    private readonly int[] turnedAway = new int[ConstraintCount];

    public int Nodes { get; private set; }

    public int Eligible { get; private set; }

    public ImmutableArray<ConstraintCount> TurnedAway => turnedAway
        .Select((nodes, constraint) => new ConstraintCount((Constraint)constraint, nodes))
        .Where(c => c.Nodes > 0)
        .ToImmutableArray();

    /// <summary>The last constraint, in the order of the checks, that turned anything away: it met the nodes that
    /// came closest.</summary>
    public Constraint Deepest => (Constraint)Math.Max(0, Array.FindLastIndex(turnedAway, n => n > 0));

    public static NodeCensus Take(ClusterCapacity capacity, GroupPlan plan, int updateDomain)
    {
        var census = new NodeCensus { Nodes = capacity.NodeCount };
        var seen = 0;
        foreach (var shelf in capacity.AisleOf(plan.Demand.Size.Family).Shelves)
        {
            seen += shelf.Nodes.Count;
            census.Count(plan, shelf, updateDomain);
        }

        census.turnedAway[(int)Constraint.SameHardware] = census.Nodes - seen;
        return census;
    }

    private void Count(GroupPlan plan, Shelf shelf, int updateDomain)
    {
        var untouched = !plan.Grouped || plan.MembersPerFaultDomain[shelf.FaultDomain] == 0;
        if (plan.OnSharedNodes && untouched && shelf.OpenCount == shelf.Nodes.Count)
        {
            var fit = CountFitting(plan.Needs, shelf);
            turnedAway[(int)Constraint.FitsNode] += shelf.Nodes.Count - fit;
            Eligible += fit;
            return;
        }

        for (var slot = 0; slot < shelf.Nodes.Count; slot++)
        {
            if (Judge.TurnsAway(plan, shelf, slot, updateDomain) is { } constraint)
            {
                turnedAway[(int)constraint]++;
            }
            else
            {
                Eligible++;
            }
        }
    }

    private static int CountFitting(Resources needs, Shelf shelf)
    {
        var wanted = Vector256.Create(needs.Cores, needs.MemoryMib, needs.LocalDiskGib, needs.NetworkMbps);
        var fit = 0;
        foreach (var free in MemoryMarshal.Cast<Resources, Vector256<long>>(shelf.Free.AsSpan(0, shelf.Nodes.Count)))
        {
            fit += Vector256.LessThanOrEqualAll(wanted, free) ? 1 : 0;
        }

        return fit;
    }
}
