// An availability set (D5): machines that name it never go down together for what the platform does.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class AvailabilitySetRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required RegionId Region { get; set; }

    /// <summary>Key of the affinity group that it is in, if it named one.</summary>
    public string? AffinityGroup { get; set; }

    public int UpdateDomainCount { get; set; }

    public int FaultDomainCount { get; set; }

    /// <summary>What its machines bear of maintenance (M4); null where it says nothing.</summary>
    public MaintenanceCeilings? Maintenance { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class AvailabilitySetMapping : IEntityTypeConfiguration<AvailabilitySetRow>
{
    public void Configure(EntityTypeBuilder<AvailabilitySetRow> builder)
    {
        builder.ToTable("AvailabilitySets").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.Property(r => r.Maintenance).AsJsonOrNull();
    }
}
