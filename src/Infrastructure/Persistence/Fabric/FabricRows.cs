// What clusters and the front end share: inboxes, loads, pins, the image repository, the log of events, documents.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Fabric;

/// <summary>A request that waits for a cluster's actor. Its number is the order in which the actor takes it.</summary>
public sealed class InboxRow
{
    public required long Id { get; set; }

    public required ClusterId Cluster { get; set; }

    /// <summary>The service or availability set that it belongs to, so that followers go where the first one went.</summary>
    public string? Pin { get; set; }

    public required string RequestJson { get; set; }

    public required Instant At { get; set; }
}

/// <summary>A cluster's figures for R5: in use, in flight, allocatable. Cores in hundredths.</summary>
public sealed class ClusterLoadRow
{
    public required ClusterId Cluster { get; set; }

    public required RegionId Region { get; set; }

    public long CoresUsed { get; set; }

    public long CoresInFlight { get; set; }

    public long CoresAllocatable { get; set; }

    public long VipsUsed { get; set; }

    public long VipsAllocatable { get; set; }

    /// <summary>Number of the cluster's last event.</summary>
    public long EventSequence { get; set; }
}

/// <summary>Where a service or an availability set lives. Settled once its first placement stands.</summary>
public sealed class PinRow
{
    public required string Key { get; set; }

    public required ClusterId Cluster { get; set; }

    /// <summary>Members placed or on their way; the pin goes with the last one.</summary>
    public int Members { get; set; }

    public bool Settled { get; set; }
}

/// <summary>Role images of a package are in a cluster's repository (F4).</summary>
public sealed class RoleImageRow
{
    public required ClusterId Cluster { get; set; }

    public required string Sha256 { get; set; }
}

/// <summary>A cluster's brakes (L2); no row while none holds.</summary>
public sealed class ClusterHealthRow
{
    public required ClusterId Cluster { get; set; }

    public required string Json { get; set; }
}

/// <summary>What a cluster keeps of bundles (F5, L4); no row before the first push.</summary>
public sealed class ClusterBundlesRow
{
    public required ClusterId Cluster { get; set; }

    public required string Json { get; set; }
}

/// <summary>Something that changed, for <c>GET /fabric/events</c>.</summary>
public sealed class EventRow
{
    public required long Id { get; set; }

    public required ClusterId Cluster { get; set; }

    public required long Sequence { get; set; }

    public required Instant At { get; set; }

    public required string Kind { get; set; }

    public required string Subject { get; set; }

    public required string Data { get; set; }
}

/// <summary>A deployment's configuration texts, by generation.</summary>
public sealed class ConfigurationRow
{
    public required DeploymentId Deployment { get; set; }

    public required int Generation { get; set; }

    public required string Xml { get; set; }

    /// <summary>Tips on package and configuration together (D6).</summary>
    public string AdviceJson { get; set; } = "[]";
}

/// <summary>The operator's documents: the topology, sizes, images.</summary>
public sealed class DocumentRow
{
    public required string Kind { get; set; }

    public required string NameKey { get; set; }

    public required string Json { get; set; }

    public required string ETag { get; set; }
}

internal sealed class InboxMapping : IEntityTypeConfiguration<InboxRow>
{
    public void Configure(EntityTypeBuilder<InboxRow> builder)
    {
        builder.ToTable("Inbox").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedNever();
        builder.HasIndex(r => new { r.Cluster, r.Id });
    }
}

internal sealed class ClusterLoadMapping : IEntityTypeConfiguration<ClusterLoadRow>
{
    public void Configure(EntityTypeBuilder<ClusterLoadRow> builder) => builder.ToTable("Clusters").HasKey(r => r.Cluster);
}

internal sealed class ClusterHealthMapping : IEntityTypeConfiguration<ClusterHealthRow>
{
    public void Configure(EntityTypeBuilder<ClusterHealthRow> builder) => builder.ToTable("ClusterHealth").HasKey(r => r.Cluster);
}

internal sealed class ClusterBundlesMapping : IEntityTypeConfiguration<ClusterBundlesRow>
{
    public void Configure(EntityTypeBuilder<ClusterBundlesRow> builder) => builder.ToTable("ClusterBundles").HasKey(r => r.Cluster);
}

internal sealed class PinMapping : IEntityTypeConfiguration<PinRow>
{
    public void Configure(EntityTypeBuilder<PinRow> builder) => builder.ToTable("Pins").HasKey(r => r.Key);
}

internal sealed class RoleImageMapping : IEntityTypeConfiguration<RoleImageRow>
{
    public void Configure(EntityTypeBuilder<RoleImageRow> builder) =>
        builder.ToTable("RoleImages").HasKey(r => new { r.Cluster, r.Sha256 });
}

internal sealed class EventMapping : IEntityTypeConfiguration<EventRow>
{
    public void Configure(EntityTypeBuilder<EventRow> builder)
    {
        builder.ToTable("Events").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedNever();
    }
}

internal sealed class ConfigurationMapping : IEntityTypeConfiguration<ConfigurationRow>
{
    public void Configure(EntityTypeBuilder<ConfigurationRow> builder) =>
        builder.ToTable("Configurations").HasKey(r => new { r.Deployment, r.Generation });
}

internal sealed class DocumentMapping : IEntityTypeConfiguration<DocumentRow>
{
    public void Configure(EntityTypeBuilder<DocumentRow> builder) =>
        builder.ToTable("Documents").HasKey(r => new { r.Kind, r.NameKey });
}
