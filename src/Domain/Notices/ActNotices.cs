// W3 for acts on one instance: the platform empties a node, the owner restarts a machine whose guest reads notices, or a host has
// broken and there was no time to tell.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Notices;

/// <summary>Notices of acts.</summary>
internal static class ActNotices
{
    /// <summary>
    /// An act is asked for: its instance is told, where that is due. The owner's own acts wait only where the guest reads notices.
    /// What is forced after a while is forced so long after the notice.
    /// </summary>
    public static PlannedAct Announce(Turn turn, FabricInstance i, PlannedAct act)
    {
        if (TypeOf(turn, i, act) is not { } type || turn.Settings.Notices.Of(type) is var lead && lead == Duration.Zero
            || act.ForceAt <= turn.Now || (act.Origin == ActOrigin.User && !IsRead(turn, i)))
        {
            return act;
        }

        Withdraw(turn, i, "a later request takes the instance in hand");
        Noticing.Publish(turn, [i], type, new NoticeCause(Act: i.Id, AskedAt: act.AskedAt), n => n with
        {
            Source = act.Origin == ActOrigin.User ? NoticeSource.User : NoticeSource.Platform,
            Predicted = act.Origin != ActOrigin.Platform ? null : turn.Settings.Maintenance.RedeployPause,
            Description = act.Origin == ActOrigin.Update ? "The machine's operating system is serviced; it starts anew with the new one."
                : act.Origin == ActOrigin.User
                ? type == NoticeType.Reboot ? "The owner restarts the machine." : "The owner moves the machine to another host."
                : "The host is taken out of service; the machine is moved to another one.",
        });
        return act with { ForceAt = act.ForceAt + lead };
    }

    /// <summary>It has been told and has its time yet; null where nobody is to be waited for.</summary>
    public static Blocker? Holds(Turn turn, FabricInstance i, PlannedAct act) =>
        Find(turn, i, act) is var (_, notice) && notice.Holds(turn.Now)
            ? new Blocker(
                BlockerCodes.ScheduledEvent, turn.Now, i.Id.Value, $"{i.Name} has been told and may get ready.",
                "It is acknowledged, or its time has come.", notice.NotBefore)
            : null;

    /// <summary>The act is granted.</summary>
    public static void Start(Turn turn, FabricInstance i, PlannedAct act)
    {
        if (Find(turn, i, act) is var (board, notice))
        {
            Noticing.Start(turn, board, notice);
        }
    }

    /// <summary>A host has broken: what is on it goes elsewhere, and is told that it does (as Azure does: a reboot, begun already).</summary>
    public static void Broke(Turn turn, FabricInstance i, string why)
    {
        if (turn.Settings.Notices.Reboot == Duration.Zero || i.Power != PowerGoal.Running)
        {
            return;
        }

        Withdraw(turn, i, why);
        if (turn.State.Notices.Find(NoticeBoard.ScopeOf(i)) is { } board && board.Live.Any(n => n.Cause.Act == i.Id && n.Cause.Deletes is null))
        {
            return;
        }

        Noticing.Publish(turn, [i], NoticeType.Reboot, new NoticeCause(Act: i.Id), n => n with
        {
            Status = NoticeStatus.Started,
            StartedAt = turn.Now,
            NotBefore = turn.Now,
            Description = "The host has failed; the machine starts anew on another one.",
        });
    }

    /// <summary>Is it called off, or over?</summary>
    public static void See(Turn turn, NoticeBoard board, Notice notice)
    {
        var i = turn.State.Instances[notice.Cause.Act!.Value];
        if (notice.Status == NoticeStatus.Scheduled)
        {
            if (i.Planned?.AskedAt != notice.Cause.AskedAt)
            {
                Noticing.End(turn, board, notice, "it is not done any more");
            }
        }
        else if (i.Power != PowerGoal.Running)
        {
            Noticing.End(turn, board, notice, "its owner has stopped it");
        }
        else if (i is { Planned: null, NodeDrain: null, IsHealthy: true, Health: null or { Healing: null } })
        {
            Noticing.End(turn, board, notice, null, _ => turn.Now - notice.StartedAt!.Value);
        }
        else if (turn.Now >= notice.StartedAt + turn.Settings.Notices.LongestStarted)
        {
            Noticing.End(turn, board, notice, "it is not well yet");
        }
    }

    // What was announced of an instance and has not begun.
    internal static void Withdraw(Turn turn, FabricInstance i, string why)
    {
        foreach (var old in turn.State.Notices.Find(NoticeBoard.ScopeOf(i))?.Live ?? [])
        {
            if (old.Cause.Act == i.Id && old.Cause.Deletes is null && old.Status == NoticeStatus.Scheduled)
            {
                Noticing.End(turn, turn.State.Notices.Find(NoticeBoard.ScopeOf(i))!, old, why);
            }
        }
    }

    private static (NoticeBoard Board, Notice Notice)? Find(Turn turn, FabricInstance i, PlannedAct act) =>
        turn.State.Notices.Find(NoticeBoard.ScopeOf(i)) is { } board
        && board.Live.FirstOrDefault(n => n.Cause.Act == i.Id && n.Cause.AskedAt == act.AskedAt) is { } notice
            ? (board, notice)
            : null;

    private static bool IsRead(Turn turn, FabricInstance i) =>
        turn.State.Notices.Find(NoticeBoard.ScopeOf(i)) is { } board && board.IsRead(i.Id, turn.Now, turn.Settings.Notices.ReadWithin);

    // Updates of a deployment are its owner's, walk by walk, and are not announced, but for a new guest OS, which comes by itself (U3);
    // nor are stops, which are never refused.
    private static NoticeType? TypeOf(Turn turn, FabricInstance i, PlannedAct act) => (act.Origin, act.Kind) switch
    {
        (ActOrigin.Update, ActKind.Update) when turn.State.Deployments.GetValueOrDefault(i.Owner)?.Update is { Kind: UpdateKind.GuestOs } => NoticeType.Reboot,
        (ActOrigin.User, ActKind.Restart or ActKind.Reimage) => NoticeType.Reboot,
        (ActOrigin.User, ActKind.Move or ActKind.PerformMaintenance) => NoticeType.Redeploy,
        (ActOrigin.Platform, ActKind.Move) => NoticeType.Redeploy,
        _ => null,
    };
}
