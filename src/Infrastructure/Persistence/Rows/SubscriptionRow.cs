// A tenant's account (R1). Its quotas are rows of their own, so that taking from them is one statement.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class SubscriptionRow
{
    public required SubscriptionId Id { get; set; }

    public required string DisplayName { get; set; }

    public bool Disabled { get; set; }

    public required string QuotasJson { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class SubscriptionMapping : IEntityTypeConfiguration<SubscriptionRow>
{
    public void Configure(EntityTypeBuilder<SubscriptionRow> builder)
    {
        builder.ToTable("Subscriptions").HasKey(r => r.Id);
    }
}
