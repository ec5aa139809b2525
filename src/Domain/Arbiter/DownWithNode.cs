// M1: a node that boots takes everything on it down at once. Whoever runs on it is drained first, counts as down from then on
// until it serves again, and is asked by nobody else meanwhile.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Arbiter;

/// <summary>Instances that go down with their node.</summary>
internal static class DownWithNode
{
    /// <summary>Those of a node's instances that will go down with it.</summary>
    public static IEnumerable<FabricInstance> Of(Turn turn, NodeId node) =>
        turn.State.On(node).Where(i => i.Planned is { Kind: ActKind.DownWithNode });

    /// <summary>
    /// Marks whoever is on a node, and takes those who serve out of rotation; false where nobody serves. That it may be done has
    /// been asked before. Who is starting, or may be started, is marked as well: well for a moment, it goes down all the same.
    /// </summary>
    public static bool Drain(Turn turn, NodeId node, string why)
    {
        var drains = false;
        foreach (var i in turn.State.On(node).Where(i => i is { Power: not PowerGoal.Absent, Planned: null }).ToList())
        {
            var generation = 0;
            if (i.TakesTraffic)
            {
                drains = true;
                Networking.Change(turn, i.Owner);
                generation = Networking.GenerationOf(turn.State, i.Owner);
            }

            turn.Put(i with
            {
                Planned = new PlannedAct(ActKind.DownWithNode, ActOrigin.Platform, why, null, turn.Now, Stage: ActStage.Draining, DrainGeneration: generation),
            });
        }

        return drains;
    }

    /// <summary>True when no load balancer sends them anything any more.</summary>
    public static bool AreDrained(Turn turn, NodeId node) =>
        Of(turn, node).All(i => Networking.IsProgrammed(turn.State, i.Owner, i.Planned!.DrainGeneration));

    /// <summary>From here on each serves again as soon as it is well, and leaves where its node is being emptied.</summary>
    public static void Release(Turn turn, NodeId node)
    {
        foreach (var i in Of(turn, node).ToList())
        {
            InstanceWatch.Change(turn, i, i with { Planned = null });
            NodeWatch.GoOn(turn, i.Id);
        }
    }

    /// <summary>
    /// Its node is taken out when it was told to boot already. Others count on its being down: with another act in place of this
    /// one they might go down beside it. Off failing hardware it is moved at once where that is possible; else it is asked to
    /// leave when its node is back (<see cref="Release"/>).
    /// </summary>
    public static void TakenOut(Turn turn, FabricInstance i, NodeTrouble trouble, string cause)
    {
        if (trouble == NodeTrouble.Faulty && !turn.SafeMode && Brake.Holds(turn) is null
            && Networking.IsProgrammed(turn.State, i.Owner, i.Planned!.DrainGeneration))
        {
            Moving.Move(turn, i with { Planned = null }, cause, out _);
        }
    }
}
