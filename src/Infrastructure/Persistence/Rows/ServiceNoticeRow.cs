// A notice of service health (W4). Incidents are written by their cluster's actor, notices of rollouts and of safe mode by the unit
// that changes those; each in the commit of what it tells.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.ServiceHealth;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class ServiceNoticeRow
{
    /// <summary>Sorts by the time of opening.</summary>
    public required string Id { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    /// <summary>Whose controller keeps it; null for what concerns several clusters.</summary>
    public ClusterId? Cluster { get; set; }

    public required NoticeKind Kind { get; set; }

    public required NoticeState State { get; set; }

    public required string Cause { get; set; }

    /// <summary>Null while it is open.</summary>
    public Instant? ClosedAt { get; set; }

    public required string Json { get; set; }

    public ServiceNotice Notice => StoreJson.Read<ServiceNotice>(Json);

    public static ServiceNoticeRow Of(ServiceNotice n) => new()
    {
        Id = n.Id,
        SubscriptionId = n.Subscription,
        Cluster = n.Cluster,
        Kind = n.Kind,
        State = n.State,
        Cause = n.Cause,
        ClosedAt = n.ClosedAt,
        Json = StoreJson.Write(n),
    };
}

internal sealed class ServiceNoticeMapping : IEntityTypeConfiguration<ServiceNoticeRow>
{
    public void Configure(EntityTypeBuilder<ServiceNoticeRow> builder)
    {
        builder.ToTable("ServiceNotices").HasKey(r => r.Id);
        builder.Ignore(r => r.Notice);
        builder.HasIndex(r => new { r.SubscriptionId, r.Id });
        builder.HasIndex(r => new { r.Cluster, r.ClosedAt });
        builder.HasIndex(r => r.Cause);
    }
}
