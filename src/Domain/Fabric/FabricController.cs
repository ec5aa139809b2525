// The cluster's mind: what it cares about, as a list. Each line leads to one file that tells how.
using System.Diagnostics;
using Rdfe.Domain.Deployments;

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
            case FabricEvent.DeadlinePassed d:
                Provisioning.DeadlinePassed(turn, new NodeId(d.Item.Key));
                break;
            case FabricEvent.HostAgentConnected c:
                Connecting.Connected(turn, c);
                break;
            case FabricEvent.BeatsMissed or FabricEvent.BeatsBack or FabricEvent.RoleTerminated
                or FabricEvent.HardwareFaulted or FabricEvent.NodeRecoveryEnded:
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
            case FabricEvent.RoleImageBuilt b:
                DeploymentPlacing.ImageBuilt(turn, b);
                break;
            case FabricEvent.NetworkProgrammed n:
                Networking.Confirmed(turn, n);
                break;
            default:
                throw new UnreachableException(e.GetType().Name);
        }
    }

    /// <summary>What must be asked again after a restart: everything committed whose answer has not been seen.</summary>
    public static void Resume(Turn turn)
    {
        Provisioning.Resume(turn);
        DeploymentPlacing.Resume(turn);
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
            case FabricRequest.PowerInstance r:
                PowerActions.Begin(turn, r);
                break;
            case FabricRequest.CancelOperation r:
                Teardown.Cancel(turn, r);
                break;
            case FabricRequest.ProvisionNode r:
                Provisioning.Begin(turn, r);
                break;
            case FabricRequest.ReloadTopology:
                turn.Reload = true;
                break;
            default:
                throw new UnreachableException(request.GetType().Name);
        }
    }
}
