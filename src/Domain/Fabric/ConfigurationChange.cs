// D4, P3: instance counts and settings are changed by configuration. What is added is allocated first, all or nothing:
// where there is no room, nothing has changed.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Fabric;

/// <summary>Applies a new configuration to a deployment.</summary>
internal static class ConfigurationChange
{
    /// <summary>Adds, removes and notifies instances.</summary>
    public static void Begin(Turn turn, FabricRequest.ChangeConfiguration request)
    {
        turn.Shared.Add(new SharedEffect.Landed(request.CoresInFlight));
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (turn.State.Deployments.GetValueOrDefault(request.Deployment.Value) is { Update: { } update, State: not ProvisioningState.Deleting } walking
            && UpdateRequests.Scale(turn, request, walking, update))
        {
            return;
        }

        if (!turn.State.Deployments.TryGetValue(request.Deployment.Value, out var old) || old.State != ProvisioningState.Succeeded)
        {
            Refuse(turn, request, operation, new OperationError("deploymentNotReady", "The deployment is gone or being changed."));
            return;
        }

        var changed = old with
        {
            Model = request.Model,
            ConfigGeneration = request.ConfigGeneration,
            Etag = request.Etag,
            Operation = operation.Id,
        };
        var added = Added(turn, old, changed, operation.Id).ToList();
        PlacementResult? placed = null;
        if (added.Count > 0)
        {
            (placed, var tried) = Placing.Ask(turn, DeploymentPlacing.Request(turn, changed, added), scope: null);
            changed = changed with { Placement = changed.Placement with { Tries = [.. changed.Placement.Tries, tried] } };
            if (placed is null)
            {
                Refuse(turn, request, operation, new OperationError("allocationFailed", tried.Detail));
                return;
            }
        }

        turn.Put(changed with { State = ProvisioningState.Running });
        turn.Put(operation.Finish(StepNames.Allocate, turn.Now));
        var leaving = Leaving(turn, changed).Select(i => i.Id).ToHashSet();
        foreach (var i in turn.State.InstancesOf(changed.Key).ToList())
        {
            if (leaving.Contains(i.Id))
            {
                Supersede(turn, i);
            }

            turn.Put(leaving.Contains(i.Id)
                ? i with { Power = PowerGoal.Absent, Operation = operation.Id, Planned = null }
                // Those that stay are told, and not waited for: they go on as they are, whether they answer or not.
                : i with { ConfigGeneration = changed.ConfigGeneration });
            if (i.Node is { } node)
            {
                turn.ChangeGoalOf(node);
            }
        }

        if (placed is not null)
        {
            DeploymentPlacing.Settle(turn, added, placed);
        }

        Networking.Change(turn, changed.Key);
        ReleaseWhatLeaves(turn, old, changed);
        Progress.Of(turn, operation.Id);
    }

    private static IEnumerable<FabricInstance> Added(Turn turn, Deployment old, Deployment changed, OperationId operation) =>
        changed.Model.Roles.SelectMany(role =>
        {
            var more = role.Count - old.Model.Roles.Single(r => r.Name == role.Name).Count;
            return more > 0 ? DeploymentPlacing.Seats(turn, changed, role, more, changed.ConfigGeneration, operation) : [];
        });

    private static IEnumerable<FabricInstance> Leaving(Turn turn, Deployment changed) =>
        changed.Model.Roles.SelectMany(role =>
        {
            var present = turn.State.InstancesOf(changed.Key)
                .Where(i => i.Role == role.Name && i.Power != PowerGoal.Absent).OrderBy(i => i.Index).ToList();
            return present.Count > role.Count
                ? UpdateDomains.ChooseToRemove([.. present.Select(i => i.UpdateDomain)], present.Count - role.Count)
                    .Select(at => present[at])
                : [];
        });

    // A reboot of what leaves has nothing to come back to; it would otherwise never end (R6).
    private static void Supersede(Turn turn, FabricInstance leaving)
    {
        if (leaving.Operation is { } id && turn.State.Operations.TryGetValue(id, out var reboot))
        {
            turn.Put(reboot.Cancel(new OperationError("superseded", "A new configuration removes the instance."), turn.Now));
        }
    }

    private static void ReleaseWhatLeaves(Turn turn, Deployment old, Deployment changed)
    {
        var fewer = old.Model.Roles.Sum(r =>
            Math.Max(0, r.Count - changed.Model.Roles.Single(c => c.Name == r.Name).Count) * r.Needs.Cores);
        if (fewer > 0)
        {
            turn.Shared.Add(new SharedEffect.ReleaseQuota(changed.SubscriptionId, new QuotaTaken(fewer, 0, 0)));
        }
    }

    private static void Refuse(Turn turn, FabricRequest.ChangeConfiguration request, Operation operation, OperationError error)
    {
        turn.Put(operation.Fail(error, turn.Now));
        if (request.Taken != QuotaTaken.None && operation.SubscriptionId is { } subscription)
        {
            turn.Shared.Add(new SharedEffect.ReleaseQuota(subscription, request.Taken));
        }
    }
}
