// Notices (W3): what guests of one board see now, in one row, so that a document and its number are never of two moments; and what
// has ended, for owners to read. Written by the cluster's actor alone.
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Notices;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class NoticeBoardRow
{
    public required string Scope { get; set; }

    public required ClusterId Cluster { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public required string Json { get; set; }

    public NoticeBoard ToBoard() => StoreJson.Read<NoticeBoard>(Json);
}

public sealed class PastNoticeRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    /// <summary>See <see cref="KeyOf"/>.</summary>
    public required string Key { get; set; }

    public required Instant EndedAt { get; set; }

    public required string Json { get; set; }

    /// <summary>In the order of publishing, also among those that are still there.</summary>
    public static string KeyOf(Notice notice) =>
        string.Create(CultureInfo.InvariantCulture, $"{notice.PublishedAt.ToUnixTimeTicks():D19}/{notice.Id}");
}

internal sealed class NoticeBoardMapping : IEntityTypeConfiguration<NoticeBoardRow>
{
    public void Configure(EntityTypeBuilder<NoticeBoardRow> builder)
    {
        builder.ToTable("NoticeBoards").HasKey(r => r.Scope);
        builder.HasIndex(r => r.Cluster);
        builder.HasIndex(r => r.SubscriptionId);
    }
}

internal sealed class PastNoticeMapping : IEntityTypeConfiguration<PastNoticeRow>
{
    public void Configure(EntityTypeBuilder<PastNoticeRow> builder)
    {
        builder.ToTable("PastNotices").HasKey(r => new { r.SubscriptionId, r.Key });
        builder.HasIndex(r => r.EndedAt);
    }
}
