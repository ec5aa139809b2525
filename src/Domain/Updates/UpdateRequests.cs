// What owners may ask of an update: begin one, walk it on, take it back (U1). Nothing has changed until what it adds has
// its place: allocation is all or nothing (P4).
using System.Collections.Immutable;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Updates;

/// <summary>Begins, walks and takes back updates.</summary>
internal static class UpdateRequests
{
    /// <summary>Begins an update; one that is stuck gives way to it: a fix can always be rolled forward.</summary>
    public static void Begin(Turn turn, FabricRequest.UpdateDeployment request)
    {
        turn.Shared.Add(new SharedEffect.Landed(request.CoresInFlight));
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (!turn.State.Deployments.TryGetValue(request.Deployment.Value, out var d)
            || d.State is not (ProvisioningState.Succeeded or ProvisioningState.Running)
            || (d.State == ProvisioningState.Running && d.Update is null))
        {
            Refuse(turn, request, operation, new OperationError("deploymentNotReady", "The deployment is gone or being changed."));
            return;
        }

        // What it counted on to be held already may have been given back meanwhile, by an update that has ended.
        if (d.CoresHeld + request.Taken.Cores < request.To.Model.TotalNeeds.Cores)
        {
            Refuse(turn, request, operation, new OperationError("deploymentNotReady", "The deployment has changed meanwhile; send it again."));
            return;
        }

        if (d.Update is { } last)
        {
            if (!last.MayGiveWayTo(request.Kind))
            {
                Refuse(turn, request, operation, new OperationError("operationInProgress", $"Operation {last.Operation} is under way on it."));
                return;
            }

            Supersede(turn, d, last);
            d = turn.State.Deployments[d.Key];
        }

        // What is stuck half way has no state of its own to go back to: a rollback goes to where that one came from.
        var from = d.Update?.From ?? UpdateTarget.Of(d);
        var held = d.CoresHeld + request.Taken.Cores;
        var update = new DeploymentUpdate
        {
            Operation = operation.Id,
            Kind = request.Kind,
            Mode = request.Mode,
            From = from,
            To = request.To,
            Stage = UpdateStage.CreatingImages,
            CoresHeld = held,
            // Those that the update it takes the place of has broken are not excused: else a second bad build would walk
            // past the domain that the first one is stuck at, and take the next one down as well (U1).
            Baseline = d.Update is { } stuck ? [.. Unhealthy(turn, d).Where(i => stuck.Baseline.Contains(i))] : Unhealthy(turn, d),
        };
        turn.Put(d with { Update = update, State = ProvisioningState.Running, Operation = operation.Id });
        if (turn.State.RoleImages.Contains(request.To.PackageSha256))
        {
            turn.Put(operation.Finish(StepNames.CreateRoleImages, turn.Now));
            Allocate(turn, turn.State.Deployments[d.Key]);
            return;
        }

        turn.Put(operation.Reach(StepNames.CreateRoleImages, turn.Now));
        turn.Ask(new FabricEffect.BuildRoleImage(turn.State.Id, request.To.PackageSha256, request.To.Model.ImageMib));
    }

    /// <summary>The role images are there: every update that waited for them goes on.</summary>
    public static void ImageBuilt(Turn turn, string sha256)
    {
        foreach (var d in turn.State.Deployments.Values
            .Where(d => d.Update is { Stage: UpdateStage.CreatingImages } u && u.To.PackageSha256 == sha256 && d.State != ProvisioningState.Deleting)
            .OrderBy(d => d.Key, StringComparer.Ordinal).ToList())
        {
            turn.Put(turn.State.Operations[d.Update!.Operation].Finish(StepNames.CreateRoleImages, turn.Now));
            Allocate(turn, d);
        }
    }

    /// <summary>After a restart: images that were asked for are asked for again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var d in turn.State.Deployments.Values.Where(d => d.Update is { Stage: UpdateStage.CreatingImages }))
        {
            turn.Ask(new FabricEffect.BuildRoleImage(turn.State.Id, d.Update!.To.PackageSha256, d.Update.To.Model.ImageMib));
        }
    }

    /// <summary>The owner orders the next update domain, or orders the walk on past one that is unhealthy.</summary>
    public static void Walk(Turn turn, FabricRequest.WalkUpdateDomain request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        var d = turn.State.Deployments.GetValueOrDefault(request.Deployment.Value);
        if (d is not { State: not ProvisioningState.Deleting, Update: { } update }
            || update.Stage is not (UpdateStage.AwaitingWalk or UpdateStage.Unhealthy))
        {
            turn.Put(operation.Fail(new OperationError("nothingToWalk", "No update of the deployment waits for its owner."), turn.Now));
            return;
        }

        var past = update.Stage == UpdateStage.Unhealthy;
        var rest = past ? update.Domains.RemoveAt(0) : update.Domains;
        if (request.UpdateDomain is { } asked && (rest.IsEmpty || asked != rest[0]))
        {
            turn.Put(operation.Fail(
                new OperationError("otherUpdateDomain", rest.IsEmpty ? "No update domain is left." : $"Update domain {rest[0]} is next, not {asked}."),
                turn.Now));
            return;
        }

        turn.Say("updateWalked", d.Key, past ? $"on past update domain {update.Domains[0]}, which is not healthy, by order of the owner" : $"update domain {rest[0]}");
        turn.Put(operation.Reach(operation.Steps[0].Name, turn.Now));
        if (rest.IsEmpty)
        {
            turn.Put(turn.State.Operations[operation.Id].Succeed(turn.Now));
        }

        Updating.Put(turn, d, update with
        {
            Domains = rest,
            Done = past ? update.Done.Add(update.Domains[0]) : update.Done,
            Stage = UpdateStage.Walking,
            Walk = rest.IsEmpty ? null : operation.Id,
            Blocker = null,
            Deadline = null,
            DomainChangedAt = null,
        });
    }

    /// <summary>Takes an update back while it runs: what it has changed is changed back, the last update domain first.</summary>
    public static void RollBack(Turn turn, FabricRequest.RollBackUpdate request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        var d = turn.State.Deployments.GetValueOrDefault(request.Deployment.Value);
        if (d is not { State: not ProvisioningState.Deleting, Update: { IsRollback: false } update } || update.Stage == UpdateStage.Removing)
        {
            turn.Put(operation.Fail(new OperationError("nothingToRollBack", "No update of the deployment can be taken back."), turn.Now));
            return;
        }

        Supersede(turn, d, update, "rolledBack", "Its owner takes it back.");
        d = turn.State.Deployments[d.Key];
        var (from, to) = (update.To, update.From);
        var touched = update.Current is { } current ? update.Done.Add(current) : update.Done;
        // What an update before this one had changed, and what this one added and now stays, is changed back as well.
        var others = turn.State.InstancesOf(d.Key).Where(i => i.Power != PowerGoal.Absent && !Updating.IsAt(i, to))
            .Select(i => i.UpdateDomain).OrderDescending();
        var back = update with
        {
            Operation = operation.Id,
            IsRollback = true,
            Mode = request.Mode,
            From = from,
            To = to,
            Domains = [.. touched.Reverse().Concat(others).Distinct()],
            Done = [],
            Baseline = [],
            Walk = null,
            DomainChangedAt = null,
            Deadline = null,
            Blocker = null,
            Stage = UpdateStage.Walking,
        };
        if (back.Mode == UpdateMode.Manual && back.Domains.Length > 0)
        {
            back = back with { Stage = UpdateStage.AwaitingWalk, Blocker = Updating.ManualWalk(turn, d, back.Domains[0]) };
        }

        MarkLeavers(turn, d, to);
        turn.Put(Set(d, to) with { Update = back, Operation = operation.Id, State = ProvisioningState.Running });
        turn.Put(operation.Reach(StepNames.WalkUpdateDomains, turn.Now));
    }

    /// <summary>More or fewer instances while an update walks (P3): the end of the update changes, its beginning does not.</summary>
    public static bool Scale(Turn turn, FabricRequest.ChangeConfiguration request, Deployment d, DeploymentUpdate update)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (update.IsRollback || update.Stage is UpdateStage.CreatingImages or UpdateStage.Removing)
        {
            return false;
        }

        var to = update.To with { Model = request.Model, ConfigGeneration = request.ConfigGeneration, Etag = request.Etag };
        var next = Set(d, to);
        var added = Added(turn, next, to, operation.Id);
        if (added.Count > 0)
        {
            var (placed, tried) = Placing.Ask(turn, DeploymentPlacing.Request(turn, next, added), scope: null);
            if (placed is null)
            {
                turn.Put(operation.Fail(new OperationError("allocationFailed", tried.Detail), turn.Now));
                if (request.Taken != QuotaTaken.None)
                {
                    turn.Shared.Add(new SharedEffect.ReleaseQuota(d.SubscriptionId, request.Taken));
                }

                return true;
            }

            DeploymentPlacing.Settle(turn, added, placed);
        }

        foreach (var i in turn.State.InstancesOf(d.Key).Where(i => Updating.IsAt(i, update.To)).ToList())
        {
            turn.Put(i with { ConfigGeneration = to.ConfigGeneration });
            if (i.Node is { } node)
            {
                turn.ChangeGoalOf(node);
            }
        }

        MarkLeavers(turn, d, to);
        turn.Put(next with { Update = update with { To = to, CoresHeld = update.CoresHeld + request.Taken.Cores } });
        Networking.Change(turn, d.Key);
        turn.Put(operation.Finish(StepNames.Allocate, turn.Now));
        if (added.Count == 0)
        {
            // Those that leave do so at the end of the walk, so that a rollback still has them.
            turn.Put(turn.State.Operations[operation.Id].Succeed(turn.Now));
        }

        return true;
    }

    /// <summary>The deployment set to one end of an update.</summary>
    public static Deployment Set(Deployment d, UpdateTarget t) => d with
    {
        Package = t.Package,
        PackageSha256 = t.PackageSha256,
        ConfigGeneration = t.ConfigGeneration,
        Model = t.Model,
        Label = t.Label,
        Etag = t.Etag,
    };

    private static void Allocate(Turn turn, Deployment d)
    {
        var update = d.Update!;
        var operation = turn.State.Operations[update.Operation];
        var next = Set(d, update.To);
        var added = Added(turn, next, update.To, update.Operation);
        if (added.Count > 0)
        {
            var (placed, tried) = Placing.Ask(turn, DeploymentPlacing.Request(turn, next, added), scope: null);
            if (placed is null)
            {
                GiveUp(turn, d, update, new OperationError("allocationFailed", tried.Detail));
                return;
            }

            DeploymentPlacing.Settle(turn, added, placed);
            next = next with { Placement = next.Placement with { Tries = [.. next.Placement.Tries, tried] } };
        }

        MarkLeavers(turn, d, update.To);
        var domains = Enumerable.Range(0, update.To.Model.UpdateDomainCount)
            .Where(u => turn.State.InstancesOf(d.Key).Any(i => i.UpdateDomain == u)).ToImmutableArray();
        var walking = update with { Stage = UpdateStage.Walking, Domains = domains };
        if (update.Mode == UpdateMode.Manual)
        {
            walking = walking with { Stage = UpdateStage.AwaitingWalk, Blocker = Updating.ManualWalk(turn, d, domains[0]) };
        }

        turn.Put(next with { Update = walking });
        Networking.Change(turn, d.Key);
        turn.Put(operation.Finish(StepNames.Allocate, turn.Now).Reach(StepNames.WalkUpdateDomains, turn.Now));
        turn.Say("updateBegan", d.Key, $"{Words.Of(update.Kind)}, {Words.Of(update.Mode)}, update domains {string.Join(", ", domains)}");
    }

    private static List<FabricInstance> Added(Turn turn, Deployment next, UpdateTarget to, OperationId operation) =>
        [.. to.Model.Roles.SelectMany(role =>
        {
            var present = turn.State.InstancesOf(next.Key).Count(i => i.Role == role.Name && i.Power != PowerGoal.Absent);
            return role.Count > present
                ? DeploymentPlacing.Seats(turn, next, role, role.Count - present, to.ConfigGeneration, operation)
                : [];
        })];

    // Which instances go is decided once, so that a walk does not change those that are about to leave.
    private static void MarkLeavers(Turn turn, Deployment d, UpdateTarget to)
    {
        foreach (var role in to.Model.Roles)
        {
            var present = turn.State.InstancesOf(d.Key).Where(i => i.Role == role.Name && i.Power != PowerGoal.Absent).OrderBy(i => i.Index).ToList();
            var leave = present.Count > role.Count
                ? UpdateDomains.ChooseToRemove([.. present.Select(i => i.UpdateDomain)], present.Count - role.Count).Select(at => present[at].Id).ToHashSet()
                : [];
            foreach (var i in present.Where(i => i.LeavesWithUpdate != leave.Contains(i.Id)))
            {
                turn.Put(i with { LeavesWithUpdate = leave.Contains(i.Id) });
            }
        }
    }

    private static void GiveUp(Turn turn, Deployment d, DeploymentUpdate update, OperationError error)
    {
        turn.Put(turn.State.Operations[update.Operation].Fail(error, turn.Now));
        if (update.From != UpdateTarget.Of(d))
        {
            // It was to take the place of one that was stuck half way: half way it stays, and its owner may try again.
            turn.Put(d with
            {
                Update = update with
                {
                    To = UpdateTarget.Of(d),
                    Stage = UpdateStage.Unhealthy,
                    Domains = [.. Enumerable.Range(0, d.Model.UpdateDomainCount)],
                    Blocker = new Blocker(error.Code, turn.Now, turn.State.Id.Value, error.Message, "Its owner rolls back or sends another update."),
                },
            });
            return;
        }

        var freed = update.CoresHeld - d.Model.TotalNeeds.Cores;
        if (freed > 0)
        {
            turn.Shared.Add(new SharedEffect.ReleaseQuota(d.SubscriptionId, new QuotaTaken(freed, 0, 0)));
        }

        turn.Put(d with { Update = null, State = ProvisioningState.Succeeded });
    }

    private static void Supersede(
        Turn turn, Deployment d, DeploymentUpdate last, string code = "superseded", string why = "A later update takes its place.")
    {
        Updating.EndWalk(turn, last, new OperationError(code, why));
        foreach (var i in turn.State.InstancesOf(d.Key).Where(i => i.Planned is { Origin: ActOrigin.Update }).ToList())
        {
            InstanceWatchChange(turn, i);
        }

        foreach (var i in turn.State.AwaitedBy(last.Operation).ToList())
        {
            turn.Put(i with { Operation = null });
        }

        if (turn.State.Operations.TryGetValue(last.Operation, out var operation))
        {
            turn.Put(operation.Cancel(new OperationError(code, why), turn.Now));
        }
    }

    private static void InstanceWatchChange(Turn turn, FabricInstance i) =>
        Health.InstanceWatch.Change(turn, i, i with { Planned = null });

    // In order of id, so that the same state gives the same list.
    private static ImmutableArray<InstanceId> Unhealthy(Turn turn, Deployment d) =>
        [.. turn.State.InstancesOf(d.Key).Where(i => i.Power == PowerGoal.Running && !i.IsHealthy).Select(i => i.Id)];

    private static void Refuse(Turn turn, FabricRequest.UpdateDeployment request, Operation operation, OperationError error)
    {
        turn.Put(operation.Fail(error, turn.Now));
        if (request.Taken != QuotaTaken.None && operation.SubscriptionId is { } subscription)
        {
            turn.Shared.Add(new SharedEffect.ReleaseQuota(subscription, request.Taken));
        }
    }
}
