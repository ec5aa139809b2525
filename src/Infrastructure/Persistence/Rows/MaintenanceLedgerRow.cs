// What the platform did outside a window, and why (W1, W2). Written by its cluster's actor alone, in the commit that does it.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Windows;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class MaintenanceLedgerRow
{
    public required long Id { get; set; }

    public required ClusterId Cluster { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public required Instant At { get; set; }

    public required WindowLedgerReason Reason { get; set; }

    public required string Resource { get; set; }

    public required InstanceId Instance { get; set; }

    public required string Name { get; set; }

    public NodeId? Node { get; set; }

    public required string Configuration { get; set; }

    public required string Through { get; set; }

    public Instant? NextWindow { get; set; }

    public required string Detail { get; set; }

    public static MaintenanceLedgerRow Of(WindowLedgerEntry e, ClusterId cluster, long id) => new()
    {
        Id = id,
        Cluster = cluster,
        SubscriptionId = e.Subscription,
        At = e.At,
        Reason = e.Reason,
        Resource = e.Resource,
        Instance = e.Instance,
        Name = e.Name,
        Node = e.Node,
        Configuration = e.Configuration,
        Through = e.Through,
        NextWindow = e.NextWindow,
        Detail = e.Detail,
    };
}

internal sealed class MaintenanceLedgerMapping : IEntityTypeConfiguration<MaintenanceLedgerRow>
{
    public void Configure(EntityTypeBuilder<MaintenanceLedgerRow> builder)
    {
        builder.ToTable("MaintenanceLedger").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedNever();
        builder.HasIndex(r => new { r.SubscriptionId, r.Id });
    }
}
