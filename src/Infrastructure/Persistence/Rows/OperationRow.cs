// A long-running operation (R6): durable, queryable, ended exactly once. No subscription: it is the operator's.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Operations;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class OperationRow
{
    public required OperationId Id { get; set; }

    public SubscriptionId? SubscriptionId { get; set; }

    public required string Kind { get; set; }

    public required string ResourcePath { get; set; }

    public OperationStatus Status { get; set; }

    public int PercentComplete { get; set; }

    public required Instant CreatedAt { get; set; }

    public Instant? StartedAt { get; set; }

    public Instant? EndedAt { get; set; }

    public string StepsJson { get; set; } = "[]";

    public string? ErrorJson { get; set; }

    public string? ReportJson { get; set; }

    public ClusterId? Cluster { get; set; }

    public bool CancelRequested { get; set; }
}

internal sealed class OperationMapping : IEntityTypeConfiguration<OperationRow>
{
    public void Configure(EntityTypeBuilder<OperationRow> builder)
    {
        builder.ToTable("Operations").HasKey(r => r.Id);
        builder.HasIndex(r => new { r.SubscriptionId, r.Id });
        builder.HasIndex(r => new { r.Cluster, r.Status });
        builder.HasIndex(r => new { r.ResourcePath, r.EndedAt });
    }
}
