// A named set of services whose instances may talk to each other (N1).
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class VirtualNetworkRow : INamedRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required string ServicesJson { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class VirtualNetworkMapping : IEntityTypeConfiguration<VirtualNetworkRow>
{
    public void Configure(EntityTypeBuilder<VirtualNetworkRow> builder)
    {
        builder.ToTable("VirtualNetworks").HasKey(r => new { r.SubscriptionId, r.NameKey });
    }
}
