// M1, M4, M5: may this node be maintained now, and how? What a rollout asks before it begins, and what every maintenance asks
// once more when it is about to be felt.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Maintenance;

/// <summary>Asks the ladder about nodes of a cluster, and says what stands against beginning.</summary>
public static class MaintenanceGate
{
    /// <summary>The ladder for one node as it is now.</summary>
    public static LadderReport Climb(Turn turn, FabricNode node, HostUpdate update, Instant? deadline = null)
    {
        var (hardware, s) = (turn.State.Hardware(node.Id).Hardware, turn.Settings.Maintenance);
        // To look for room is a search for each of them: only where the answer counts.
        var guests = turn.State.On(node.Id).ToList();
        var moves = update.LiveMigratable && s.LiveMigration.Enabled && hardware.Maintenance.LiveMigration
            && guests.TrueForAll(i => !Runs(i) || WhyNotMoved(turn, i) is null);
        // As many are being emptied as may be: the node will have to wait, and is climbed again when it need not.
        var rooms = update.Component == MaintainedComponent.Hardware || (moves && !EmptiesEnough(turn))
            ? MigrationRoom.ForAll(turn, node.Id, guests.FindAll(Runs))
            : [];
        var report = Ladder.Climb(
            update, new LadderNode(node.Id, hardware, node.Holds(update)), [.. guests.Select(i => GuestOf(turn, i, rooms.GetValueOrDefault(i.Id) ?? RoomElsewhere.Yes))],
            s, turn.Now, deadline);
        return moves && report.Choice is { } choice && OnlyForRoom(choice) && RoomComesBack(turn, node, fromEmptied: true)
            ? report with { Choice = choice with { RoomComesBack = true } }
            : report;
    }

    /// <summary>
    /// Why the node must not be begun with now, whatever the others do; null when it may. Whether the promise lets it be felt is asked
    /// when it is (<see cref="Holds"/>).
    /// </summary>
    /// <param name="turn">The turn.</param>
    /// <param name="node">The node.</param>
    /// <param name="choice">What would be done.</param>
    /// <param name="rules">Rules of the compatibility matrix; those of the update itself are always asked (F5).</param>
    public static Blocker? Forbids(Turn turn, FabricNode node, MaintenanceChoice choice, ImmutableArray<CompatibilityRule> rules) =>
        Busy(turn, node, choice) ?? TooSoon(turn, node, choice) ?? WaitsForRoom(turn, node, choice) ?? DoesNotFit(turn, node, choice, rules)
        ?? NotWell(turn, node) ?? Brake.Holds(turn) ?? (choice.TakesOffline(turn.Settings.Maintenance) ? AboutToChange(turn, node) : null);

    /// <summary>
    /// The node's own health, safe mode, brakes and the promise: asked again when it is about to be felt. Who is on a node that has
    /// just fallen silent is down, and would not be missed by the promise; but a node that nobody hears is not to be told to boot.
    /// </summary>
    public static Blocker? Holds(Turn turn, FabricNode node, MaintenanceChoice choice)
    {
        if ((NotWell(turn, node) ?? Brake.Holds(turn)) is { } blocker)
        {
            return blocker;
        }

        return !choice.TakesOffline(turn.Settings.Maintenance) ? null
            : AboutToChange(turn, node) ?? Promise.ForbidsAll(turn.State, [.. Running(turn, node)], turn.Now, turn.Settings.Health);
    }

    private static Blocker? NotWell(Turn turn, FabricNode node) => node.IsWell ? null
        : new Blocker(BlockerCodes.Busy, turn.Now, node.Id.Value, $"{node.Id} is not well.", "It is heard again, or given up.");

    private static Blocker? AboutToChange(Turn turn, FabricNode node) => Running(turn, node).FirstOrDefault(i => i.Planned is not null) is { } busy
        ? new Blocker(BlockerCodes.Busy, turn.Now, busy.Id.Value, $"{busy.Name} on {node.Id} is about to be changed ({busy.Planned!.Why}).", "It is done.")
        : null;

    private static IEnumerable<FabricInstance> Running(Turn turn, FabricNode node) => turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Running);

    private static Blocker? Busy(Turn turn, FabricNode node, MaintenanceChoice choice)
    {
        var why = turn.State.Hardware(node.Id).FcReserved ? "is the fabric controller's own"
            : node.State != NodeState.Ready ? $"is {Words.Of(node.State)}"
            : !node.IsWell ? "is not well"
            : node.Maintenance is { } m ? $"is being given {m.Update}"
            : node.Install is not null ? "is being given a bundle"
            : choice.Technology == Technology.LiveMigration && choice.Predicted.Length > 0 && EmptiesEnough(turn)
            ? $"waits until fewer than {MostEmptying(turn)} nodes are being emptied"
            : turn.State.ArrivingAt(node.Id).FirstOrDefault() is { } arrives ? $"takes in {arrives.Name}, which is being moved live"
            : turn.State.On(node.Id).FirstOrDefault(i => i.Migration is not null) is { } leaves && choice.Technology != Technology.LiveMigration
            ? $"has {leaves.Name} on it, which is being moved live"
            : null;
        return why is null ? null : new Blocker(BlockerCodes.Busy, turn.Now, node.Id.Value, $"{node.Id} {why}.", "It is ready, and left alone.");
    }

    // M5: tenants are rebooted at most once a month, unless it is a matter of security.
    private static Blocker? TooSoon(Turn turn, FabricNode node, MaintenanceChoice choice)
    {
        if (choice.Technology != Technology.Reboot || choice.Update.SecurityCritical
            || node.LastMaintenance?.RebootedAt + turn.Settings.Maintenance.RebootInterval is not { } next || next <= turn.Now
            || !turn.State.On(node.Id).Any(i => i.Power == PowerGoal.Running))
        {
            return null;
        }

        return new Blocker(
            BlockerCodes.RebootedLately, turn.Now, node.Id.Value,
            $"{node.Id} booted for maintenance at {node.LastMaintenance!.RebootedAt}.", "A month has passed, or the update is marked security-critical.", next);
    }

    private static Blocker? DoesNotFit(Turn turn, FabricNode node, MaintenanceChoice choice, ImmutableArray<CompatibilityRule> rules)
    {
        ImmutableArray<CompatibilityRule> all = [.. choice.Update.Rules, .. rules.IsDefault ? [] : rules];
        if (all.IsEmpty)
        {
            return null;
        }

        var guests = turn.State.On(node.Id).Select(i => i.GuestAgent).OfType<string>().Distinct();
        return new CompatibilityMatrix(all)
            .Check([new NodeVersions(node.Versions ?? VersionSet.None, [.. guests])], choice.Update.Versions) is [{ } pair, ..]
            ? new Blocker(BlockerCodes.Incompatible, turn.Now, node.Id.Value, pair.Sentence, "The node has other versions, or the update requires less.")
            : null;
    }

    private static LadderGuest GuestOf(Turn turn, FabricInstance i, RoomElsewhere room) => new(
        i.Id, i.Name, i.Needs.MemoryMib, DirtyRate.Of(i, turn.Settings.Maintenance), i.Ceilings ?? MaintenanceCeilings.None, Runs(i), room,
        WhyNotMoved(turn, i));

    // Empty nodes boot first and nobody feels it; when they are back, there is room on them, and whoever goes there goes once.
    private static Blocker? WaitsForRoom(Turn turn, FabricNode node, MaintenanceChoice choice) => !choice.RoomComesBack ? null : new Blocker(
        BlockerCodes.NoRoom, turn.Now, node.Id.Value, $"What runs on {node.Id} has room elsewhere once nodes that are being maintained are back.",
        "They are back.");

    private static bool OnlyForRoom(MaintenanceChoice choice) => choice.Better
        .Any(r => r.Technology == Technology.LiveMigration && r.RuledOut.All(o => o.By == RuledOutBy.Room));

    /// <summary>
    /// True where all that runs on a node will have room elsewhere when nodes that are being maintained are back. For one that is
    /// being emptied, others that are do not count: they may wait for each other. One that has not begun takes their guests meanwhile.
    /// </summary>
    internal static bool RoomComesBack(Turn turn, FabricNode node, bool fromEmptied)
    {
        var closed = turn.State.Maintained
            .Where(n => n.Id != node.Id && n is { State: NodeState.Ready, Maintenance.ClosesNode: true } && (fromEmptied || !EmptiesGuests(n))
                // One that boots for it is silent, and comes back.
                && n.Health is null or { Trouble: NodeTrouble.None, Ghosts.IsDefaultOrEmpty: true })
            .Select(n => n.Id).ToList();
        return closed.Count > 0
            && MigrationRoom.ForAll(turn, node.Id, turn.State.On(node.Id).Where(Runs).ToList(), closed).Values.All(r => r.Has);
    }

    private static bool EmptiesGuests(FabricNode node) => node.Maintenance is { EmptiesLive: true, Choice.Predicted.Length: > 0 };

    private static bool EmptiesEnough(Turn turn) =>
        turn.State.Maintained.Count(EmptiesGuests) >= MostEmptying(turn);

    private static int MostEmptying(Turn turn) => turn.Settings.Maintenance.LiveMigration.MostEmptying(turn.State.Nodes.Count);

    private static bool Runs(FabricInstance i) => i.Power == PowerGoal.Running && i.Phase >= InstancePhase.Booting;

    // That it does not converge is the ladder's own to find; for the room it need not be asked then.
    private static WhyNotMoved? WhyNotMoved(Turn turn, FabricInstance i) =>
        i.HostOwner is not null ? new("dedicatedHost", $"{i.Name} is on hardware of its owner's, and moves with it alone.")
        : MayMigrate.Learnt(i, turn.Now, turn.Settings.Maintenance);
}

/// <summary>What an instance writes to its memory (M4): nobody measures a simulated one, so each has a rate of its own for good.</summary>
public static class DirtyRate
{
    /// <summary>MiB/s: its cores' share, drawn between a third and three times of it.</summary>
    public static double Of(FabricInstance i, MaintenanceSettings settings) => Of(i.Id, i.Needs, settings);

    /// <summary>The same, of what its host knows of it.</summary>
    public static double Of(InstanceId id, Resources needs, MaintenanceSettings settings)
    {
        var drawn = Draw.Unit(settings.LiveMigration.DirtySeed, id.Value, "dirty rate", 0);
        return settings.LiveMigration.DirtyMibPerSecondPerCore * needs.Cores / 100.0 * Math.Pow(3, (2 * drawn) - 1);
    }
}
