// Operations between their row and the domain.
using System.Collections.Immutable;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence.Fabric;

/// <summary>Reads and writes operations.</summary>
public static class OperationRows
{
    /// <summary>The row of an operation.</summary>
    public static OperationRow ToRow(this Operation o) => new()
    {
        Id = o.Id,
        SubscriptionId = o.SubscriptionId,
        Kind = o.Kind,
        ResourcePath = o.Resource,
        Status = o.Status,
        PercentComplete = o.PercentComplete,
        CreatedAt = o.CreatedAt,
        StartedAt = o.StartedAt,
        EndedAt = o.EndedAt,
        StepsJson = StoreJson.Write(o.Steps),
        ErrorJson = o.Error is null ? null : StoreJson.Write(o.Error),
        Cluster = o.Cluster,
        CancelRequested = o.CancelRequested,
    };

    /// <summary>The operation of a row.</summary>
    public static Operation ToOperation(this OperationRow r) => new()
    {
        Id = r.Id,
        SubscriptionId = r.SubscriptionId,
        Kind = r.Kind,
        Resource = r.ResourcePath,
        Status = r.Status,
        PercentComplete = r.PercentComplete,
        CreatedAt = r.CreatedAt,
        StartedAt = r.StartedAt,
        EndedAt = r.EndedAt,
        Steps = StoreJson.Read<ImmutableArray<OperationStep>>(r.StepsJson),
        Error = r.ErrorJson is null ? null : StoreJson.Read<OperationError>(r.ErrorJson),
        Cluster = r.Cluster,
        CancelRequested = r.CancelRequested,
    };
}
