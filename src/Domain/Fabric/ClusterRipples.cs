// Of which nodes may something be true now that was not when they were last asked? Thousands of nodes wait while a few are
// worked on; to ask all of them after every event would be most of the work, and nearly all answers would be the same.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

/// <summary>
/// Nodes about which something has changed: the node itself, what is on it, or a member of a role or availability set that
/// is on it (M1). Whoever asks nodes keeps one, asks those, and clears it. What changes by itself with time is not in it: that
/// is for the agenda.
/// </summary>
public sealed class NodeRipples
{
    private readonly HashSet<NodeId> nodes = [];

    /// <summary>True when there may be room for somebody that there was not: nodes that wait for room are to be asked anew.</summary>
    public bool Room { get; set; }

    /// <summary>True when every node is to be asked anew.</summary>
    public bool All { get; private set; } = true;

    /// <summary>The nodes; of no meaning where it is all of them.</summary>
    public IReadOnlyCollection<NodeId> Nodes => nodes;

    /// <summary>True for a node that is to be asked anew.</summary>
    public bool Reaches(NodeId node) => All || nodes.Contains(node);

    /// <summary>Something has changed about a node.</summary>
    public void Add(NodeId node)
    {
        if (!All)
        {
            nodes.Add(node);
        }
    }

    /// <summary>Something has changed that concerns all of them: brakes, windows, bundles, safe mode.</summary>
    public void AddAll()
    {
        All = true;
        nodes.Clear();
    }

    /// <summary>They have been asked.</summary>
    public void Clear()
    {
        (All, Room) = (false, false);
        nodes.Clear();
    }
}

/// <summary>Who is to be asked anew in a cluster after a change.</summary>
public sealed class ClusterRipples(ClusterState state)
{
    /// <summary>Nodes that are being maintained and wait.</summary>
    public NodeRipples Maintenance { get; } = new();

    /// <summary>Nodes that a rollout has before it.</summary>
    public NodeRipples Rollout { get; } = new();

    /// <summary>Nodes that a rollout has under way.</summary>
    public NodeRipples UnderWay { get; } = new();

    /// <summary>Nodes that an instance has come to, whoever brought it there: whoever planned them did not know of it.</summary>
    public NodeRipples Arrivals { get; } = new();

    /// <summary>A node has changed. How far its maintenance has come is of account for all with whom it shares a role or an availability set.</summary>
    public void Of(FabricNode? old, FabricNode node)
    {
        if (old is not null && old.Staging != node.Staging && old == node with { Staging = old.Staging, StagingGeneration = old.StagingGeneration })
        {
            // What it holds makes its turn shorter, and brings it no sooner: that is asked when its turn comes.
            return;
        }

        Reach(node.Id);
        UnderWay.Add(node.Id);
        Rollout.Room |= (old is not null && state.IsSchedulable(node) && !state.IsSchedulable(old)) || (old?.Maintenance is not null && node.Maintenance is null);
        if (old?.Maintenance?.Stage != node.Maintenance?.Stage)
        {
            foreach (var guest in state.Indexes.ByNode[node.Id])
            {
                Reach(guest.Now.Group);
            }
        }
    }

    /// <summary>An instance has changed. Whether it is down is of account for the others; what else changes is so for its node alone.</summary>
    public void Of(FabricInstance? old, FabricInstance? now)
    {
        Reach(old?.Node);
        Reach(now?.Node);
        if (now?.Node is { } arrivedAt && arrivedAt != old?.Node)
        {
            Arrivals.Add(arrivedAt);
        }

        Rollout.Room |= old?.Node is not null && (now?.Node != old.Node || (old.Migration is not null && now.Migration is null));
        if (old?.Migration?.Target != now?.Migration?.Target)
        {
            Reach(old?.Migration?.Target);
            Reach(now?.Migration?.Target);
        }

        if (Seen(old) != Seen(now))
        {
            Reach(old?.Group);
            Reach(now?.Group);
        }
    }

    /// <summary>Something has changed that concerns every node.</summary>
    public void ReachAll()
    {
        Maintenance.AddAll();
        Rollout.AddAll();
        UnderWay.AddAll();
    }

    // Of each node for what it is at: one that is maintained is not before a rollout, and when either begins or ends, it has changed itself.
    private void Reach(GroupId? group)
    {
        foreach (var member in group is { } g ? state.Indexes.ByGroup[g] : [])
        {
            if (member.On?.Now is { } node)
            {
                (node.Maintenance is null ? Rollout : Maintenance).Add(node.Id);
            }
        }
    }

    private void Reach(NodeId? node)
    {
        if (node is { } id)
        {
            Maintenance.Add(id);
            Rollout.Add(id);
        }
    }

    // What the promise sees of an instance.
    private static (GroupId?, int, NodeId?, bool, Instant?) Seen(FabricInstance? i) =>
        i is null ? default : (i.Group, i.UpdateDomain, i.Node, Promise.IsDown(i), i.Health?.RestartedAt);
}
