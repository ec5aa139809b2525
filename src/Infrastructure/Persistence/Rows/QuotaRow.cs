// How much of a resource a subscription may use, and uses (R1). Taken and released in the unit that makes or
// removes the resource, so it never drifts. Cores are hundredths of a core, as everywhere.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class QuotaRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string Resource { get; set; }

    public long Limit { get; set; }

    public long Used { get; set; }
}

internal sealed class QuotaMapping : IEntityTypeConfiguration<QuotaRow>
{
    public void Configure(EntityTypeBuilder<QuotaRow> builder)
    {
        builder.ToTable("Quotas").HasKey(r => new { r.SubscriptionId, r.Resource });
    }
}
