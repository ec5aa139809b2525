// H3: moving an instance is its first deployment again, on another node: same update domain, same rules of spread, a new
// resource disk. A partition is not a death: the copy that may still run loses its place in the load balancer and the
// filters, its address's next owner, and the lease of its disks, in the very commit that places the second one.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Health;

/// <summary>Moves instances between nodes.</summary>
internal static class Moving
{
    /// <summary>Moves an instance; false, with nothing changed, where no node has room.</summary>
    public static bool Move(Turn turn, FabricInstance i, string why, out string noRoom, Func<FabricNode, bool>? where = null)
    {
        var (placed, tried) = Elsewhere(turn, i, where);
        noRoom = tried.Detail;
        if (placed is null)
        {
            return false;
        }

        turn.Decides = true;
        i = Migrating.Forsake(turn, i);
        var from = i.Node!.Value;
        var to = placed.Placement!.Instances[0].Node;
        // Before the old address is given back, so that it is another one.
        var dip = turn.State.Dips.LowestFree();
        var h = i.Health ?? InstanceHealth.Nothing;
        turn.Put(i with
        {
            Node = to,
            Dip = dip,
            Lease = i.Lease + 1,
            BootGeneration = i.BootGeneration + 1,
            ImageGeneration = i.ImageGeneration + 1,
            Phase = InstancePhase.Placed,
            PhaseSince = turn.Now,
            ReportedBoot = 0,
            ReportedImage = 0,
            ReportedConfig = 0,
            ReportedRole = 0,
            Planned = null,
            NodeDrain = null,
            Health = InstanceHealth.Nothing with
            {
                DownSince = h.DownSince,
                NodesTaken = h.NodesTaken,
                VmRestarts = h.VmRestarts,
                RoleCrashes = h.RoleCrashes,
                LastMove = new Move(turn.Now, from, to, why),
            },
        });
        Haunt(turn, from, i);
        turn.ChangeGoalOf(to);
        Networking.Change(turn, i.Owner);
        turn.Say("instanceMoved", i.Id.Value, $"{from} -> {to} ({why}); its temporary disk is lost");
        return true;
    }

    /// <summary>True when some node would take the instance now.</summary>
    public static bool HasRoom(Turn turn, FabricInstance i, out string noRoom, Func<FabricNode, bool>? where = null)
    {
        var (placed, tried) = Elsewhere(turn, i, where);
        noRoom = tried.Detail;
        return placed is not null;
    }

    /// <summary>An instance that shall be gone is on a node that can't be told: it counts as gone, its copy is fenced.</summary>
    public static void LeaveBehind(Turn turn, FabricInstance i)
    {
        var node = i.Node!.Value;
        InstanceLife.Left(turn, i);
        Haunt(turn, node, i);
    }

    /// <summary>A copy that was left behind is gone; true when there was one.</summary>
    public static bool Exorcise(Turn turn, NodeId id, Func<Ghost, bool> gone)
    {
        if (!turn.State.Nodes.TryGetValue(id, out var node) || node.Ghosts.IsDefaultOrEmpty || !node.Ghosts.Any(gone))
        {
            return false;
        }

        foreach (var ghost in node.Ghosts.Where(gone))
        {
            turn.Say("copyGone", ghost.Instance.Value, id.Value);
        }

        var h = node.Health! with { Ghosts = node.Ghosts.RemoveAll(g => gone(g)) };
        turn.Put(node with { Health = h is { Trouble: NodeTrouble.None, SilentSince: null, Ghosts.IsEmpty: true } ? null : h });
        NodeWatch.Emptied(turn, id);
        return true;
    }

    /// <summary>A copy may be left on a node: it is fenced, and the node takes nobody until it is known to be gone (H3).</summary>
    internal static void Haunt(Turn turn, NodeId id, FabricInstance i, int migration = 0)
    {
        var node = turn.State.Nodes[id];
        var h = node.Health ?? new NodeHealth { Since = turn.Now };
        turn.Put(node with { Health = h with { Ghosts = h.Ghosts.Add(new Ghost(i.Id, i.Dip, i.Lease, migration)) } });
        turn.ChangeGoalOf(id);
        turn.Ask(new FabricEffect.MoveLease(turn.State.Id, i.Id, i.Lease + 1));
    }

    // To another node, that is: a move to the one where it is would be none.
    private static (PlacementResult? Placed, PlacementTry Tried) Elsewhere(Turn turn, FabricInstance i, Func<FabricNode, bool>? where)
    {
        var (capacity, node) = (turn.State.Capacity, i.Node!.Value);
        var others = where is null ? [] : turn.State.Nodes.Values.Where(n => n.Id != node && turn.State.IsSchedulable(n) && !where(n)).ToList();
        capacity.SetSchedulable(node, false);
        others.ForEach(n => capacity.SetSchedulable(n.Id, false));
        try
        {
            return turn.State.WithoutIt(i, () => Placing.Ask(turn, RequestFor(turn, i), scope: null));
        }
        finally
        {
            capacity.SetSchedulable(node, turn.State.IsSchedulable(turn.State.Nodes[node]));
            others.ForEach(n => capacity.SetSchedulable(n.Id, true));
        }
    }

    /// <summary>What to ask of the allocator for an instance that is to go to another node.</summary>
    internal static PlacementRequest RequestFor(Turn turn, FabricInstance i) =>
        turn.State.Machines.TryGetValue(i.Owner, out var machine)
            ? MachinePlacing.Request(turn, machine, i)
            : DeploymentPlacing.Request(turn, turn.State.Deployments[i.Owner], [i]);
}
