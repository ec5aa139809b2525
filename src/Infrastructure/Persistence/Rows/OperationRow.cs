// A long-running operation (R6): durable, queryable, ended exactly once. No subscription: it is the operator's.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

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
    }
}

public enum OperationStatus
{
    NotStarted,
    Running,
    Succeeded,
    Failed,
    Canceled,
}

/// <summary>One visible step of an operation (D2); kept as JSON in its row.</summary>
public sealed record OperationStep(string Name, OperationStatus Status, Instant? StartedAt, Instant? EndedAt);

/// <summary>Why an operation failed: the same code and sentence that a refusal would carry.</summary>
public sealed record OperationError(string Code, string Detail);
