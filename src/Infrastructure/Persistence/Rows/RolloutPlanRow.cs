using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace Rdfe.Infrastructure.Persistence.Rows;

/// <summary>A plan that was previewed, and may be approved (M2).</summary>
public sealed class RolloutPlanRow
{
    public required string Id { get; set; }

    public required string Json { get; set; }

    public required Instant CreatedAt { get; set; }
}

internal sealed class RolloutPlanMapping : IEntityTypeConfiguration<RolloutPlanRow>
{
    public void Configure(EntityTypeBuilder<RolloutPlanRow> builder) => builder.ToTable("RolloutPlans").HasKey(r => r.Id);
}
