// Which nodes go when (M1, M2)? A pure function from an inventory to a plan: whoever has the same inventory gets the same
// plan. A plan can be bettered for as long as somebody allows, and made again when the cluster has surprised it.
using System.Collections.Immutable;

namespace Rdfe.Domain.Planning;

/// <summary>Plans host maintenance.</summary>
public static class MaintenancePlanner
{
    /// <summary>The first complete plan, in milliseconds: good, and seldom the best where placements are bad.</summary>
    public static MaintenancePlan Plan(MaintenanceInventory inventory, PlanSettings? settings = null) =>
        Made(inventory, settings ?? PlanSettings.Default, known: null);

    /// <summary>
    /// The same plan or a better one: no more rounds, no more time. It searches while <paramref name="mayGoOn"/> says so,
    /// which is asked every few milliseconds; with the same number of yeses the outcome is the same.
    /// </summary>
    public static MaintenancePlan Improve(MaintenancePlan plan, Func<bool> mayGoOn, PlanSettings? settings = null)
    {
        var situation = Situation.Of(plan.Basis, settings ?? PlanSettings.Default, plan.Moves);
        var search = new PlanSearch(situation, RoundsOf(plan, situation), OrderOf(plan.Order, situation));
        search.GoOn(mayGoOn);
        return search.Write(plan.Basis, plan.Moves);
    }

    /// <summary>
    /// Plans the rest from where the cluster stands now (surprises included): what is under way goes on, what is done is
    /// done, and the order that it went in is kept where no better one is found. Moves that were not made are thought over again.
    /// </summary>
    public static MaintenancePlan Replan(ImmutableArray<NodeId> order, MaintenanceInventory now, PlanSettings? settings = null) =>
        Made(now, settings ?? PlanSettings.Default, order);

    private static MaintenancePlan Made(MaintenanceInventory inventory, PlanSettings settings, ImmutableArray<NodeId>? known)
    {
        var moves = settings.MostMoves > 0 ? MovesThatPay.Find(inventory, settings) : [];
        var situation = Situation.Of(inventory, settings, moves);
        return new PlanSearch(situation, null, known is { } order ? OrderOf(order, situation) : null).Write(inventory, moves);
    }

    /// <summary>An order of the nodes that are ahead; nodes that it does not know come last, by id.</summary>
    internal static int[] OrderOf(ImmutableArray<NodeId> nodes, Situation situation)
    {
        var order = new List<int>(situation.Nodes.Length);
        var known = new bool[situation.Nodes.Length];
        foreach (var node in nodes)
        {
            if (situation.NumberOf(node) is >= 0 and var v)
            {
                order.Add(v);
                known[v] = true;
            }
        }

        order.AddRange(Enumerable.Range(0, known.Length).Where(v => !known[v]));
        return [.. order];
    }

    // Null where the plan does not know all nodes that are ahead now.
    private static int[]? RoundsOf(MaintenancePlan plan, Situation situation)
    {
        var rounds = new int[situation.Nodes.Length];
        var found = 0;
        foreach (var node in plan.Nodes)
        {
            if (situation.NumberOf(node.Node) is >= 0 and var v)
            {
                rounds[v] = node.Round;
                found++;
            }
        }

        return found == rounds.Length ? rounds : null;
    }
}
