// A subscription's key (R3). The key itself is never kept: only its SHA-256, as hex.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class AccessKeyRow : INamedRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public KeyRole Role { get; set; }

    public required string Hash { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class AccessKeyMapping : IEntityTypeConfiguration<AccessKeyRow>
{
    public void Configure(EntityTypeBuilder<AccessKeyRow> builder)
    {
        builder.ToTable("AccessKeys").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.HasIndex(r => r.Hash).IsUnique();
    }
}

/// <summary>What the holder of a key may do in the subscription; each includes the ones before it.</summary>
public enum KeyRole
{
    Reader,
    Contributor,
    Owner,
}
