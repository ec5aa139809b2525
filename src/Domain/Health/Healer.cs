// H3, L2: instances that need another node get one, in the order in which they came to need it, as far as brakes, cap
// and room allow. Whoever waits says for what.
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Health;

/// <summary>Heals services.</summary>
internal static class Healer
{
    /// <summary>An instance needs another node.</summary>
    public static void Enlist(Turn turn, FabricInstance i, string why)
    {
        var h = i.Health ?? InstanceHealth.Nothing;
        if (h.Condemned || h.Healing is not null || Teardown.IsDeleting(turn.State, i.Owner, out _))
        {
            return;
        }

        InstanceWatch.Change(turn, i, i with
        {
            Health = h with { Healing = new Healing(why, turn.Now) },
            // Its owner's wish to stop it stands; anything else is done by the move.
            Planned = i.Planned is { Kind: ActKind.PowerOff or ActKind.Deallocate } stop ? stop : null,
        });
        turn.HealNow = true;
    }

    /// <summary>An instance is placed no more: whoever waits for it is told.</summary>
    public static void Condemned(Turn turn, FabricInstance i)
    {
        if (i.Operation is { } id && turn.State.Operations.TryGetValue(id, out var operation))
        {
            var error = new OperationError("instanceCondemned",
                $"{i.Name} did not start on {i.Health!.NodesTaken.Length} nodes ({string.Join(", ", i.Health.NodesTaken)}); it is placed no more.");
            if (OperationKinds.IsCreation(operation.Kind))
            {
                Teardown.TakeBack(turn, operation, error);
            }
            else
            {
                turn.Put(turn.State.Instances[i.Id] with { Operation = null });
                turn.Put(operation.Fail(error, turn.Now));
            }
        }
    }

    /// <summary>Gives nodes to those who wait for one.</summary>
    public static void Step(Turn turn)
    {
        var waiting = turn.State.Healing;
        if (waiting.Count == 0 || !(turn.HealNow || turn.Everything))
        {
            return;
        }

        var brakes = turn.Settings.Health.Brakes;
        var holds = Brake.Holds(turn);
        var again = (NodaTime.Instant?)null;
        var movedHosts = new Dictionary<NodeId, bool>();
        foreach (var i in waiting.OrderBy(i => i.Health!.Healing!.Since).ThenBy(i => i.Id.Value, StringComparer.Ordinal))
        {
            if (Teardown.IsDeleting(turn.State, i.Owner, out _) || i.Power == PowerGoal.Absent)
            {
                continue;
            }

            if (i.Migration is not null && !Migrating.GivesUp(turn, i))
            {
                // It may be well and on another node: that is asked first, and answered in a moment.
                continue;
            }

            if (holds is not null)
            {
                Block(turn, i, holds);
                continue;
            }

            var h = turn.State.Health;
            if (turn.Now >= h.IntervalSince + brakes.HealingInterval)
            {
                h = h with { IntervalSince = turn.Now, MovedInInterval = 0 };
            }

            if (brakes.Enabled && h.MovedInInterval >= brakes.HealingCap)
            {
                var end = h.IntervalSince + brakes.HealingInterval;
                again = end;
                Block(turn, i, new Blocker(
                    BlockerCodes.HealingCap, turn.Now, turn.State.Id.Value,
                    $"{h.MovedInInterval} instances were moved in this interval, which is the most.", "The next interval.", end));
                continue;
            }

            if (i.HostOwner is not null && !movedHosts.TryGetValue(i.Node!.Value, out _))
            {
                movedHosts[i.Node!.Value] = HostPlacing.MoveAway(turn, i.Node!.Value);
            }

            if (Moving.Move(turn, turn.State.Instances[i.Id], i.Health!.Healing!.Why, out var noRoom))
            {
                // What is broken is healed at once, window or not (H3); its owner can read of it.
                WindowLedger.Note(turn, i, WindowLedgerReason.HardwareFailure, $"Moved to another node: {i.Health.Healing.Why}.");
                turn.Put(h with { MovedInInterval = h.MovedInInterval + 1 });
            }
            else
            {
                var retry = turn.Now + turn.Settings.Health.RetryNoRoom;
                again = again is { } a && a < retry ? a : retry;
                Block(turn, i, new Blocker(
                    BlockerCodes.NoRoom, turn.Now, turn.State.Id.Value, noRoom, "Capacity becomes free; it is tried every minute."));
            }
        }

        turn.State.Agenda.Set(ClusterItem(turn.State), again);
    }

    /// <summary>The cluster's own item on the agenda.</summary>
    public static AgendaItem ClusterItem(ClusterState state) => new(AgendaKind.Cluster, state.Id.Value);

    private static void Block(Turn turn, FabricInstance i, Blocker blocker)
    {
        var present = turn.State.Instances[i.Id];
        var h = present.Health!;
        if (!Blocker.AreSame(h.Healing!.Blocker, blocker))
        {
            turn.Put(present with { Health = h with { Healing = h.Healing with { Blocker = blocker.Continuing(h.Healing.Blocker) } } });
        }
    }
}
