// W3 for maintenance of a node: everybody on it who would feel it is told, each owner by itself; nobody feels it before all of
// them have let it begin, or their time is over.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Domain.Notices;

/// <summary>Notices of a node's maintenance.</summary>
internal static class NodeNotices
{
    /// <summary>Tells whoever runs on the node and has not been told: at the beginning, and of who comes later.</summary>
    public static void Announce(Turn turn, FabricNode node)
    {
        var m = node.Maintenance!;
        if (Lead(turn, m.Choice) == Duration.Zero)
        {
            return;
        }

        HashSet<InstanceId>? told = null;
        var felt = turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Running && IsFelt(turn, m.Choice, i.Id)
            && !(told ??= [.. turn.State.Notices.Of(node.Id, m.Generation).SelectMany(n => n.Notice.Resources).Select(r => r.Instance)]).Contains(i.Id))
            .GroupBy(NoticeBoard.ScopeOf).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        foreach (var guests in felt)
        {
            Noticing.Publish(turn, [.. guests], TypeOf(m.Choice.Technology), new NoticeCause(node.Id, m.Generation), n => n with
            {
                Update = m.Update,
                Predicted = guests.Max(i => PauseOf(turn, m.Choice, i.Id)),
                Description = Describe(m.Choice.Technology),
            });
        }
    }

    /// <summary>Somebody who would feel it has not let it begin; null where nobody is to be waited for.</summary>
    public static Blocker? Holds(Turn turn, FabricNode node)
    {
        var held = turn.State.Notices.Of(node.Id, node.Maintenance!.Generation).Select(n => n.Notice)
            .Where(n => n.Holds(turn.Now)).MaxBy(n => n.NotBefore);
        return held is null ? null : new Blocker(
            BlockerCodes.ScheduledEvent, turn.Now, held.Resources[0].Instance.Value,
            $"{string.Join(", ", held.Resources.Select(r => r.Name))} on {node.Id} {(held.Resources.Length == 1 ? "has" : "have")} been told and may get ready.",
            "It is acknowledged, or its time has come.", held.NotBefore);
    }

    /// <summary>The node is about to be felt.</summary>
    public static void Start(Turn turn, FabricNode node)
    {
        foreach (var (board, notice) in turn.State.Notices.Of(node.Id, node.Maintenance!.Generation).ToList())
        {
            Noticing.Start(turn, turn.State.Notices.Find(board.Scope)!, notice);
        }
    }

    /// <summary>What was to keep guests in memory has come to a boot.</summary>
    public static void CameToReboot(Turn turn, FabricNode node)
    {
        foreach (var (board, notice) in turn.State.Notices.Of(node.Id, node.Maintenance!.Generation).ToList())
        {
            Noticing.Change(turn, turn.State.Notices.Find(board.Scope)!, notice, notice with { Type = NoticeType.Reboot }, NoticeStep.Changed);
        }
    }

    /// <summary>Nothing more is done to the node: with what was measured, or with why it came to nothing.</summary>
    public static void End(Turn turn, FabricNode node, string? why)
    {
        foreach (var (board, notice) in turn.State.Notices.Of(node.Id, node.Maintenance!.Generation).ToList())
        {
            Noticing.End(turn, turn.State.Notices.Find(board.Scope)!, notice, why, r =>
                turn.State.Instances.GetValueOrDefault(r.Instance)?.LastMaintenance
                    .FirstOrDefault(p => p.Update == notice.Update && p.At >= notice.StartedAt)?.Measured);
        }
    }

    /// <summary>How long before it is felt everybody is told.</summary>
    public static Duration Lead(Turn turn, MaintenanceChoice choice) =>
        choice.Technology == Technology.Redeploy || PauseOf(choice.Technology, turn.Settings.Maintenance) <= turn.Settings.Maintenance.InvisiblePause
            ? Duration.Zero
            : turn.Settings.Notices.Of(TypeOf(choice.Technology));

    // Who came after the plan was made feels what is typical.
    internal static Duration PauseOf(Turn turn, MaintenanceChoice choice, InstanceId i) =>
        choice.Predicted.FirstOrDefault(p => p.Instance == i)?.Pause ?? PauseOf(choice.Technology, turn.Settings.Maintenance);

    // A migration's pause is each guest's own; that of the emptied node would be none.
    internal static Duration PauseOf(Technology technology, MaintenanceSettings s) =>
        technology == Technology.LiveMigration ? s.LiveMigration.LongestPause : Procedures.Of(technology, s).Pause;

    private static bool IsFelt(Turn turn, MaintenanceChoice choice, InstanceId i) =>
        PauseOf(turn, choice, i) > turn.Settings.Maintenance.InvisiblePause;

    private static NoticeType TypeOf(Technology technology) => technology switch
    {
        Technology.Reboot => NoticeType.Reboot,
        Technology.Redeploy => NoticeType.Redeploy,
        _ => NoticeType.Freeze,
    };

    private static string Describe(Technology technology) => technology switch
    {
        Technology.Reboot => "The host is restarted for maintenance, and the machine with it.",
        Technology.HypervisorHotRestart => "The host's hypervisor is replaced; the machine stands still for less than a second.",
        Technology.LiveMigration => "The machine is moved to another host as it runs; it stands still for a few seconds.",
        _ => "The host is maintained; the machine stands still for a while and keeps its memory.",
    };
}
