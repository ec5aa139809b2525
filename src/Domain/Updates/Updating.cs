// U1, U2: update domain by update domain, the next only when every instance of the last is healthy. Each step is read
// off the instances and may be taken any number of times; what takes an instance down asks the promise (M1).
using System.Collections.Immutable;
using System.Diagnostics;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;

namespace Rdfe.Domain.Updates;

/// <summary>Walks updates.</summary>
internal static class Updating
{
    /// <summary>Takes an update as far as it can go now.</summary>
    public static void Step(Turn turn, string owner)
    {
        while (turn.State.Deployments.TryGetValue(owner, out var d) && d is { Update: { } update, State: not ProvisioningState.Deleting })
        {
            switch (update.Stage)
            {
                case UpdateStage.CreatingImages or UpdateStage.AwaitingWalk:
                    return;
                case UpdateStage.Removing:
                    Finish(turn, d, update);
                    return;
                case UpdateStage.Walking or UpdateStage.Unhealthy:
                    if (!WalkOn(turn, d, update))
                    {
                        return;
                    }

                    break;
                default:
                    throw new UnreachableException(update.Stage.ToString());
            }
        }
    }

    /// <summary>A granted act: the instance gets what the update has for it.</summary>
    public static void Apply(Turn turn, FabricInstance i, ActKind kind)
    {
        if (turn.State.Deployments.GetValueOrDefault(i.Owner)?.Update is not { } update)
        {
            turn.Put(i);
            return;
        }

        var next = i with
        {
            Image = update.To.PackageSha256,
            GuestOs = update.To.Model.GuestOs,
            ConfigGeneration = update.To.ConfigGeneration,
        };
        if (kind == ActKind.Update)
        {
            // New code is a new start: what the instance did to nodes before counts no more.
            next = next with
            {
                BootGeneration = i.BootGeneration + 1,
                ImageGeneration = i.ImageGeneration + 1,
                Health = i.Health is null ? null : i.Health with
                {
                    GuestSilentSince = null,
                    RoleSilentSince = null,
                    ProbeSilentSince = null,
                    Unresponsive = false,
                    ProbeLost = false,
                    // Down before or not, it is now down by our doing: until it has had its time again, it holds others (M1).
                    RestartedAt = null,
                    RoleCrashes = 0,
                    RestartRoleAt = null,
                    ConnectFailures = 0,
                    VmRestarts = 0,
                    Condemned = false,
                    NodesTaken = [],
                },
            };
        }

        turn.Put(next);
        if (i.Node is { } node)
        {
            turn.ChangeGoalOf(node);
        }

        Networking.Change(turn, i.Owner);
    }

    /// <summary>True when the instance is set to what an update has for it.</summary>
    public static bool IsAt(FabricInstance i, UpdateTarget target) =>
        i.Image == target.PackageSha256 && i.GuestOs == target.Model.GuestOs && i.ConfigGeneration == target.ConfigGeneration;

    // True when the present domain is done and the walk goes on.
    private static bool WalkOn(Turn turn, Deployment d, DeploymentUpdate update)
    {
        if (update.Domains.IsEmpty)
        {
            Put(turn, d, BeginRemoving(turn, d, update));
            return true;
        }

        var domain = update.Domains[0];
        var members = turn.State.InstancesOf(d.Key)
            .Where(i => i.UpdateDomain == domain && i.Power == PowerGoal.Running && StaysIn(i, update.To)).ToList();
        var open = members.FindAll(i => !IsAt(i, update.To));
        if (open.Count > 0)
        {
            AskFor(turn, d, update, domain, open);
            return false;
        }

        var changedAt = update.DomainChangedAt ?? turn.Now;
        if (members.Find(i => !IsDone(i) && !update.Baseline.Contains(i.Id)) is { } unhealthy)
        {
            AwaitHealth(turn, d, update, changedAt, unhealthy);
            return false;
        }

        turn.Say("updateDomainDone", d.Key, $"{domain} of {d.Service}, {members.Count} instances");
        var rest = update.Domains.RemoveAt(0);
        var next = update with
        {
            Domains = rest,
            Done = update.Done.Add(domain),
            DomainChangedAt = null,
            Deadline = null,
            Blocker = null,
            Walk = null,
            Stage = UpdateStage.Walking,
        };
        EndWalk(turn, update, null);
        if (update.Mode == UpdateMode.Manual && rest.Length > 0)
        {
            next = next with { Stage = UpdateStage.AwaitingWalk, Blocker = ManualWalk(turn, d, rest[0]) };
        }

        Put(turn, d, next);
        return true;
    }

    private static void AskFor(Turn turn, Deployment d, DeploymentUpdate update, int domain, List<FabricInstance> open)
    {
        foreach (var i in open.Where(i => i.Planned is null && i.Health?.Healing is null && i.Node is not null))
        {
            var kind = i.Image == update.To.PackageSha256 && i.GuestOs == update.To.Model.GuestOs ? ActKind.Configure : ActKind.Update;
            Acts.Ask(turn, i, new PlannedAct(kind, ActOrigin.Update, "update", update.Operation, turn.Now));
        }

        var blocker = open.Select(i => i.Planned?.Blocker).FirstOrDefault(b => b is not null)
            ?? new Blocker(
                BlockerCodes.UpdateDomainUnderWay, turn.Now, d.Key, $"{open.Count} instances of update domain {domain} are to be changed.",
                "They are.");
        Put(turn, d, update with { Blocker = blocker.Continuing(update.Blocker), DomainChangedAt = null, Deadline = null });
    }

    private static void AwaitHealth(Turn turn, Deployment d, DeploymentUpdate update, Instant changedAt, FabricInstance unhealthy)
    {
        var health = turn.Settings.Health;
        var members = turn.State.InstancesOf(d.Key).Where(i => i.UpdateDomain == update.Domains[0]).ToList();

        // Told of a configuration and silent about it: a graceful restart of the role makes it read it (U2).
        var mute = members.FindAll(i => i.IsReady && i.ReportedConfig != i.ConfigGeneration && i.Planned is null);
        var answerBy = changedAt + health.ConfigurationAnswerTimeout;
        if (mute.Count > 0 && turn.Now >= answerBy)
        {
            foreach (var i in mute)
            {
                turn.Say("configurationUnanswered", i.Id.Value, "the role is restarted");
                Acts.Ask(turn, i, new PlannedAct(ActKind.RestartRole, ActOrigin.Update, "configurationUnanswered", update.Operation, turn.Now));
            }
        }

        var until = changedAt + health.RoleReadyTimeout;
        var code = turn.Now >= until ? BlockerCodes.UpdateDomainUnhealthy : BlockerCodes.UpdateDomainUnderWay;
        var deadline = turn.Now < until ? until : (Instant?)null;
        if (mute.Count > 0 && turn.Now < answerBy && answerBy < until)
        {
            deadline = answerBy;
        }

        var late = code == BlockerCodes.UpdateDomainUnhealthy;
        if (late && update.Stage != UpdateStage.Unhealthy)
        {
            turn.Say("updateDomainUnhealthy", d.Key, $"{unhealthy.Name} is {Words.Of(unhealthy.CurrentPhase)} {health.RoleReadyTimeout.TotalMinutes:0.#} min after its change; the update waits for its owner");
            EndWalk(turn, update, new OperationError(BlockerCodes.UpdateDomainUnhealthy, $"{unhealthy.Name} did not become healthy in time."));
        }

        Put(turn, d, update with
        {
            DomainChangedAt = changedAt,
            Deadline = deadline,
            Stage = late ? UpdateStage.Unhealthy : UpdateStage.Walking,
            Walk = late ? null : update.Walk,
            Blocker = new Blocker(
                code, turn.Now, unhealthy.Id.Value, $"{unhealthy.Name} of update domain {update.Domains[0]} is {Words.Of(unhealthy.CurrentPhase)}.",
                late ? "It becomes healthy, or its owner orders the walk on, rolls back or sends another update." : "It becomes healthy.",
                late ? null : until).Continuing(update.Blocker),
        });
    }

    private static DeploymentUpdate BeginRemoving(Turn turn, Deployment d, DeploymentUpdate update)
    {
        foreach (var i in turn.State.InstancesOf(d.Key).Where(i => !StaysIn(i, update.To) && i.Power != PowerGoal.Absent).ToList())
        {
            Supersede(turn, i, update);
            turn.Put(turn.State.Instances[i.Id] with { Power = PowerGoal.Absent, Planned = null });
            if (i.Node is { } node)
            {
                turn.ChangeGoalOf(node);
            }
        }

        Networking.Change(turn, d.Key);
        return update with { Stage = UpdateStage.Removing, Blocker = null, Deadline = null };
    }

    // What was asked of one that leaves has nothing to come back to; it would otherwise never end (R6).
    private static void Supersede(Turn turn, FabricInstance leaving, DeploymentUpdate update)
    {
        if (leaving.Operation is { } id && id != update.Operation && turn.State.Operations.TryGetValue(id, out var other))
        {
            foreach (var i in turn.State.AwaitedBy(id).ToList())
            {
                turn.Put(i with { Operation = null });
            }

            turn.Put(other.Cancel(new OperationError("superseded", "An update removes the instance."), turn.Now));
        }
    }

    private static void Finish(Turn turn, Deployment d, DeploymentUpdate update)
    {
        if (turn.State.InstancesOf(d.Key).Any(i => i.Power == PowerGoal.Absent) || !Networking.IsProgrammed(turn.State, d.Key))
        {
            return;
        }

        var freed = update.CoresHeld - update.To.Model.TotalNeeds.Cores;
        if (freed > 0)
        {
            turn.Shared.Add(new SharedEffect.ReleaseQuota(d.SubscriptionId, new QuotaTaken(freed, 0, 0)));
        }

        turn.Put(d with { Update = null, State = ProvisioningState.Succeeded });
        if (turn.State.Operations.TryGetValue(update.Operation, out var operation))
        {
            foreach (var i in turn.State.AwaitedBy(operation.Id).ToList())
            {
                turn.Put(i with { Operation = null });
            }

            turn.Put(operation.Succeed(turn.Now));
        }
    }

    /// <summary>What a manual update says while its owner is to order the next domain.</summary>
    public static Blocker ManualWalk(Turn turn, Deployment d, int domain) => new(
        BlockerCodes.ManualWalk, turn.Now, d.Key, $"Update domain {domain} is next.", "POST …/walkUpgradeDomain.");

    /// <summary>Ends the operation of an order to walk, where there is one.</summary>
    public static void EndWalk(Turn turn, DeploymentUpdate update, OperationError? error)
    {
        if (update.Walk is { } id && turn.State.Operations.TryGetValue(id, out var walk))
        {
            turn.Put(error is null ? walk.Succeed(turn.Now) : walk.Fail(error, turn.Now));
        }
    }

    /// <summary>Puts a deployment's update if it says anything new.</summary>
    public static void Put(Turn turn, Deployment d, DeploymentUpdate update)
    {
        if (turn.State.Deployments[d.Key].Update != update)
        {
            turn.Put(turn.State.Deployments[d.Key] with { Update = update });
        }
    }

    // Scale-in by an update takes the same instances that a change of configuration would (P3): chosen when it began.
    private static bool StaysIn(FabricInstance i, UpdateTarget target) =>
        target.Model.Roles.Any(r => r.Name == i.Role) && !i.LeavesWithUpdate;

    private static bool IsDone(FabricInstance i) => i.IsHealthy && i.ReportedConfig == i.ConfigGeneration;
}
