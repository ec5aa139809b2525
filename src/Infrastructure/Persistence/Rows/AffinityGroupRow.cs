// Keeps services near each other: pinned to a region and to clusters chosen there (R4).
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class AffinityGroupRow : INamedRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required RegionId Region { get; set; }

    /// <summary>The clusters that it is pinned to: chosen when it is created, by load.</summary>
    public ImmutableArray<string> Clusters { get; set; } = [];

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class AffinityGroupMapping : IEntityTypeConfiguration<AffinityGroupRow>
{
    public void Configure(EntityTypeBuilder<AffinityGroupRow> builder)
    {
        builder.ToTable("AffinityGroups").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.Property(r => r.Clusters).AsJson();
    }
}
