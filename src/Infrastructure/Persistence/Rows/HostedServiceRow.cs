// A hosted service (R4). Its DNS name is unique in the whole cloud. Its cluster is its pin's (docs/adr/0009).
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class HostedServiceRow : INamedRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required string DnsName { get; set; }

    public required RegionId Region { get; set; }

    public string? AffinityGroup { get; set; }

    public required string Label { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class HostedServiceMapping : IEntityTypeConfiguration<HostedServiceRow>
{
    public void Configure(EntityTypeBuilder<HostedServiceRow> builder)
    {
        builder.ToTable("HostedServices").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.HasIndex(r => r.DnsName).IsUnique();
    }
}
