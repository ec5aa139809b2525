// W1, W2, M4: has the tenants' moment come? First they choose it themselves, then the platform keeps to their windows, and when
// even that time is over it acts, and says so in the ledger.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Rollouts;

/// <summary>Asks for tenants' moments.</summary>
internal static class TenantMoments
{
    /// <summary>Codes of blockers that are tenants' (W1, W5, M4).</summary>
    public static IReadOnlySet<string> Codes { get; } =
        new HashSet<string>([BlockerCodes.SelfService, BlockerCodes.Deferred, BlockerCodes.Ceiling, BlockerCodes.Window], StringComparer.Ordinal);

    /// <summary>What the tenants of a node make it wait for; null where its moment has come.</summary>
    public static Blocker? Forbids(Turn turn, ClusterRollout r, FabricNode node, LadderReport report)
    {
        var choice = report.Choice!;
        if (turn.Now >= r.Part.ForcedAt || choice.Update.SecurityCritical)
        {
            return null;
        }

        var felt = Felt(turn, node, choice).FindAll(i => !r.Consents.Contains(i.Id));
        if (turn.Now < r.Part.SelfServiceUntil && felt.Find(i => i.Kind == InstanceKind.VirtualMachine) is { } chooses)
        {
            return new Blocker(
                BlockerCodes.SelfService, turn.Now, chooses.Id.Value, $"The owner of {chooses.Name} on {node.Id} may choose the moment.",
                "Its owner performs the maintenance, or the self-service phase ends.", r.Part.SelfServiceUntil);
        }

        if (r.Deferrals.FirstOrDefault(d => d.Until > turn.Now && felt.Exists(i => i.Id == d.Instance)) is { } deferral)
        {
            return new Blocker(
                BlockerCodes.Deferred, turn.Now, deferral.Instance.Value, $"The owner of {deferral.Instance} on {node.Id} has put it off.",
                "The time is over, or its owner performs the maintenance.", Instant.Min(deferral.Until, r.Part.ForcedAt));
        }

        if (report.NotBefore > turn.Now)
        {
            var ceiling = report.Escalations.MaxBy(e => e.Deadline)!;
            return new Blocker(
                BlockerCodes.Ceiling, turn.Now, ceiling.Instance.Value, ceiling.Sentence, "Another technology becomes possible, or the lead time is over.",
                Instant.Min(ceiling.Deadline, r.Part.ForcedAt));
        }

        return Window(turn, r, node, choice, felt);
    }

    /// <summary>
    /// Asked once more right before a node is felt, since it may have waited long for notices and for the promise. Where somebody's
    /// window is over it is given up, and its rollout begins with it anew in another one. Whose window is not kept is written down, and why.
    /// </summary>
    public static bool Miss(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        if (turn.State.Rollout is not { } r || r.Part.Update.Name != m.Update || !r.UnderWay.Any(t => t.Node == node.Id))
        {
            return false;
        }

        var felt = Felt(turn, node, m.Choice).FindAll(i => !r.Consents.Contains(i.Id));
        if (turn.Now < r.Part.ForcedAt && !m.Choice.Update.SecurityCritical)
        {
            var late = felt.Find(i => !turn.State.MayMaintain(i, turn.Settings.Windows, turn.Now, NodeNotices.PauseOf(turn, m.Choice, i.Id)));
            if (late is not null)
            {
                Maintaining.End(turn, node, $"the window of {late.Name} is over", node.Versions, climbsAgain: true);
            }

            return late is not null;
        }

        foreach (var i in felt)
        {
            WindowLedger.Note(turn, i,
                m.Choice.Update.SecurityCritical ? WindowLedgerReason.SecurityCritical : WindowLedgerReason.DeadlinePassed,
                $"{m.Update} by {Words.Of(m.Technology)} on {node.Id}, rollout {r.Part.Rollout}");
        }

        return false;
    }

    /// <summary>Writes down whose window was open when the node was begun to be felt, and is over before it is done.</summary>
    public static void NoteOverrun(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        if (m.Stage != MaintenanceStage.Working || m.Phases.FirstOrDefault(p => p.Phase == MaintenancePhase.Draining) is not { } felt)
        {
            return;
        }

        foreach (var i in Felt(turn, node, m.Choice).Where(i => turn.State.WindowOf(i) is { } w && w.Window.IsOpenAt(felt.At)))
        {
            WindowLedger.Note(turn, i, WindowLedgerReason.Overrun,
                $"{m.Update} by {Words.Of(m.Technology)} on {node.Id} began inside the window and took longer than it was open");
        }
    }

    // A node's window is where the windows of all that would feel it meet.
    private static Blocker? Window(Turn turn, ClusterRollout r, FabricNode node, MaintenanceChoice choice, List<FabricInstance> felt)
    {
        // The notice is part of it: what begins inside a window is felt that much later (W3).
        var takes = choice.NodeTakes + NodeNotices.Lead(turn, choice);
        var closed = felt.Find(i => !turn.State.MayMaintain(i, turn.Settings.Windows, turn.Now, takes));
        if (closed is null)
        {
            return null;
        }

        var assigned = turn.State.WindowOf(closed);
        var next = NextOpen(turn, felt, takes, r.Part.ForcedAt);
        return new Blocker(
            BlockerCodes.Window, turn.Now, closed.Id.Value,
            $"{closed.Name} on {node.Id} may be maintained {(assigned is null ? "in the platform's window" : $"in the windows of {assigned.Configuration}")} only, and {takes.TotalMinutes:0} min do not fit into one now.",
            "A window opens in which there is time enough, or the windows are no longer waited for.", next);
    }

    // When the next window of somebody who waits for one opens: then the others are asked again.
    private static Instant NextOpen(Turn turn, List<FabricInstance> felt, Duration takes, Instant forcedAt)
    {
        var next = forcedAt;
        foreach (var i in felt.Where(i => !turn.State.MayMaintain(i, turn.Settings.Windows, turn.Now, takes)))
        {
            var window = turn.State.WindowOf(i)?.Window ?? turn.Settings.Windows.DefaultWindow;
            if (window?.Next(turn.Now + Duration.FromTicks(1)) is { } occurrence && occurrence.Start < next)
            {
                next = occurrence.Start;
            }
        }

        return next;
    }

    private static List<FabricInstance> Felt(Turn turn, FabricNode node, MaintenanceChoice choice) =>
        [.. turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Running && IsTheirs(turn, i, choice))];

    // What a tenant of its own hardware is asked about is all that is felt; others are asked about what takes them offline.
    private static bool IsTheirs(Turn turn, FabricInstance i, MaintenanceChoice choice) =>
        choice.TakesOffline(turn.Settings.Maintenance)
        || (IsAlone(turn.State, i) && choice.Predicted.Any(p => p.Instance == i.Id && p.Pause > turn.Settings.Maintenance.InvisiblePause));

    internal static bool IsAlone(ClusterState state, FabricInstance i) =>
        state.Machines.TryGetValue(i.Owner, out var m) && (m.Spec.Isolated || m.Spec.DedicatedHost is not null);
}
