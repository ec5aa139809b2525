// A name placed on a cluster, and nothing more (R4). The name is unique in the whole cloud.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class StorageAccountRow : INamedRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required RegionId Region { get; set; }

    public string? AffinityGroup { get; set; }

    public required ClusterId Cluster { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class StorageAccountMapping : IEntityTypeConfiguration<StorageAccountRow>
{
    public void Configure(EntityTypeBuilder<StorageAccountRow> builder)
    {
        builder.ToTable("StorageAccounts").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.HasIndex(r => r.NameKey).IsUnique();
    }
}
