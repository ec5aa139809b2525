// A maintenance configuration (W5): its window, in words. What it is assigned to is MaintenanceAssignmentRow.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class MaintenanceConfigurationRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    /// <summary>A <see cref="Rdfe.Domain.Windows.WindowText"/>.</summary>
    public required string WindowJson { get; set; }

    public required Instant CreatedAt { get; set; }
}

/// <summary>One resource that a configuration holds for. Its key lets no resource have two.</summary>
public sealed class MaintenanceAssignmentRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    /// <summary>A <see cref="Rdfe.Domain.Windows.WindowResource"/>, such as <c>virtualMachines/web1</c>.</summary>
    public required string Resource { get; set; }

    /// <summary>The resource's own name, as it was first written.</summary>
    public required string Name { get; set; }

    /// <summary>Key of the configuration.</summary>
    public required string Configuration { get; set; }

    /// <summary>Where the resource is: its clusters are told.</summary>
    public required RegionId Region { get; set; }
}

internal sealed class MaintenanceConfigurationMapping : IEntityTypeConfiguration<MaintenanceConfigurationRow>
{
    public void Configure(EntityTypeBuilder<MaintenanceConfigurationRow> builder) =>
        builder.ToTable("MaintenanceConfigurations").HasKey(r => new { r.SubscriptionId, r.NameKey });
}

internal sealed class MaintenanceAssignmentMapping : IEntityTypeConfiguration<MaintenanceAssignmentRow>
{
    public void Configure(EntityTypeBuilder<MaintenanceAssignmentRow> builder)
    {
        builder.ToTable("MaintenanceAssignments").HasKey(r => new { r.SubscriptionId, r.Resource });
        builder.HasIndex(r => new { r.SubscriptionId, r.Configuration });
        builder.HasIndex(r => r.Region);
    }
}
