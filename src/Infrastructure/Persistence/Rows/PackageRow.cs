// A package by the name that a tenant gave it (D1). The content lies in the package store under its hash; deployments
// keep the hash that they were made of, so that other content under the name changes nothing that runs.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class PackageRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required string Sha256 { get; set; }

    public required long SizeBytes { get; set; }

    /// <summary>Roles and advice as they are shown: reading a package opens no file.</summary>
    public required string DescriptionJson { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class PackageMapping : IEntityTypeConfiguration<PackageRow>
{
    public void Configure(EntityTypeBuilder<PackageRow> builder)
    {
        builder.ToTable("Packages").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.HasIndex(r => r.Sha256);
    }
}
