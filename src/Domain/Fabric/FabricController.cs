// The cluster's mind: what it cares about, as a list. Each line leads to one file that tells how.
using System.Diagnostics;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Prediction;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Updates;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Fabric;

/// <summary>Decides what a cluster does about an event (DESIGN: decide, commit, act). Deterministic: no I/O, clock or chance.</summary>
public static class FabricController
{
    /// <summary>Decides one event inside a turn.</summary>
    public static void Decide(Turn turn, FabricEvent e)
    {
        turn.Now = e.At;
        switch (e)
        {
            case FabricEvent.Requested r:
                turn.InboxDone.Add(r.InboxId);
                Decide(turn, r.Request);
                break;
            case FabricEvent.ProvisionStepEnded p:
                Provisioning.StepEnded(turn, p);
                break;
            case FabricEvent.GoalAccepted g:
                InstanceLife.GoalAccepted(turn, g);
                break;
            case FabricEvent.InstanceReported i:
                InstanceLife.Reported(turn, i);
                break;
            case FabricEvent.InstanceGone g:
                InstanceLife.Gone(turn, g);
                break;
            case FabricEvent.DeadlinePassed d:
                DeadlinePassed(turn, d.Item);
                break;
            case FabricEvent.HostAgentConnected c:
                Connecting.Connected(turn, c);
                break;
            case FabricEvent.BeatsMissed { Of: Heartbeat.HostAgent } m:
                NodeWatch.Missed(turn, m);
                break;
            case FabricEvent.BeatsMissed m:
                InstanceWatch.Missed(turn, m);
                break;
            case FabricEvent.BeatsBack b:
                InstanceWatch.Back(turn, b);
                break;
            case FabricEvent.RoleTerminated t:
                InstanceWatch.RoleTerminated(turn, t);
                break;
            case FabricEvent.HardwareFaulted h:
                NodeWatch.HardwareFaulted(turn, h);
                break;
            case FabricEvent.SignalsReported s:
                Predicting.Reported(turn, s);
                break;
            case FabricEvent.RoleImageBuilt b:
                DeploymentPlacing.ImageBuilt(turn, b);
                break;
            case FabricEvent.NetworkProgrammed n:
                Networking.Confirmed(turn, n);
                break;
            case FabricEvent.NodeRecoveryEnded r:
                NodeWatch.RecoveryEnded(turn, r);
                break;
            case FabricEvent.VersionsInstalled v:
                Installing.Answered(turn, v);
                break;
            case FabricEvent.MaintenancePhaseReached m:
                Maintaining.CameTo(turn, m);
                break;
            case FabricEvent.NodeMaintained m:
                Maintaining.Answered(turn, m);
                break;
            case FabricEvent.ImageStaged s:
                StagingAhead.Answered(turn, s);
                break;
            case FabricEvent.MigrationPhaseReached m:
                Migrating.CameTo(turn, m);
                break;
            case FabricEvent.MigrationEnded m:
                Migrating.Answered(turn, m);
                break;
            default:
                throw new UnreachableException(e.GetType().Name);
        }
    }

    /// <summary>
    /// What follows from the events of a turn, at its end: what is broken is healed first, then updates go on, then the
    /// promise is asked for everything that waits. What the platform wants of nodes comes last (L4).
    /// </summary>
    public static void Settle(Turn turn)
    {
        foreach (var id in turn.Instances.OrderBy(i => i.Value, StringComparer.Ordinal).ToList())
        {
            // It shall go, and nobody on its node can be told.
            if (turn.State.Instances.TryGetValue(id, out var i) && i is { Power: PowerGoal.Absent, Node: { } node }
                && turn.State.Nodes[node].Health is { Trouble: NodeTrouble.Lost })
            {
                Moving.LeaveBehind(turn, i);
            }

            NodeWatch.GoOn(turn, id);
        }

        if (turn.Everything && !turn.SafeMode)
        {
            // Safe mode has ended, or a controller begins: silent nodes that it held are looked at again.
            NodeWatch.Release(turn);
        }

        Healer.Step(turn);
        if (!turn.SafeMode)
        {
            foreach (var owner in turn.Everything ? turn.State.Deployments.Keys.Order(StringComparer.Ordinal).ToList() : [.. turn.Touched])
            {
                Updating.Step(turn, owner);
                GuestOsServicing.Step(turn, owner);
            }
        }

        Migrating.Step(turn);
        Predicting.Step(turn);
        Acts.Grant(turn);
        // Who has left meanwhile is not waited for any more, and nobody is said to wait for it.
        Noticing.Step(turn);
        Pushing.Step(turn);
        if (turn.Everything)
        {
            turn.State.Ripples.ReachAll();
        }

        // Who waits for the promise comes before who has not begun; what a rollout gives up frees others.
        Maintaining.Step(turn);
        Rolling.Step(turn);
        Maintaining.Step(turn);
        StagingAhead.Step(turn);
        Noticing.Step(turn);
        Incidents.Step(turn);
        RoleImageGarbage.Drop(turn);
    }

    private static void DeadlinePassed(Turn turn, AgendaItem item)
    {
        switch (item.Kind)
        {
            case AgendaKind.Node:
                Provisioning.DeadlinePassed(turn, new NodeId(item.Key));
                Installing.DeadlinePassed(turn, new NodeId(item.Key));
                Maintaining.DeadlinePassed(turn, new NodeId(item.Key));
                StagingAhead.DeadlinePassed(turn, new NodeId(item.Key));
                NodeWatch.DeadlinePassed(turn, new NodeId(item.Key));
                if (turn.State.Nodes.TryGetValue(new NodeId(item.Key), out var node))
                {
                    turn.State.Agenda.Set(item, node.NextDeadline > turn.Now ? node.NextDeadline : null);
                }

                break;
            case AgendaKind.Instance:
                Migrating.DeadlinePassed(turn, new InstanceId(item.Key));
                InstanceWatch.DeadlinePassed(turn, new InstanceId(item.Key));
                break;
            case AgendaKind.Deployment:
                turn.Touched.Add(item.Key);
                break;
            case AgendaKind.Push or AgendaKind.Rollout or AgendaKind.ServiceHealth:
                // It is looked at in every turn; this was to have one.
                break;
            case AgendaKind.Notices:
                // Whoever waits for it is looked at in every turn.
                Noticing.See(turn, item.Key);
                turn.State.Agenda.Set(item, turn.State.Notices.Find(item.Key)?.NextDeadline(turn.Now, turn.Settings.Notices.LongestStarted));
                break;
            case AgendaKind.Cluster:
                turn.HealNow = true;
                break;
            default:
                throw new UnreachableException(item.Kind.ToString());
        }
    }

    /// <summary>What must be asked again after a restart: everything committed whose answer has not been seen.</summary>
    public static void Resume(Turn turn)
    {
        Provisioning.Resume(turn);
        DeploymentPlacing.Resume(turn);
        UpdateRequests.Resume(turn);
        NodeWatch.Resume(turn);
        Installing.Resume(turn);
        Maintaining.Resume(turn);
        StagingAhead.Resume(turn);
        Migrating.Resume(turn);
        Noticing.Resume(turn);
        turn.Everything = true;
        foreach (var d in turn.State.Deployments.Values.Where(d => d.ProgrammedNetwork < d.NetworkGeneration))
        {
            turn.Ask(Networking.Of(turn.State, d.Key)!);
        }

        foreach (var m in turn.State.Machines.Values.Where(m => m.ProgrammedNetwork < m.NetworkGeneration))
        {
            turn.Ask(Networking.Of(turn.State, m.Key)!);
        }
    }

    private static void Decide(Turn turn, FabricRequest request)
    {
        switch (request)
        {
            case FabricRequest.PlaceDeployment r:
                DeploymentPlacing.Begin(turn, r);
                break;
            case FabricRequest.PlaceVirtualMachine r:
                MachinePlacing.Begin(turn, r);
                break;
            case FabricRequest.PlaceDedicatedHost r:
                HostPlacing.Begin(turn, r);
                break;
            case FabricRequest.ChangeConfiguration r:
                ConfigurationChange.Begin(turn, r);
                break;
            case FabricRequest.UpdateDeployment r:
                UpdateRequests.Begin(turn, r);
                break;
            case FabricRequest.WalkUpdateDomain r:
                UpdateRequests.Walk(turn, r);
                break;
            case FabricRequest.RollBackUpdate r:
                UpdateRequests.RollBack(turn, r);
                break;
            case FabricRequest.SwapDeployments r:
                Swapping.Begin(turn, r);
                break;
            case FabricRequest.GuestOsPublished r:
                GuestOsServicing.Published(turn, r);
                break;
            case FabricRequest.TakeNodeOut r:
                NodeRequests.TakeOut(turn, r);
                break;
            case FabricRequest.ReturnNode r:
                NodeRequests.Return(turn, r);
                break;
            case FabricRequest.OverrideBrake r:
                NodeRequests.Override(turn, r);
                break;
            case FabricRequest.DeleteDeployment r:
                Teardown.Begin(turn, r);
                break;
            case FabricRequest.DeleteVirtualMachine r:
                Teardown.Begin(turn, r);
                break;
            case FabricRequest.DeleteDedicatedHost r:
                HostPlacing.Delete(turn, r);
                break;
            case FabricRequest.ChangeVirtualMachine r:
                MachinePlacing.Change(turn, r);
                break;
            case FabricRequest.ChangeSetCeilings r:
                MachinePlacing.Change(turn, r);
                break;
            case FabricRequest.PowerInstance r:
                PowerActions.Begin(turn, r);
                break;
            case FabricRequest.CancelOperation r:
                Teardown.Cancel(turn, r);
                break;
            case FabricRequest.ProvisionNode r:
                Provisioning.Begin(turn, r);
                break;
            case FabricRequest.StageAhead r:
                StagingAhead.Begin(turn, r);
                break;
            case FabricRequest.BeginRollout r:
                Rolling.Begin(turn, r);
                break;
            case FabricRequest.HoldRollout r:
                Rolling.Hold(turn, r);
                break;
            case FabricRequest.ResumeRollout r:
                Rolling.Resume(turn, r);
                break;
            case FabricRequest.RollBackRollout r:
                Rolling.RollBack(turn, r);
                break;
            case FabricRequest.DeferMaintenance r:
                SelfService.Defer(turn, r);
                break;
            case FabricRequest.EndRollout r:
                Rolling.End(turn, r);
                break;
            case FabricRequest.AcknowledgeNotice r:
                Noticing.Acknowledge(turn, r);
                break;
            case FabricRequest.NoticesRead r:
                Noticing.Read(turn, r);
                break;
            case FabricRequest.InstallBundle r:
                Pushing.Begin(turn, r);
                break;
            case FabricRequest.OverrideBundle r:
                Pushing.Override(turn, r);
                break;
            case FabricRequest.CancelBundle r:
                Pushing.Cancel(turn, r);
                break;
            case FabricRequest.MaintainNode r:
                MaintenanceRequests.Maintain(turn, r);
                break;
            case FabricRequest.WindowsChanged r:
                WindowChanges.Take(turn, r);
                break;
            case FabricRequest.ReloadTopology:
                turn.Reload = true;
                break;
            default:
                throw new UnreachableException(request.GetType().Name);
        }
    }
}
