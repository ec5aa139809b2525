// M4: one instance moves to another node as it runs: its place there is taken, its host copies and hands over, and what the hosts
// say is recorded. It ends once: moved, or where it was, unharmed.
//
// What its owner asks for meanwhile never waits for the platform: a stop, a restart, a deletion or an update calls the migration
// off, and takes its course when a node has answered, a moment later; in the pause, of 5 s at most, it is the end that is waited
// for. Goals are the instance's own, so whichever node has it by then brings them about. Only what has no act of its own (a
// deletion, healing in place) changes the goal at once: the host then finds a guest that is not what it began with, and gives up.
//
// Who has it? Whoever has the lease of its disks (H3): the target gets the next one in the moment in which the guest goes on
// there, and the copy that was left can't write from then on.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Migration;

/// <summary>Moves instances live.</summary>
public static class Migrating
{
    /// <summary>Begins; null when it is under way, or was before, else why not. Nothing is changed then.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="instance">The instance, on whatever node it is.</param>
    /// <param name="why">What for: <c>maintenance</c>, <c>evacuation</c>, <c>failurePredicted</c> …</param>
    /// <param name="update">The host update that it makes way for; null for none.</param>
    /// <param name="overCeilings">True where its owner's ceilings were asked before, or are overruled.</param>
    /// <param name="to">The one node that will do; null for any.</param>
    /// <param name="otherwise">What is asked for when it comes to nothing; null for nothing.</param>
    public static WhyNotMoved? Begin(
        Turn turn, FabricInstance instance, string why, string? update = null, bool overCeilings = false, NodeId? to = null,
        PlannedAct? otherwise = null)
    {
        // An act that it is done instead of is no reason against it.
        var i = turn.State.Instances[instance.Id] is var now && otherwise is not null && now.Planned == otherwise ? now with { Planned = null } : now;
        if (i.Migration is not null)
        {
            return null;
        }

        if (MayMigrate.WhyNot(turn, i, overCeilings) is { } no)
        {
            return no;
        }

        var (target, noRoom, later) = MigrationRoom.For(turn, i, [], to, PreferredOf(turn, i));
        if (target is not { } node)
        {
            return later
                ? new(WhyNotMoved.OthersFirst, $"Nodes that could take {i.Name} take others in first.", Passes: true)
                : new(WhyNotMoved.NoRoom, $"No other node takes {i.Name}: {noRoom}");
        }

        var plan = MayMigrate.Predict(turn, i);
        Send(turn, i, new InstanceMigration
        {
            Generation = i.MigrationGeneration + 1,
            Target = node,
            Why = why,
            Update = update,
            BeganAt = turn.Now,
            Until = turn.Now,
            Predicted = new PredictedMove(plan.PreCopy, plan.Pause, plan.RoundMib.Length),
            Otherwise = otherwise,
        });
        return null;
    }

    /// <summary>Calls it off: both nodes are told, and the first that answers says where the instance is.</summary>
    public static void Cancel(Turn turn, FabricInstance i, string because) =>
        Cancel(turn, i, new MigrationFailure(MigrationFailures.Canceled, because));

    /// <summary>It came to a phase.</summary>
    public static void CameTo(Turn turn, FabricEvent.MigrationPhaseReached e)
    {
        if (Find(turn, e.Instance, e.Generation) is { Migration: { Stage: MigrationStage.Copying } m } i && e.Phase == MaintenancePhase.StopAndCopy)
        {
            turn.Put(i with { Migration = m with { Stage = MigrationStage.Pausing } });
        }
    }

    /// <summary>A node says how it ended.</summary>
    public static void Answered(Turn turn, FabricEvent.MigrationEnded e)
    {
        if (Find(turn, e.Instance, e.Generation) is not { Migration: { } m } i)
        {
            if (e.Failure is not null)
            {
                // It was given up without an answer: here it is, and that node never had it.
                Moving.Exorcise(turn, e.Node, g => g.Instance == e.Instance && g.Migration == e.Generation);
            }

            return;
        }

        if (e.Failure is null)
        {
            Moved(turn, i, m, e);
        }
        else if ((m.Canceled ?? e.Failure) is var failure && !TryElsewhere(turn, i, m, failure))
        {
            Stays(turn, i, m, e.Measured, failure);
        }
    }

    /// <summary>Its time is up, or a node did not answer.</summary>
    public static void DeadlinePassed(Turn turn, InstanceId id)
    {
        if (!turn.State.Instances.TryGetValue(id, out var i) || i.Migration is not { Deadline: { } due } m || due > turn.Now)
        {
            return;
        }

        if (m.Stage == MigrationStage.Canceling)
        {
            Revoke(turn, i);
        }
        else
        {
            Cancel(turn, i, new MigrationFailure(
                MigrationFailures.OutOfTime, $"It has not ended within {(turn.Now - m.BeganAt).TotalMinutes:0.#} min."));
        }
    }

    /// <summary>Looks at every one under way: what must not go on is called off.</summary>
    public static void Step(Turn turn)
    {
        foreach (var i in turn.State.Migrating)
        {
            if (i.Migration!.Stage != MigrationStage.Canceling && WhyNotOn(turn, i, i.Migration) is { } because)
            {
                Cancel(turn, i, because);
            }
        }
    }

    /// <summary>After a restart: what was told and not answered is told again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var i in turn.State.Migrating)
        {
            if (i.Migration!.Stage == MigrationStage.Canceling)
            {
                Tell(turn, i, i.Migration);
            }
            else
            {
                turn.Ask(EffectOf(i, i.Migration));
            }
        }
    }

    /// <summary>What an act waits for while its instance is under way; null when it is not.</summary>
    internal static Blocker? Holds(Turn turn, FabricInstance i) => i.Migration is not { } m ? null : new Blocker(
        BlockerCodes.Busy, turn.Now, i.Id.Value, $"{i.Name} is being moved live from {i.Node} to {m.Target}, which is called off for this.",
        "A node says where it is, in a moment.");

    /// <summary>
    /// True when an instance under way may be placed anew, for neither of its nodes can be asked where it is: then both copies are
    /// fenced. False while one can be; it is asked.
    /// </summary>
    internal static bool GivesUp(Turn turn, FabricInstance i)
    {
        if (IsHeard(turn, i.Node!.Value) || IsHeard(turn, i.Migration!.Target))
        {
            Cancel(turn, i, $"{i.Name} needs another node: {i.Health?.Healing?.Why}.");
            return false;
        }

        turn.Put(Forsake(turn, i));
        return true;
    }

    /// <summary>The instance without its migration. Whatever copy the target may have can't write from now on, and goes (H3).</summary>
    internal static FabricInstance Forsake(Turn turn, FabricInstance i)
    {
        if (i.Migration is not { } m)
        {
            return i;
        }

        turn.Say("migrationForsaken", i.Id.Value, $"{i.Node} -> {m.Target}: neither can be asked");
        var left = Ended(turn, i, m, null, new MigrationFailure(MigrationFailures.SourceFailed, "Neither node could be asked where it is.")) with { Lease = i.Lease + 1 };
        Moving.Haunt(turn, m.Target, left with { Dip = null }, m.Generation);
        turn.Ask(new FabricEffect.CancelMigration(m.Target, i.Id, m.Generation));
        return left;
    }

    private static void Cancel(Turn turn, FabricInstance i, MigrationFailure because)
    {
        if (i.Migration is { Stage: not MigrationStage.Canceling } m)
        {
            turn.Say("migrationCanceled", i.Id.Value, because.Sentence);
            Revoke(turn, i with { Migration = m with { Stage = MigrationStage.Canceling, Canceled = because } });
        }
    }

    private static MigrationFailure? WhyNotOn(Turn turn, FabricInstance i, InstanceMigration m)
    {
        if (i.Power != PowerGoal.Running || Teardown.IsDeleting(turn.State, i.Owner, out _))
        {
            return new(MigrationFailures.Canceled, $"{i.Name} is to go, or to stop.");
        }

        if (i.Planned is { } act)
        {
            return new(MigrationFailures.Canceled, $"{i.Name} is to be changed ({act.Why}).");
        }

        if (i.NodeDrain is not null)
        {
            return new(MigrationFailures.Canceled, $"{i.Name} goes down with {i.Node}.");
        }

        if ((i.BootGeneration, i.ImageGeneration, i.RoleGeneration) != (m.Boot, m.Image, m.Role))
        {
            return new(MigrationFailures.Canceled, $"{i.Name} is started anew.");
        }

        var target = turn.State.Nodes[m.Target];
        return turn.State.IsSchedulable(target) ? null : new(MigrationFailures.TargetFailed, $"{m.Target} takes nobody any more.");
    }

    private static bool TryElsewhere(Turn turn, FabricInstance i, InstanceMigration m, MigrationFailure failure)
    {
        var tried = m.Tried.Add(m.Target);
        // What writes faster than it can be copied does so everywhere.
        if (failure.Code is MigrationFailures.DoesNotConverge or MigrationFailures.Canceled || tried.Length >= turn.Settings.Maintenance.LiveMigration.Tries
            || turn.SafeMode || !i.IsHealthy || i.Planned is not null || i.NodeDrain is not null || !IsHeard(turn, i.Node!.Value)
            || MigrationRoom.For(turn, i, tried, prefer: PreferredOf(turn, i)).Node is not { } next)
        {
            return false;
        }

        turn.Say("migrationTriedElsewhere", i.Id.Value, $"{m.Target} -> {next}: {failure.Sentence}");
        turn.ChangeGoalOf(m.Target);
        Send(turn, i, m with { Generation = i.MigrationGeneration + 1, Target = next, Tried = tried, Canceled = null });
        return true;
    }

    private static void Send(Turn turn, FabricInstance i, InstanceMigration m)
    {
        var s = turn.Settings.Maintenance;
        var until = turn.Now + (m.Predicted.PreCopy * s.TimeoutFactor) + s.TimeoutSlack;
        var next = m with
        {
            Stage = MigrationStage.Copying,
            Until = until,
            Deadline = until + s.LiveMigration.LongestPause + s.LiveMigration.CancelTimeout,
            Boot = i.BootGeneration,
            Image = i.ImageGeneration,
            Role = i.RoleGeneration,
        };
        turn.Decides = true;
        turn.Put(i with { Migration = next, MigrationGeneration = next.Generation });
        turn.ChangeGoalOf(i.Node!.Value);
        turn.ChangeGoalOf(next.Target);
        turn.Ask(EffectOf(i, next));
        turn.Say("migrationBegun", i.Id.Value,
            $"{i.Node} -> {next.Target} ({next.Why}): {next.Predicted.Rounds} rounds, a pause of {next.Predicted.Pause.TotalMilliseconds:0} ms");
    }

    private static void Revoke(Turn turn, FabricInstance i)
    {
        var m = i.Migration! with { Deadline = turn.Now + turn.Settings.Maintenance.LiveMigration.CancelTimeout };
        turn.Put(i with { Migration = m });
        Tell(turn, i, m);
    }

    private static void Tell(Turn turn, FabricInstance i, InstanceMigration m)
    {
        turn.Ask(new FabricEffect.CancelMigration(i.Node!.Value, i.Id, m.Generation));
        turn.Ask(new FabricEffect.CancelMigration(m.Target, i.Id, m.Generation));
    }

    private static FabricEffect.MigrateInstance EffectOf(FabricInstance i, InstanceMigration m) =>
        new(i.Node!.Value, m.Target, i.Id, m.Generation, i.Lease + 1, m.Until);

    private static void Moved(Turn turn, FabricInstance i, InstanceMigration m, FabricEvent.MigrationEnded e)
    {
        var (from, target, h) = (i.Node!.Value, turn.State.Nodes[m.Target], i.Health ?? InstanceHealth.Nothing);
        var now = Ended(turn, i, m, e.Measured, null) with
        {
            Node = m.Target,
            NodeDrain = null,
            Lease = i.Lease + 1,
            Health = h with { Healing = null, NodeSilent = target.Health is { SilentSince: not null }, LastMove = new Move(turn.Now, from, m.Target, m.Why, TemporaryDiskLost: false) },
            LastMaintenance =
            [
                new PastMaintenance(
                    m.Update ?? m.Why, Technology.LiveMigration, m.Predicted.Pause,
                    Duration.FromMilliseconds(e.Measured?.PauseMilliseconds ?? 0), e.At),
                .. i.LastMaintenance.Take(turn.Settings.Maintenance.KeptPerInstance - 1),
            ],
        };
        InstanceWatch.Change(turn, i, now);
        if (e.Node == from)
        {
            turn.ChangeGoalOf(from);
        }
        else
        {
            // Who it left has not said so: its copy, if there is one, has lost the lease, and goes when it is heard.
            Moving.Haunt(turn, from, i with { Dip = null }, m.Generation);
        }

        turn.ChangeGoalOf(m.Target);
        Networking.Change(turn, i.Owner);
        DownWithNode.Came(turn, i.Id);
        turn.Say("instanceMigrated", i.Id.Value, $"{from} -> {m.Target} ({m.Why}): stood still for {e.Measured?.PauseMilliseconds ?? 0:0} ms");
        if (target.Health is { Trouble: NodeTrouble.Lost } || target.State.IsProvisioning())
        {
            // Whatever has become of its new node since is healed like after any loss.
            Healer.Enlist(turn, turn.State.Instances[i.Id], "nodeLost");
        }
        else if (target.Health is { Trouble: NodeTrouble.Faulty or NodeTrouble.Evacuating } && now.Planned is null)
        {
            Acts.Ask(turn, now, new PlannedAct(ActKind.Move, ActOrigin.Platform, "evacuation", null, turn.Now));
        }

        NodeWatch.Emptied(turn, from);
    }

    private static void Stays(Turn turn, FabricInstance i, InstanceMigration m, MeasuredMove? measured, MigrationFailure failure)
    {
        var now = Ended(turn, i, m, measured, failure);
        // Where it could not be moved as it runs, it goes the other way: unless somebody has asked for something by now.
        turn.Put(now with { Planned = now.Planned ?? (m.Otherwise is { } act && now.Power == PowerGoal.Running ? act : null) });
        turn.ChangeGoalOf(i.Node!.Value);
        turn.ChangeGoalOf(m.Target);
        turn.HealNow |= now.Health?.Healing is not null;
        NodeWatch.Emptied(turn, m.Target);
        turn.Say("migrationFailed", i.Id.Value, $"{i.Node} -> {m.Target}: {failure.Code}: {failure.Sentence}");
    }

    private static FabricInstance Ended(Turn turn, FabricInstance i, InstanceMigration m, MeasuredMove? measured, MigrationFailure? failure) => i with
    {
        Migration = null,
        LastMigration = new PastMigration(
            m.Generation, i.Node!.Value, m.Target, m.Why, m.BeganAt, turn.Now, m.Attempt, m.Predicted, measured, failure),
    };

    // Nodes that have what is on its way to all of them: who goes there is not moved a second time.
    private static VersionSet? PreferredOf(Turn turn, FabricInstance i) =>
        turn.State.Nodes[i.Node!.Value].Maintenance?.Choice.Update.Versions
        ?? (turn.State.Rollout is { RollsBack: false } r ? r.Part.Update.Versions : null);

    private static bool IsHeard(Turn turn, NodeId node) =>
        turn.State.Nodes[node].Health is null or { SilentSince: null, Trouble: not NodeTrouble.Lost };

    private static FabricInstance? Find(Turn turn, InstanceId id, int generation) =>
        turn.State.Instances.TryGetValue(id, out var i) && i.Migration?.Generation == generation ? i : null;
}
