// What is there to be maintained, and how does it stand now (M1-M3)? The one thing that a plan is made from: a value, so
// that a plan can be made again, compared and rehearsed away from the cluster it speaks of.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Planning;

/// <summary>An instance on a node, as host maintenance sees it (M1).</summary>
/// <param name="Id">The instance.</param>
/// <param name="Group">The role or availability set within which update domains hold; null when nobody was promised anything.</param>
/// <param name="UpdateDomain">Its update domain, from 0; of no meaning without a group.</param>
/// <param name="Needs">What it takes from its node; what a move has to find elsewhere.</param>
/// <param name="MayMove">True when it may be migrated live to another node.</param>
public sealed record MaintainedInstance(
    InstanceId Id, GroupId? Group, int UpdateDomain, Resources Needs = default, bool MayMove = false);

/// <summary>A node, what stands on it, and how long its maintenance is predicted to take.</summary>
/// <param name="Id">The node.</param>
/// <param name="Duration">From the first instance that goes down until the last one is healthy again (M3).</param>
/// <param name="Instances">What stands on it.</param>
public sealed record MaintainedNode(NodeId Id, Duration Duration, ImmutableArray<MaintainedInstance> Instances)
{
    /// <summary>False for a node that has had its turn, or is not in the rollout: it only offers room.</summary>
    public bool Due { get; init; } = true;

    /// <summary>When its maintenance began; null while it has not.</summary>
    public Instant? BeganAt { get; init; }

    /// <summary>Its fault domain in the cluster (P1).</summary>
    public int FaultDomain { get; init; }

    /// <summary>All that it offers to instances; cores in hundredths.</summary>
    public Resources Total { get; init; }

    /// <summary>What of it is free.</summary>
    public Resources Free { get; init; }

    /// <summary>True when an instance may be moved to it.</summary>
    public bool TakesInstances { get; init; } = true;

    /// <summary>What it runs now, for people and for <see cref="PlanDifference"/>.</summary>
    public string Version { get; init; } = "";

    /// <summary>Due, and not begun.</summary>
    public bool IsAhead => Due && BeganAt is null;
}

/// <summary>An instance of a group that is down now, for whatever reason: it counts as the promise says (M1).</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Group">Its group.</param>
/// <param name="UpdateDomain">Its update domain.</param>
/// <param name="Node">Its node; null while it has none.</param>
/// <param name="Until">When it stops holding maintenance at the latest; null while that is not known.</param>
public sealed record InstanceDown(InstanceId Instance, GroupId Group, int UpdateDomain, NodeId? Node, Instant? Until);

/// <summary>One cluster as its maintenance finds it (M2).</summary>
/// <param name="At">The moment that it describes.</param>
/// <param name="Nodes">Its nodes: those ahead, those under way, and those that offer room.</param>
/// <param name="Down">What is down now. What stands on a node under way need not be listed.</param>
/// <param name="MaxConcurrentNodes">The most nodes that may be under way at once.</param>
public sealed record MaintenanceInventory(
    Instant At, ImmutableArray<MaintainedNode> Nodes, ImmutableArray<InstanceDown> Down, int MaxConcurrentNodes)
{
    /// <summary>The same cluster once these moves are done.</summary>
    public MaintenanceInventory After(ImmutableArray<PlannedMove> moves)
    {
        if (moves.IsDefaultOrEmpty)
        {
            return this;
        }

        var nodes = Nodes.ToDictionary(n => n.Id);
        foreach (var move in moves)
        {
            if (nodes.TryGetValue(move.From, out var left) && nodes.TryGetValue(move.To, out var taker)
                && left.Instances.FirstOrDefault(i => i.Id == move.Instance) is { } instance)
            {
                nodes[left.Id] = left with { Instances = left.Instances.Remove(instance), Free = left.Free + instance.Needs };
                nodes[taker.Id] = taker with { Instances = taker.Instances.Add(instance), Free = taker.Free - instance.Needs };
            }
        }

        return this with { Nodes = [.. Nodes.Select(n => nodes[n.Id])] };
    }
}

/// <summary>The figures of planning; none of them can break the promise, they only make plans better or worse.</summary>
public sealed record PlanSettings
{
    /// <summary>The settings that ship.</summary>
    public static PlanSettings Default { get; } = new();

    /// <summary>What is guessed of a hold whose end is not known (M1: at most 15 min after a restart).</summary>
    public Duration UnknownHold { get; init; } = Duration.FromMinutes(15);

    /// <summary>What is guessed of a node that takes longer than predicted.</summary>
    public Duration Overrun { get; init; } = Duration.FromMinutes(1);

    /// <summary>What the dice of the searches start from: the same seed makes the same plan.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How far the search for cliques goes in a first plan, in branches.</summary>
    public int FirstCliqueBranches { get; init; } = 4_000;

    /// <summary>How many assignments a first plan makes to settle whether fewer rounds are possible.</summary>
    public int FirstTightSteps { get; init; } = 1_500;

    /// <summary>How many orders the first plan's stream is tried with.</summary>
    public int FirstStreamTries { get; init; } = 1;

    /// <summary>How long a live migration takes, its preparation included.</summary>
    public Duration MoveTakes { get; init; } = Duration.FromMinutes(3);

    /// <summary>The most live migrations that a plan may propose; 0 for none.</summary>
    public int MostMoves { get; init; }
}
