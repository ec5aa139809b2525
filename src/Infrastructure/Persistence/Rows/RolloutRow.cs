using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

/// <summary>A rollout over the fabric (M5).</summary>
public sealed class RolloutRow
{
    public required string NameKey { get; set; }

    public required string Json { get; set; }

    public required Instant CreatedAt { get; set; }

    /// <summary>Null while it goes on.</summary>
    public Instant? EndedAt { get; set; }
}

/// <summary>The rollout in a cluster (M5), but for its nodes and the plan's order; no row while there is none.</summary>
public sealed class ClusterRolloutRow
{
    public required ClusterId Cluster { get; set; }

    public required string Json { get; set; }
}

/// <summary>A node that a cluster's rollout has begun with.</summary>
public sealed class ClusterRolloutNodeRow
{
    public required ClusterId Cluster { get; set; }

    public required int Number { get; set; }

    public required string Json { get; set; }
}

/// <summary>The plan's order of a cluster's rollout (M2).</summary>
public sealed class ClusterRolloutOrderRow
{
    public required ClusterId Cluster { get; set; }

    public required string Json { get; set; }
}

/// <summary>What a cluster's nodes fetch before their turn (F4). Written by its actor.</summary>
public sealed class ClusterStagingRow
{
    public required ClusterId Cluster { get; set; }

    public required string Json { get; set; }
}

internal sealed class RolloutMapping : IEntityTypeConfiguration<RolloutRow>
{
    public void Configure(EntityTypeBuilder<RolloutRow> builder) => builder.ToTable("Rollouts").HasKey(r => r.NameKey);
}

internal sealed class ClusterRolloutMapping : IEntityTypeConfiguration<ClusterRolloutRow>
{
    public void Configure(EntityTypeBuilder<ClusterRolloutRow> builder) => builder.ToTable("ClusterRollouts").HasKey(r => r.Cluster);
}

internal sealed class ClusterRolloutNodeMapping : IEntityTypeConfiguration<ClusterRolloutNodeRow>
{
    public void Configure(EntityTypeBuilder<ClusterRolloutNodeRow> builder) =>
        builder.ToTable("ClusterRolloutNodes").HasKey(r => new { r.Cluster, r.Number });
}

internal sealed class ClusterRolloutOrderMapping : IEntityTypeConfiguration<ClusterRolloutOrderRow>
{
    public void Configure(EntityTypeBuilder<ClusterRolloutOrderRow> builder) => builder.ToTable("ClusterRolloutOrders").HasKey(r => r.Cluster);
}

internal sealed class ClusterStagingMapping : IEntityTypeConfiguration<ClusterStagingRow>
{
    public void Configure(EntityTypeBuilder<ClusterStagingRow> builder) => builder.ToTable("ClusterStagings").HasKey(s => s.Cluster);
}
