// Scheduled events of a story's guests, as they and their owners see them.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Tests.Engine;

internal static class Notices
{
    public static NoticeBoard BoardOf(this Story story, FabricInstance i)
    {
        var scope = NoticeBoard.ScopeOf(i);
        return story.Town.One<NoticeBoardRow>(b => b.Scope == scope).ToBoard();
    }

    /// <summary>What is announced or being done.</summary>
    public static List<Notice> LiveNotices(this Story story) => [.. story.Town.All<NoticeBoardRow>().SelectMany(b => b.ToBoard().Live)];

    /// <summary>What is over.</summary>
    public static List<Notice> PastNotices(this Story story) => [.. story.Town.All<PastNoticeRow>().Select(n => StoreJson.Read<Notice>(n.Json))];

    public static void Acknowledge(this Story story, FabricInstance i, Notice n) =>
        story.Post(new FabricRequest.AcknowledgeNotice(NoticeBoard.ScopeOf(i), n.Id, AcknowledgedBy.Guest));
}
