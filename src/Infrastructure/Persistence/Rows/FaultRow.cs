// What an operator makes go wrong on simulated hosts (H1): the document as it was asked for, and what it came to.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class FaultRow
{
    public required string NameKey { get; set; }

    /// <summary>Grows with every fault and every change of one.</summary>
    public required long Number { get; set; }

    /// <summary>The members that were asked for.</summary>
    public required string Json { get; set; }

    public required Fault Fault { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class FaultMapping : IEntityTypeConfiguration<FaultRow>
{
    public void Configure(EntityTypeBuilder<FaultRow> builder)
    {
        builder.ToTable("Faults").HasKey(r => r.NameKey);
        builder.Property(r => r.Fault).AsJson();
    }
}
