// M4: may this instance be moved as it runs, and if not, why? Asked before one is begun; what was learnt in vain is remembered.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Domain.Migration;

/// <summary>Asks what stands against a live migration, but for room.</summary>
public static class MayMigrate
{
    /// <summary>Null when nothing does.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="i">The instance.</param>
    /// <param name="overCeilings">True where its owner's ceilings were asked before, or are overruled.</param>
    public static WhyNotMoved? WhyNot(Turn turn, FabricInstance i, bool overCeilings)
    {
        var (state, s) = (turn.State, turn.Settings.Maintenance);
        if (!s.LiveMigration.Enabled)
        {
            return new("noLiveMigrationHere", "This fabric moves nobody as it runs.");
        }

        if (Brake.Holds(turn) is { } brake)
        {
            return new(brake.Code, brake.Detail, Passes: true);
        }

        if (i.Node is not { } node || i.Power != PowerGoal.Running || Teardown.IsDeleting(state, i.Owner, out _))
        {
            return new("notRunning", $"{i.Name} is not to run.");
        }

        if (!i.IsHealthy)
        {
            return new("notHealthy", $"{i.Name} is not well, or is starting.", Passes: true);
        }

        if (i.Planned is { } act)
        {
            return new("busy", $"{i.Name} is about to be changed ({act.Why}).", Passes: true);
        }

        if (i.NodeDrain is not null)
        {
            return new("busy", $"{i.Name} goes down with {node}.", Passes: true);
        }

        return WhyNotNode(turn, state.Nodes[node]) ?? WhyNotGuest(turn, i, overCeilings) ?? WhyNotYet(turn, i, node);
    }

    /// <summary>What stands against it whenever it is asked; null where nothing does that does not pass.</summary>
    public static WhyNotMoved? Ever(Turn turn, FabricInstance i) => WhyNot(turn, i, overCeilings: false) is { Passes: false } no ? no : null;

    /// <summary>
    /// What was learnt of an instance when it was last tried: it does not converge, or nobody could take it. It is believed for
    /// <see cref="LiveMigrationSettings.RetryAfter"/>.
    /// </summary>
    public static WhyNotMoved? Learnt(FabricInstance i, Instant now, MaintenanceSettings settings) =>
        i.LastMigration is { Failure: { Code: not MigrationFailures.Canceled } failure } last && now < last.EndedAt + settings.LiveMigration.RetryAfter
            ? new(failure.Code, $"{i.Name} was tried at {last.EndedAt}, {last.Attempts} times: {failure.Sentence}")
            : null;

    /// <summary>What is predicted of it.</summary>
    public static PreCopyPlan Predict(Turn turn, FabricInstance i) => LiveMigration.Plan(
        i.Needs.MemoryMib, DirtyRate.Of(i, turn.Settings.Maintenance), turn.State.Hardware(i.Node!.Value).Total.NetworkMbps,
        turn.Settings.Maintenance);

    // It must be heard, and not be about to go down; that it is to be emptied is no reason, but the opposite.
    private static WhyNotMoved? WhyNotNode(Turn turn, FabricNode node) =>
        !turn.State.Hardware(node.Id).Hardware.Maintenance.LiveMigration
            ? new("hardwareCannot", $"{node.Id} cannot move anybody as it runs.")
            : node.Health is { SilentSince: not null } or { Trouble: NodeTrouble.Silent or NodeTrouble.Recovering or NodeTrouble.Lost }
            ? new("nodeSilent", $"{node.Id} is not heard.", Passes: true)
            : node.Install is { Reboots: true } || node.Maintenance is { Stage: MaintenanceStage.Draining or MaintenanceStage.Working }
            ? new("busy", $"{node.Id} is being changed.", Passes: true)
            : null;

    private static WhyNotMoved? WhyNotGuest(Turn turn, FabricInstance i, bool overCeilings)
    {
        if (i.HostOwner is not null)
        {
            return new("dedicatedHost", $"{i.Name} is on hardware of its owner's, and moves with it alone.");
        }

        var plan = Predict(turn, i);
        if (!plan.Converges)
        {
            return new(MigrationFailures.DoesNotConverge, string.Create(CultureInfo.InvariantCulture,
                $"{i.Name} writes its memory too fast: after {plan.RoundMib.Length} rounds {plan.LeftMib:0} MiB are left."));
        }

        return !overCeilings && i.Ceilings?.MaxPause is { } most && plan.Pause > most
            ? new("pauseTooLong", string.Create(CultureInfo.InvariantCulture,
                $"{i.Name} bears {most.TotalSeconds:0.###} s; this takes {plan.Pause.TotalSeconds:0.###} s."))
            : Learnt(i, turn.Now, turn.Settings.Maintenance);
    }

    private static WhyNotMoved? WhyNotYet(Turn turn, FabricInstance i, NodeId node)
    {
        var s = turn.Settings.Maintenance.LiveMigration;
        return turn.State.On(node).Count(o => o.Migration is not null) >= s.PerNode
            ? new(WhyNotMoved.OthersFirst, $"{s.PerNode} at a time leave {node}; {i.Name} comes later.", Passes: true)
            : turn.State.MigratingCount >= s.PerCluster
            ? new(WhyNotMoved.OthersFirst, $"{s.PerCluster} are under way in the cluster; {i.Name} comes later.", Passes: true)
            : null;
    }
}
