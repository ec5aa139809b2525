// What a resource has now, and since when (R2). Written by its cluster's actor alone, in the commit that makes it so.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Billing;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class MeterRow
{
    public required string Resource { get; set; }

    public required ClusterId Cluster { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public int Instances { get; set; }

    /// <summary>Hundredths.</summary>
    public long Cores { get; set; }

    public int Vips { get; set; }

    public required Instant Since { get; set; }

    public Meter ToMeter() => new(Resource, SubscriptionId, new Metered(Instances, Cores, Vips), Since);
}

internal sealed class MeterMapping : IEntityTypeConfiguration<MeterRow>
{
    public void Configure(EntityTypeBuilder<MeterRow> builder)
    {
        builder.ToTable("Meters").HasKey(r => r.Resource);
        builder.HasIndex(r => r.Cluster);
        builder.HasIndex(r => r.SubscriptionId);
    }
}
