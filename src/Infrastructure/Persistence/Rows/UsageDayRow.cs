// A day that is over, and what a subscription used on it (R2). Written once; it outlives the history it was made of.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Billing;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class UsageDayRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required LocalDate Day { get; set; }

    public long InstanceSeconds { get; set; }

    /// <summary>Hundredths.</summary>
    public long CoreSeconds { get; set; }

    public long VipSeconds { get; set; }

    public Used ToUsed() => new(InstanceSeconds, CoreSeconds, VipSeconds);
}

internal sealed class UsageDayMapping : IEntityTypeConfiguration<UsageDayRow>
{
    public void Configure(EntityTypeBuilder<UsageDayRow> builder) =>
        builder.ToTable("UsageDays").HasKey(r => new { r.SubscriptionId, r.Day });
}
