// M1: a node that boots takes everything on it down at once. Whoever is on it is drained first, and counts as down from then on
// until it may serve again, whatever else is planned for it.
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Arbiter;

/// <summary>Instances that go down with their node.</summary>
internal static class DownWithNode
{
    /// <summary>
    /// Takes those who serve on a node out of rotation; false where nobody does. That it may be done has been asked before. Who is
    /// starting, or may be started, is marked as well: well for a moment, it goes down all the same.
    /// </summary>
    public static bool Drain(Turn turn, NodeId node)
    {
        var drains = false;
        foreach (var i in turn.State.On(node).Where(i => i.Power != PowerGoal.Absent).ToList())
        {
            drains |= i.TakesTraffic;
            Drain(turn, i);
        }

        return drains;
    }

    /// <summary>It has come to a node that is about to go down: its last copy was on its way when an order came.</summary>
    public static void Came(Turn turn, InstanceId id)
    {
        var i = turn.State.Instances[id];
        if (turn.State.Nodes[i.Node!.Value].Install is { Reboots: true, Stage: not InstallStage.Announced })
        {
            if (i.TakesTraffic && Promise.Forbids(turn.State, i, turn.Now, turn.Settings.Health) is { } promise)
            {
                turn.Say("promiseForced", i.Id.Value, $"came to {i.Node} when that was to go down by order: {promise.Detail}");
            }

            Drain(turn, i);
        }
    }

    /// <summary>True when no load balancer sends them anything any more.</summary>
    public static bool AreDrained(Turn turn, NodeId node) => turn.State.On(node).All(i => IsDrained(turn.State, i));

    /// <summary>True when no load balancer sends it anything because of its node, or its node stays up.</summary>
    public static bool IsDrained(ClusterState state, FabricInstance i) =>
        i.NodeDrain is not { } generation || Networking.IsProgrammed(state, i.Owner, generation);

    /// <summary>From here on each serves again as soon as it is well, and what is planned for it goes on.</summary>
    public static void Release(Turn turn, NodeId node)
    {
        foreach (var i in turn.State.On(node).Where(i => i.NodeDrain is not null).ToList())
        {
            InstanceWatch.Change(turn, i, i with { NodeDrain = null });
        }
    }

    private static void Drain(Turn turn, FabricInstance i)
    {
        if (i.TakesTraffic)
        {
            Networking.Change(turn, i.Owner);
        }

        turn.Put(i with { NodeDrain = i.TakesTraffic ? Networking.GenerationOf(turn.State, i.Owner) : 0 });
    }
}
