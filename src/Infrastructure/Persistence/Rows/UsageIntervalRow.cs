// The history that bills are made of (R2): what a resource had from when to when. Only ever added to; trimmed long after
// its days are closed.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Billing;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class UsageIntervalRow
{
    public required long Id { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public required string Resource { get; set; }

    public int Instances { get; set; }

    /// <summary>Hundredths.</summary>
    public long Cores { get; set; }

    public int Vips { get; set; }

    public required Instant From { get; set; }

    public required Instant To { get; set; }

    public UsageInterval ToInterval() => new(SubscriptionId, Resource, new Metered(Instances, Cores, Vips), From, To);
}

internal sealed class UsageIntervalMapping : IEntityTypeConfiguration<UsageIntervalRow>
{
    public void Configure(EntityTypeBuilder<UsageIntervalRow> builder)
    {
        builder.ToTable("UsageIntervals").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedNever();
        builder.HasIndex(r => new { r.SubscriptionId, r.To });
        builder.HasIndex(r => r.To);
    }
}
