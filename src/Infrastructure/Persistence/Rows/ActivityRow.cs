// Who did what, when, and what came of it (R3): one row for each mutation that was decided, refused ones included.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class ActivityRow
{
    public long Sequence { get; set; }

    public SubscriptionId? SubscriptionId { get; set; }

    public required Instant At { get; set; }

    public required string Caller { get; set; }

    public required string Role { get; set; }

    public required string Method { get; set; }

    public required string Path { get; set; }

    public required string Outcome { get; set; }

    public int Status { get; set; }

    public string? Code { get; set; }

    public string? ETagBefore { get; set; }

    public string? ETagAfter { get; set; }

    public string? Operation { get; set; }

    public required string TraceId { get; set; }
}

internal sealed class ActivityMapping : IEntityTypeConfiguration<ActivityRow>
{
    public void Configure(EntityTypeBuilder<ActivityRow> builder)
    {
        builder.ToTable("Activity").HasKey(r => r.Sequence);
        builder.Property(r => r.Sequence).ValueGeneratedNever();
        builder.HasIndex(r => new { r.SubscriptionId, r.Sequence });
    }
}
