// M1, M4, M5: may this node be maintained now, and how? What a rollout asks before it begins, and what every maintenance asks
// once more when it is about to be felt.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
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
        var asks = update.Component == MaintainedComponent.Hardware
            || (update.LiveMigratable && s.LiveMigration.Enabled && hardware.Maintenance.LiveMigration);
        return Ladder.Climb(
            update, new LadderNode(node.Id, hardware), [.. turn.State.On(node.Id).Select(i => GuestOf(turn, i, asks))], s, turn.Now, deadline);
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
        Busy(turn, node) ?? TooSoon(turn, node, choice) ?? DoesNotFit(turn, node, choice, rules) ?? NotWell(turn, node)
        ?? Brake.Holds(turn) ?? (choice.TakesOffline(turn.Settings.Maintenance) ? AboutToChange(turn, node) : null);

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

    private static Blocker? Busy(Turn turn, FabricNode node)
    {
        var why = turn.State.Hardware(node.Id).FcReserved ? "is the fabric controller's own"
            : node.State != NodeState.Ready ? $"is {Words.Of(node.State)}"
            : !node.IsWell ? "is not well"
            : node.Maintenance is { } m ? $"is being given {m.Update}"
            : node.Install is not null ? "is being given a bundle"
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
        var guests = turn.State.On(node.Id).Select(i => i.GuestAgent).OfType<string>().Distinct();
        return new CompatibilityMatrix([.. choice.Update.Rules, .. rules.IsDefault ? [] : rules])
            .Check([new NodeVersions(node.Versions ?? VersionSet.None, [.. guests])], choice.Update.Versions) is [{ } pair, ..]
            ? new Blocker(BlockerCodes.Incompatible, turn.Now, node.Id.Value, pair.Sentence, "The node has other versions, or the update requires less.")
            : null;
    }

    private static LadderGuest GuestOf(Turn turn, FabricInstance i, bool asks)
    {
        var runs = i.Power == PowerGoal.Running && i.Phase >= InstancePhase.Booting;
        var room = !asks || !runs ? RoomElsewhere.Yes
            : Moving.HasRoom(turn, i, out var noRoom) ? RoomElsewhere.Yes : new RoomElsewhere(false, noRoom);
        return new LadderGuest(
            i.Id, i.Name, i.Needs.MemoryMib, DirtyRate.Of(i, turn.Settings.Maintenance), i.Ceilings ?? MaintenanceCeilings.None, runs, room);
    }
}

/// <summary>What an instance writes to its memory (M4): nobody measures a simulated one, so each has a rate of its own for good.</summary>
public static class DirtyRate
{
    /// <summary>MiB/s: its cores' share, drawn between a third and three times of it.</summary>
    public static double Of(FabricInstance i, MaintenanceSettings settings)
    {
        var drawn = Draw.Unit(settings.LiveMigration.DirtySeed, i.Id.Value, "dirty rate", 0);
        return settings.LiveMigration.DirtyMibPerSecondPerCore * i.Needs.Cores / 100.0 * Math.Pow(3, (2 * drawn) - 1);
    }
}
