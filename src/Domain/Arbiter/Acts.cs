// The one arbiter (DESIGN): every act that takes an instance down is asked for here, granted in the order of asking,
// drained, and then done. Grants are decisions of one actor over one state, so two of them can't overlook each other.
using System.Diagnostics;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Arbiter;

/// <summary>Asks for, grants and does acts.</summary>
internal static class Acts
{
    /// <summary>Notes what is wanted; it is granted at the end of the turn, or waits and says for what.</summary>
    public static void Ask(Turn turn, FabricInstance i, PlannedAct act) =>
        turn.Put(turn.State.Instances[i.Id] with { Planned = ActNotices.Announce(turn, i, act) });

    /// <summary>Grants what may be done now, in the order of asking.</summary>
    public static void Grant(Turn turn)
    {
        foreach (var i in turn.State.Waiting
            .OrderBy(i => i.Planned!.AskedAt).ThenBy(i => i.Id.Value, StringComparer.Ordinal))
        {
            // An act before it in this very turn may have changed it.
            if (turn.State.Instances.TryGetValue(i.Id, out var now) && now.Planned is { Stage: ActStage.Waiting } act && now.Node is not null)
            {
                if (Evacuation.Instead(turn, now, act))
                {
                    continue;
                }

                if (BlockerOf(turn, now, act) is { } blocker)
                {
                    Block(turn, now, act, blocker);
                }
                else
                {
                    Grant(turn, now, act);
                }
            }
        }
    }

    /// <summary>The load balancer confirmed a generation: what was drained by it is done now.</summary>
    public static void Drained(Turn turn, FabricEvent.NetworkProgrammed e)
    {
        foreach (var i in turn.State.InstancesOf(e.Owner).ToList())
        {
            if (i.Planned is { Stage: ActStage.Draining } act && act.DrainGeneration <= e.Generation)
            {
                Do(turn, i, act);
            }
        }
    }

    private static Blocker? BlockerOf(Turn turn, FabricInstance i, PlannedAct act)
    {
        if (turn.SafeMode)
        {
            return Brake.Holds(turn);
        }

        if (Migrating.Holds(turn, i) is { } migrates)
        {
            return migrates;
        }

        // A tenant's own stop is never refused (DESIGN).
        if (act.Kind is ActKind.PowerOff or ActKind.Deallocate)
        {
            return null;
        }

        if (i.NodeDrain is not null && act.Kind is not (ActKind.Move or ActKind.PerformMaintenance))
        {
            return new Blocker(BlockerCodes.Busy, turn.Now, i.Node!.Value.Value, $"{i.Name} goes down with {i.Node}, which is being maintained.", "The node is back.");
        }

        if (ActNotices.Holds(turn, i, act) is { } notice)
        {
            return notice;
        }

        // L2: infrastructure work stops with healing. A tenant's own update is the tenant's affair.
        if (act.Origin == ActOrigin.Update && turn.State.Deployments.GetValueOrDefault(i.Owner)?.Update is { Kind: UpdateKind.GuestOs }
            && Brake.Holds(turn) is { } holds)
        {
            return holds;
        }

        if (act.Kind is ActKind.Move or ActKind.PerformMaintenance)
        {
            if (Brake.Holds(turn) is { } brake && act.Origin != ActOrigin.User)
            {
                return brake;
            }

            if (!Moving.HasRoom(turn, i, out var noRoom, Where(turn, act)))
            {
                turn.State.Agenda.Set(Healer.ClusterItem(turn.State), turn.Now + turn.Settings.Health.RetryNoRoom);
                return new Blocker(BlockerCodes.NoRoom, turn.Now, turn.State.Id.Value, noRoom, "Capacity becomes free; it is tried every minute.");
            }
        }

        if (Promise.Forbids(turn.State, i, turn.Now, turn.Settings.Health) is not { } promise)
        {
            return null;
        }

        if (act.ForceAt <= turn.Now)
        {
            turn.Say("promiseForced", i.Id.Value, $"{Words.Of(act.Kind)} asked for at {act.AskedAt}: {promise.Detail}");
            return null;
        }

        return promise with { ForcedAt = act.ForceAt is { } force && promise.ForcedAt is { } held && force < held ? force : promise.ForcedAt ?? act.ForceAt };
    }

    // Whoever performs maintenance goes where it has been done, and need not be asked again (W1).
    private static Func<FabricNode, bool>? Where(Turn turn, PlannedAct act) =>
        act.Kind == ActKind.PerformMaintenance && turn.State.Rollout is { RollsBack: false } r
            ? n => r.Part.Update.Versions.IsIn(n.Versions)
            : null;

    private static void Block(Turn turn, FabricInstance i, PlannedAct act, Blocker blocker)
    {
        var seen = blocker.Continuing(act.Blocker);
        if (act.Blocker != seen)
        {
            turn.Put(i with { Planned = act with { Blocker = seen } });
        }
    }

    private static void Grant(Turn turn, FabricInstance i, PlannedAct act)
    {
        turn.Decides = true;
        ActNotices.Start(turn, i, act);
        if (act.Kind == ActKind.Configure || (!i.TakesTraffic && DownWithNode.IsDrained(turn.State, i)))
        {
            Do(turn, i, act);
            return;
        }

        Networking.Change(turn, i.Owner);
        var drain = Networking.GenerationOf(turn.State, i.Owner);
        turn.Put(i with
        {
            Planned = act with
            {
                Stage = ActStage.Draining,
                DrainGeneration = drain,
                Blocker = new Blocker(
                    BlockerCodes.Draining, turn.Now, i.Owner, "The load balancer stops sending it traffic.", $"Network generation {drain} is programmed."),
            },
        });
    }

    private static void Do(Turn turn, FabricInstance i, PlannedAct act)
    {
        var done = i with { Planned = null };
        switch (act.Kind)
        {
            case ActKind.Restart:
                InstanceWatch.RestartVm(turn, done);
                break;
            case ActKind.Reimage:
                // Its owner gives it a new start: what it did to nodes before counts no more.
                InstanceWatch.RestartVm(turn, done with
                {
                    ImageGeneration = i.ImageGeneration + 1,
                    Health = i.Health is null ? null : i.Health with { Condemned = false, NodesTaken = [], ConnectFailures = 0, RoleCrashes = 0, RestartedAt = null },
                });
                break;
            case ActKind.RestartRole:
                InstanceWatch.RestartRole(turn, done);
                break;
            case ActKind.PowerOff:
                turn.Put(done with { Power = PowerGoal.Stopped });
                turn.ChangeGoalOf(i.Node!.Value);
                break;
            case ActKind.Deallocate:
                turn.Put(done with { Power = PowerGoal.Absent });
                turn.ChangeGoalOf(i.Node!.Value);
                break;
            case ActKind.Move or ActKind.PerformMaintenance:
                if (!Moving.Move(turn, done, act.Why, out var noRoom, Where(turn, act)))
                {
                    // The room was taken while it was drained: it goes on serving, and waits as it is asked again at the end of the turn.
                    InstanceWatch.Change(turn, i, i with
                    {
                        Planned = act with
                        {
                            Stage = ActStage.Waiting,
                            Blocker = new Blocker(BlockerCodes.NoRoom, turn.Now, turn.State.Id.Value, noRoom, "Capacity becomes free; it is tried every minute."),
                        },
                    });
                }

                break;
            case ActKind.Update or ActKind.Configure:
                Updating.Apply(turn, done, act.Kind);
                break;
            default:
                throw new UnreachableException(act.Kind.ToString());
        }

        if (act.Operation is { } operation)
        {
            Progress.Of(turn, operation);
        }
    }
}
