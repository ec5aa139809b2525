// W3 for a bundle that boots a node (F5): whoever runs there is told, each owner by itself, and the node is not drained before all of
// them have let it begin, or their time is over. An operator's order to go on regardless waits for nobody (L4).
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Notices;

/// <summary>Notices of installs that boot a node.</summary>
internal static class InstallNotices
{
    /// <summary>Tells whoever runs on the node; true when somebody has been told.</summary>
    public static bool Announce(Turn turn, FabricNode node)
    {
        if (turn.Settings.Notices.Reboot == Duration.Zero)
        {
            return false;
        }

        var cause = CauseOf(node);
        var owners = turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Running)
            .GroupBy(NoticeBoard.ScopeOf).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        foreach (var guests in owners)
        {
            Noticing.Publish(turn, [.. guests], NoticeType.Reboot, cause, n => n with
            {
                Description = "The host is restarted for new versions of its software, and the machine with it.",
            });
        }

        return owners.Count > 0;
    }

    /// <summary>Somebody has been told and has its time yet; null where nobody is to be waited for.</summary>
    public static Blocker? Holds(Turn turn, FabricNode node)
    {
        var held = Of(turn, node).Where(n => n.Notice.Holds(turn.Now)).Select(n => n.Notice).MaxBy(n => n.NotBefore);
        return held is null ? null : new Blocker(
            BlockerCodes.ScheduledEvent, turn.Now, held.Resources[0].Instance.Value,
            $"Who runs on {node.Id} has been told that it restarts, and may get ready.", "It is acknowledged, or its time has come.", held.NotBefore);
    }

    /// <summary>The node is about to be felt.</summary>
    public static void Start(Turn turn, FabricNode node)
    {
        foreach (var (board, notice) in Of(turn, node))
        {
            Noticing.Start(turn, turn.State.Notices.Find(board.Scope)!, notice);
        }
    }

    /// <summary>It does not happen now.</summary>
    public static void CallOff(Turn turn, FabricNode node, string why)
    {
        foreach (var (board, notice) in Of(turn, node).Where(n => n.Notice.Status == NoticeStatus.Scheduled))
        {
            Noticing.End(turn, turn.State.Notices.Find(board.Scope)!, notice, why);
        }
    }

    /// <summary>Is it over for those that it names? Each of them says how long it did not run.</summary>
    public static void See(Turn turn, NoticeBoard board, Notice notice)
    {
        if (notice.Status != NoticeStatus.Started || turn.State.Nodes.GetValueOrDefault(notice.Cause.Node!.Value) is { Install: not null })
        {
            return;
        }

        var all = notice.Resources.Select(r => turn.State.Instances.GetValueOrDefault(r.Instance)).OfType<FabricInstance>()
            .Where(i => i.Power == PowerGoal.Running);
        if (all.All(i => i is { Planned: null, IsHealthy: true }))
        {
            Noticing.End(turn, board, notice, null, _ => turn.Now - notice.StartedAt!.Value);
        }
        else if (turn.Now >= notice.StartedAt + turn.Settings.Notices.LongestStarted)
        {
            Noticing.End(turn, board, notice, "it is not well yet");
        }
    }

    // One that is tried again has another number, and the same notices.
    private static NoticeCause CauseOf(FabricNode node) => new(node.Id, node.InstallGeneration, Install: true);

    private static List<(NoticeBoard Board, Notice Notice)> Of(Turn turn, FabricNode node) =>
        [.. turn.State.Notices.Of(node.Id, node.InstallGeneration, install: true)];
}
