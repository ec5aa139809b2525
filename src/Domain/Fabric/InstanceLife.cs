// What host agents report of instances: facts, recorded as they are, then looked at by whoever waits for them.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Health;
using Rdfe.Domain.Migration;

namespace Rdfe.Domain.Fabric;

/// <summary>Records reports of host agents (D3).</summary>
internal static class InstanceLife
{
    /// <summary>A host agent works on a goal state.</summary>
    public static void GoalAccepted(Turn turn, FabricEvent.GoalAccepted e)
    {
        if (turn.State.Nodes.TryGetValue(e.Node, out var node) && e.Generation >= node.GoalGeneration)
        {
            HostPlacing.Accepted(turn, node);

            // What was taken back before the agent ever worked on a goal that listed it was never there: no report of
            // its going will come.
            foreach (var i in turn.State.On(e.Node).Where(i => i is { Power: PowerGoal.Absent, Phase: InstancePhase.Placed }).ToList())
            {
                Gone(turn, new FabricEvent.InstanceGone(e.At, e.Node, i.Id));
            }
        }
    }

    /// <summary>An instance came to a phase.</summary>
    public static void Reported(Turn turn, FabricEvent.InstanceReported e)
    {
        // A report from a node that no longer hosts it, or of an instance long gone, tells nothing that we act on:
        // the goal state that the agent has, or is about to get, does not list it.
        if (!turn.State.Instances.TryGetValue(e.Instance, out var old) || old.Node != e.Node)
        {
            return;
        }

        var now = old with
        {
            Phase = e.Phase,
            PhaseSince = e.At,
            ReportedBoot = e.Boot,
            ReportedImage = e.Image,
            ReportedConfig = e.Config,
            ReportedRole = e.Role,
            GuestAgent = e.GuestAgent,
        };
        if (now with { PhaseSince = old.PhaseSince } == old)
        {
            return;
        }

        if (now.Phase != old.Phase)
        {
            turn.Say("instancePhaseChanged", e.Instance.Value, Words.Of(e.Phase));
        }
        else
        {
            now = now with { PhaseSince = e.Boot == old.ReportedBoot ? old.PhaseSince : e.At };
        }

        // A guest that starts anew is silent no more, nor heard yet; timers begin with it.
        if (now.Health is { } h && (e.Boot != old.ReportedBoot || (e.Phase < old.Phase && e.Phase <= InstancePhase.Booting)))
        {
            now = now with { Health = h with { GuestSilentSince = null, RoleSilentSince = null, ProbeSilentSince = null, Unresponsive = false, ProbeLost = false } };
        }

        InstanceWatch.Change(turn, old, now);

        if (now.Operation is { } operation)
        {
            Progress.Of(turn, operation);
        }
    }

    /// <summary>An instance is no longer on its node: deleted, scaled in or deallocated, its place is free.</summary>
    public static void Gone(Turn turn, FabricEvent.InstanceGone e)
    {
        if (!turn.State.Instances.TryGetValue(e.Instance, out var instance) || instance.Node != e.Node
            || instance.Power != PowerGoal.Absent)
        {
            Moving.Exorcise(turn, e.Node, g => g.Instance == e.Instance);
            return;
        }

        Left(turn, instance);
        // It may have been the last on a node that is being emptied.
        NodeWatch.Emptied(turn, e.Node);
    }

    /// <summary>An instance that shall be gone counts as gone; what becomes of its node is for others to say.</summary>
    public static void Left(Turn turn, FabricInstance instance)
    {
        turn.Say("instanceGone", instance.Id.Value, instance.Node!.Value.Value);
        instance = Migrating.Forsake(turn, instance);
        if (turn.State.Machines.TryGetValue(instance.Owner, out var machine) && machine.State != ProvisioningState.Deleting)
        {
            turn.Put(instance with
            {
                Node = null,
                NodeDrain = null,
                Dip = null,
                Phase = InstancePhase.Deallocated,
                PhaseSince = turn.Now,
                ReportedBoot = 0,
                ReportedImage = 0,
                ReportedConfig = 0,
                ReportedRole = 0,
                Health = null,
            });
            Networking.Change(turn, machine.Key);
        }
        else
        {
            turn.Remove(instance);
        }

        Teardown.InstanceGone(turn, instance);
        if (instance.Operation is { } operation)
        {
            Progress.Of(turn, operation);
        }
    }
}
