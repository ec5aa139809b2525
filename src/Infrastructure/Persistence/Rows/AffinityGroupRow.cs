// Keeps services near each other: pinned to a region, later to the clusters chosen there (R4).
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class AffinityGroupRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required RegionId Region { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class AffinityGroupMapping : IEntityTypeConfiguration<AffinityGroupRow>
{
    public void Configure(EntityTypeBuilder<AffinityGroupRow> builder)
    {
        builder.ToTable("AffinityGroups").HasKey(r => new { r.SubscriptionId, r.NameKey });
    }
}
