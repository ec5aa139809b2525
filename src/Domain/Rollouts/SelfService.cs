// W1, W2: the owner of a machine chooses the moment. Among others on a node it moves to a node that is done; on hardware of its
// own, where there is nowhere to go, it lets the update come.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;

namespace Rdfe.Domain.Rollouts;

/// <summary>Answers owners.</summary>
internal static class SelfService
{
    /// <summary>True when a rollout has the instance's node still before it.</summary>
    public static bool IsPending(ClusterState state, FabricInstance i) =>
        state.Rollout is { RollsBack: false } r && i.Node is { } node && RolloutNodes.IsRemaining(state, r, state.Nodes[node]);

    /// <summary>The owner says: now. True when that was all; false where the instance is to be moved.</summary>
    public static bool Perform(Turn turn, FabricInstance i, Operation operation)
    {
        if (!IsPending(turn.State, i))
        {
            turn.Put(operation.Fail(new OperationError("noMaintenancePending", "No maintenance is pending for it."), turn.Now));
            return true;
        }

        var r = turn.State.Rollout!;
        turn.Say("maintenanceChosen", i.Id.Value, $"{r.Part.Update.Name}, by its owner");
        if (!TenantMoments.IsAlone(turn.State, i))
        {
            turn.Put(r with { Deferrals = r.Deferrals.RemoveAll(d => d.Instance == i.Id) });
            return false;
        }

        // The node is the owner's alone: it is begun with as soon as the promise allows, and its own progress tells the rest.
        turn.Put(r with { Consents = r.Consents.Contains(i.Id) ? r.Consents : r.Consents.Add(i.Id), Deferrals = r.Deferrals.RemoveAll(d => d.Instance == i.Id) });
        turn.Put(operation.Succeed(turn.Now));
        return true;
    }

    /// <summary>The machine runs on a node that has the update: its maintenance is behind it.</summary>
    public static void Performed(Turn turn, FabricInstance i, Operation operation)
    {
        if (turn.State.Rollout is not { } r)
        {
            return;
        }

        // Down since the load balancer was drained of it; that it had to wait for its turn before is no impact.
        var from = operation.Steps.FirstOrDefault(s => s.Name == StepNames.Drain)?.EndedAt ?? operation.CreatedAt;
        var past = new PastMaintenance(r.Part.Update.Name, Technology.Redeploy, turn.Settings.Maintenance.RedeployPause, turn.Now - from, turn.Now, MaintainedBy.Tenant);
        turn.Put(i with { LastMaintenance = [past, .. i.LastMaintenance.Take(turn.Settings.Maintenance.KeptPerInstance - 1)] });
        turn.Say("maintenancePerformed", i.Id.Value, $"{r.Part.Update.Name}, on {i.Node}");
    }

    /// <summary>The owner puts it off, as far as the rollout allows.</summary>
    public static void Defer(Turn turn, FabricRequest.DeferMaintenance request)
    {
        if (turn.State.Rollout is { } r && r.Part.Rollout == request.Rollout && turn.State.Instances.TryGetValue(request.Instance, out var i) && IsPending(turn.State, i))
        {
            var until = Instant.Min(request.Until, r.Part.ForcedAt);
            turn.Say("maintenanceDeferred", i.Id.Value, $"until {until}, by its owner");
            turn.Put(r with
            {
                Deferrals = r.Deferrals.RemoveAll(d => d.Instance == i.Id).Add(new Deferral(i.Id, until)),
                Consents = r.Consents.Remove(i.Id),
            });
        }
    }
}
