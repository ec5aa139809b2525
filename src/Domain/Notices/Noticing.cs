// W3: what becomes of notices. Nothing here does anything to a machine: whoever does asks whether it may, and says when it has.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Billing;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Notices;

/// <summary>Publishes notices, and takes them on from step to step.</summary>
internal static class Noticing
{
    /// <summary>Publishes one; to guests of one board, never across owners.</summary>
    public static Notice Publish(Turn turn, IReadOnlyList<FabricInstance> touched, NoticeType type, NoticeCause cause, Func<Notice, Notice> with)
    {
        var scope = NoticeBoard.ScopeOf(touched[0]);
        var board = BoardOf(turn, touched[0]);
        var notice = with(new Notice
        {
            Id = IdOf(turn, board, cause),
            Type = type,
            Cause = cause,
            Resources = [.. touched.Select(i => new NoticeResource(i.Id, i.Name))],
            NotBefore = turn.Now + turn.Settings.Notices.Of(type),
            Description = "",
            PublishedAt = turn.Now,
        });
        turn.Put(board with { Live = board.Live.Add(notice), Incarnation = board.Incarnation + 1 });
        Tell(turn, NoticeStep.Published, scope, board.Subscription, notice);
        if (notice.Status == NoticeStatus.Started)
        {
            Tell(turn, NoticeStep.Started, scope, board.Subscription, notice);
        }

        return notice;
    }

    /// <summary>One of those who see it lets it begin. Once is enough, for all that it touches.</summary>
    public static void Acknowledge(Turn turn, FabricRequest.AcknowledgeNotice request)
    {
        if (turn.State.Notices.Find(request.Scope) is { } board
            && board.Live.FirstOrDefault(n => n.Id == request.Notice) is { Status: NoticeStatus.Scheduled, Acknowledged: null } notice)
        {
            Change(turn, board, notice, notice with { Acknowledged = new Acknowledgement(request.By, turn.Now) }, NoticeStep.Acknowledged);
            if (notice.Cause.Deletes is not null)
            {
                // Nothing else looks at a machine that is only being deleted.
                See(turn, board.Scope);
            }
        }
    }

    /// <summary>A guest reads: from now on its owner's restarts wait for it.</summary>
    public static void Read(Turn turn, FabricRequest.NoticesRead request)
    {
        if (turn.State.Instances.TryGetValue(request.Instance, out var i))
        {
            var board = BoardOf(turn, i);
            turn.Put(board with { Readers = board.Readers.RemoveAll(r => r.Instance == i.Id).Add(new NoticeReader(i.Id, turn.Now)) });
        }
    }

    /// <summary>It begins.</summary>
    public static void Start(Turn turn, NoticeBoard board, Notice notice)
    {
        if (notice.Status == NoticeStatus.Scheduled)
        {
            Change(turn, board, notice, notice with { Status = NoticeStatus.Started, StartedAt = turn.Now }, NoticeStep.Started);
        }
    }

    /// <summary>It is over; one that has not begun is withdrawn.</summary>
    public static void End(Turn turn, NoticeBoard board, Notice notice, string? why, Func<NoticeResource, Duration?>? measured = null)
    {
        var started = notice.Status == NoticeStatus.Started;
        Change(turn, board, notice, notice with
        {
            Status = started ? NoticeStatus.Ended : NoticeStatus.Withdrawn,
            EndedAt = turn.Now,
            Why = why,
            Resources = measured is null || !started ? notice.Resources
                : [.. notice.Resources.Select(r => r with { Measured = measured(r) ?? r.Measured })],
        }, started ? NoticeStep.Ended : NoticeStep.Withdrawn);
    }

    /// <summary>After a restart: when each board is to be looked at is derived anew.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var scope in turn.State.Notices.Live)
        {
            turn.State.Agenda.Set(
                new AgendaItem(AgendaKind.Notices, scope), turn.State.Notices.Find(scope)!.NextDeadline(turn.Now, turn.Settings.Notices.LongestStarted));
        }
    }

    /// <summary>What follows for notices from what has changed in a turn.</summary>
    public static void Step(Turn turn)
    {
        IEnumerable<string> scopes = turn.Everything ? turn.State.Notices.Live
            : [.. turn.Instances.Select(turn.State.Notices.ScopeNaming).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        foreach (var scope in scopes)
        {
            See(turn, scope);
        }

        foreach (var gone in turn.Gone)
        {
            Leave(turn, gone);
        }
    }

    /// <summary>A board is looked at: are its notices still about anything?</summary>
    public static void See(Turn turn, string scope)
    {
        foreach (var notice in turn.State.Notices.Find(scope)?.Live ?? [])
        {
            var board = turn.State.Notices.Find(scope)!;
            var there = notice.Resources.RemoveAll(r => !IsThere(turn, notice, r));
            if (there.IsEmpty)
            {
                End(turn, board, notice, notice.Cause.Deletes is not null && notice.Status == NoticeStatus.Started ? null : "what it names is gone");
            }
            else if (notice.Cause.Deletes is not null)
            {
                TerminationNotices.See(turn, board, notice);
            }
            else if (notice.Cause.Act is not null)
            {
                ActNotices.See(turn, board, notice);
            }
            else if (there.Length < notice.Resources.Length)
            {
                Change(turn, board, notice, notice with { Resources = there }, NoticeStep.Changed);
            }
            else if (notice.Cause.Install)
            {
                InstallNotices.See(turn, board, notice);
            }
        }
    }

    /// <summary>Replaces a notice on its board. What guests see of it decides whether the document has changed.</summary>
    public static void Change(Turn turn, NoticeBoard board, Notice before, Notice after, NoticeStep step)
    {
        var over = after.Status is NoticeStatus.Ended or NoticeStatus.Withdrawn;
        turn.Put(board with
        {
            Live = over ? board.Live.Remove(before) : board.Live.Replace(before, after),
            Incarnation = step == NoticeStep.Acknowledged ? board.Incarnation : board.Incarnation + 1,
        });
        if (after.Cause.Node is { } node)
        {
            // It may have waited for this alone, and nothing else has changed about it.
            turn.State.Ripples.Maintenance.Add(node);
        }

        Tell(turn, step, board.Scope, board.Subscription, after);
    }

    // Whoever was named and has left the node by itself does not feel what is done to the node. Once begun it is felt by all.
    private static bool IsThere(Turn turn, Notice notice, NoticeResource r) =>
        turn.State.Instances.TryGetValue(r.Instance, out var i)
        && (notice.Status == NoticeStatus.Started || notice.Cause.Node is null || i.Node == notice.Cause.Node);

    // An instance is gone for good: it reads no more, and with the last of them the board goes.
    private static void Leave(Turn turn, FabricInstance gone)
    {
        var scope = NoticeBoard.ScopeOf(gone);
        if (turn.State.Notices.Find(scope) is not { } board)
        {
            return;
        }

        if (board.Live.IsEmpty && !turn.State.Instances.Values.Any(i => NoticeBoard.ScopeOf(i) == scope))
        {
            turn.TakeDown(scope);
        }
        else if (board.Readers.Any(r => r.Instance == gone.Id))
        {
            turn.Put(board with { Readers = board.Readers.RemoveAll(r => r.Instance == gone.Id) });
        }
    }

    private static NoticeBoard BoardOf(Turn turn, FabricInstance i) =>
        turn.State.Notices.Find(NoticeBoard.ScopeOf(i))
        ?? new NoticeBoard { Scope = NoticeBoard.ScopeOf(i), Subscription = Metering.TenantOf(turn.State, i) };

    private static void Tell(Turn turn, NoticeStep step, string scope, SubscriptionId subscription, Notice n)
    {
        turn.Notices.Add(new NoticeChange(step, scope, subscription, n));
        var who = string.Join(", ", n.Resources.Select(r => r.Name));
        turn.Say("scheduledEvent" + step, n.Resources[0].Instance.Value, step switch
        {
            NoticeStep.Published => $"{n.Type} of {who}, not before {n.NotBefore}",
            NoticeStep.Acknowledged => $"{n.Type} of {who}, by {(n.Acknowledged!.By == AcknowledgedBy.Guest ? "a guest" : "its owner")}",
            NoticeStep.Withdrawn => $"{n.Type} of {who}: {n.Why}",
            _ => $"{n.Type} of {who}",
        });
    }

    // RFC 9562, version 8: drawn from what it is about, so that a turn that is decided again publishes the same one.
    private static string IdOf(Turn turn, NoticeBoard board, NoticeCause cause)
    {
        Span<byte> bytes = stackalloc byte[16];
        var about = $"{board.Scope}/{cause.Node}/{cause.Act}{(cause.Install ? "/install" : "")}";
        BitConverter.TryWriteBytes(bytes, Draw.Hash(0, about, "scheduled event", turn.Now.ToUnixTimeTicks()));
        BitConverter.TryWriteBytes(bytes[8..], Draw.Hash(1, about, "scheduled event", ((long)cause.Generation << 32) + board.Incarnation));
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString().ToUpperInvariant();
    }
}
