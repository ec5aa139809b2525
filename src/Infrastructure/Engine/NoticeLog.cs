// W3: what a turn did to notices, in the commit of the turn: boards as guests see them, and what has ended as owners read it.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Webhooks;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Keeps notices.</summary>
internal static class NoticeLog
{
    /// <summary>The boards of a cluster.</summary>
    public static void Load(RdfeDbContext db, ClusterState state)
    {
        foreach (var row in db.Set<NoticeBoardRow>().AsNoTracking().Where(r => r.Cluster == state.Id))
        {
            state.Notices.Put(row.ToBoard());
        }
    }

    /// <summary>Writes what a turn did.</summary>
    public static void Record(UnitOfWork unit, Turn turn, IdSource ids)
    {
        WebhookOutbox.Queue(unit, turn, ids);
        foreach (var scope in turn.Boards)
        {
            if (turn.State.Notices.Find(scope) is { } board)
            {
                unit.Upsert(new NoticeBoardRow
                {
                    Scope = scope,
                    Cluster = turn.State.Id,
                    SubscriptionId = board.Subscription,
                    Json = StoreJson.Write(board),
                });
            }
            else
            {
                unit.Delete<NoticeBoardRow>(scope);
            }
        }

        foreach (var change in turn.Notices.Where(c => c.Step is NoticeStep.Ended or NoticeStep.Withdrawn))
        {
            unit.Upsert(new PastNoticeRow
            {
                SubscriptionId = change.Subscription,
                Key = PastNoticeRow.KeyOf(change.Notice),
                EndedAt = change.Notice.EndedAt!.Value,
                Json = StoreJson.Write(change.Notice),
            });
        }
    }
}
