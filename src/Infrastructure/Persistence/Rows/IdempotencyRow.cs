// The first answer to a request with an Idempotency-Key, committed with its effect and replayed to repeats.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class IdempotencyRow
{
    public required string Caller { get; set; }

    public required string Key { get; set; }

    public required string RequestHash { get; set; }

    public required string AnswerJson { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class IdempotencyMapping : IEntityTypeConfiguration<IdempotencyRow>
{
    public void Configure(EntityTypeBuilder<IdempotencyRow> builder)
    {
        builder.ToTable("Idempotency").HasKey(r => new { r.Caller, r.Key });
        builder.HasIndex(r => r.CreatedAt);
    }
}
