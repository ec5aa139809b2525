// Which instances should be migrated live first (M1, M2)? Those without whose move a node could never go, always; those
// that are spread badly, where the whole rollout gets shorter by more than their moves take.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Planning;

/// <summary>Finds moves.</summary>
internal sealed class MovesThatPay
{
    private readonly MaintenanceInventory inventory;
    private readonly PlanSettings settings;
    private readonly List<MaintainedNode> nodes;
    private readonly Dictionary<NodeId, int> at;
    private readonly Dictionary<(GroupId Group, int FaultDomain), int> inFaultDomain = [];
    private readonly Dictionary<NodeId, Instant> busyUntil = [];
    private readonly List<PlannedMove> moves = [];

    private MovesThatPay(MaintenanceInventory inventory, PlanSettings settings)
    {
        this.inventory = inventory;
        this.settings = settings;
        nodes = [.. inventory.Nodes.OrderBy(n => n.Id.Value, StringComparer.Ordinal)];
        at = Enumerable.Range(0, nodes.Count).ToDictionary(v => nodes[v].Id);
        foreach (var node in nodes)
        {
            foreach (var group in node.Instances.Select(i => i.Group).OfType<GroupId>())
            {
                Count(group, node.FaultDomain, 1);
            }
        }
    }

    /// <summary>Moves for an inventory, in the order in which they are to be made; none are made twice.</summary>
    public static ImmutableArray<PlannedMove> Find(MaintenanceInventory inventory, PlanSettings settings)
    {
        var needed = new MovesThatPay(inventory, settings);
        needed.FreeNodesThatExcludeThemselves();
        var best = needed.moves.ToImmutableArray();
        var (time, rounds, bound) = OutcomeOf(inventory, settings, best);
        for (var share = 1; share <= 4 && rounds > bound; share *= 2)
        {
            var more = new MovesThatPay(inventory, settings);
            more.FreeNodesThatExcludeThemselves();
            more.SortOut(share);
            var found = more.moves.ToImmutableArray();
            var (timeWith, _, _) = OutcomeOf(inventory, settings, found);
            if (found.Length > best.Length && time - timeWith > settings.MoveTakes * (found.Length - needed.moves.Count))
            {
                return found;
            }
        }

        return best;
    }

    private static (Duration Takes, int Rounds, int Bound) OutcomeOf(
        MaintenanceInventory inventory, PlanSettings settings, ImmutableArray<PlannedMove> moves)
    {
        var plan = new PlanSearch(Situation.Of(inventory, settings, moves), null, null).Write(inventory, moves);
        return (plan.Takes, plan.Rounds.Length, Math.Min(plan.RoundBound.Rounds, UpdateDomainsOf(inventory)));
    }

    // No plan of well placed instances needs more rounds than there are update domains.
    private static int UpdateDomainsOf(MaintenanceInventory inventory) => inventory.Nodes
        .SelectMany(n => n.Instances).Where(i => i.Group is not null).Select(i => i.UpdateDomain + 1).DefaultIfEmpty(1).Max();

    private void FreeNodesThatExcludeThemselves()
    {
        foreach (var id in nodes.Where(n => n.IsAhead).Select(n => n.Id).ToList())
        {
            while (Situation.TwoDomainsOf(Node(id)) is { } group)
            {
                // The update domain with fewer instances on the node leaves it.
                var leaves = Node(id).Instances.Where(i => i.Group == group).GroupBy(i => i.UpdateDomain)
                    .OrderBy(g => g.Count()).ThenBy(g => g.Key).First();
                if (!leaves.All(i => Move(i, id, $"{id} hosts two update domains of {group}")))
                {
                    break;
                }
            }
        }
    }

    // On nodes that host several update domain indices, whoever is in the minority goes to where its own index is at home.
    private void SortOut(int share)
    {
        var mixed = nodes.Where(n => n.IsAhead).Select(n => (n.Id, Minority: MinorityOf(n))).Where(n => n.Minority.Length > 0)
            .OrderBy(n => n.Minority.Length).ThenBy(n => n.Id.Value, StringComparer.Ordinal).ToList();
        foreach (var (id, minority) in mixed.Take((mixed.Count + share - 1) / share))
        {
            foreach (var instance in minority)
            {
                Move(instance, id, $"{id} hosts several update domain indices");
            }
        }
    }

    private static MaintainedInstance[] MinorityOf(MaintainedNode node)
    {
        var byDomain = node.Instances.Where(i => i.Group is not null).GroupBy(i => i.UpdateDomain)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key).ToList();
        return [.. byDomain.Skip(1).SelectMany(g => g)];
    }

    private bool Move(MaintainedInstance instance, NodeId from, string why)
    {
        if (!instance.MayMove || moves.Count >= settings.MostMoves || TargetFor(instance, Node(from)) is not { } to)
        {
            return false;
        }

        var group = instance.Group!.Value;
        Count(group, Node(from).FaultDomain, -1);
        Count(group, Node(to).FaultDomain, 1);
        Put(Node(from) with { Instances = Node(from).Instances.Remove(instance), Free = Node(from).Free + instance.Needs });
        Put(Node(to) with { Instances = Node(to).Instances.Add(instance), Free = Node(to).Free - instance.Needs });

        // One at a time from and to a node: a migration has its network to itself.
        var starts = Instant.Max(busyUntil.GetValueOrDefault(from, inventory.At), busyUntil.GetValueOrDefault(to, inventory.At));
        busyUntil[from] = busyUntil[to] = starts + settings.MoveTakes;
        moves.Add(new PlannedMove(instance.Id, from, to, starts, starts + settings.MoveTakes,
            string.Create(CultureInfo.InvariantCulture, $"{why}; {instance.Id} is in update domain {instance.UpdateDomain}.")));
        return true;
    }

    private NodeId? TargetFor(MaintainedInstance instance, MaintainedNode from)
    {
        var group = instance.Group!.Value;
        var most = inFaultDomain.Where(f => f.Key.Group == group).Max(f => f.Value);
        var (best, bestScore) = ((NodeId?)null, long.MaxValue);
        foreach (var node in nodes)
        {
            if (node.Id == from.Id || !node.TakesInstances || node.BeganAt is not null || !instance.Needs.FitsIn(node.Free))
            {
                continue;
            }

            // P1: no fault domain gets more of the group than the fullest one has; and never two update domains on a node.
            if ((node.FaultDomain != from.FaultDomain && inFaultDomain.GetValueOrDefault((group, node.FaultDomain)) >= most)
                || node.Instances.Any(i => i.Group == group && i.UpdateDomain != instance.UpdateDomain))
            {
                continue;
            }

            // A node that has had its turn spares the instance the reboot; then one where its index is at home; then a tight fit.
            var alike = node.Instances.All(i => i.Group is null || i.UpdateDomain == instance.UpdateDomain);
            var score = ((node.Due ? 1L : 0L) << 62) + ((alike ? 0L : 1L) << 61) + (node.Free.Cores - instance.Needs.Cores);
            if (score < bestScore)
            {
                (best, bestScore) = (node.Id, score);
            }
        }

        return best;
    }

    private MaintainedNode Node(NodeId id) => nodes[at[id]];

    private void Put(MaintainedNode node) => nodes[at[node.Id]] = node;

    private void Count(GroupId group, int faultDomain, int more) =>
        inFaultDomain[(group, faultDomain)] = inFaultDomain.GetValueOrDefault((group, faultDomain)) + more;
}
