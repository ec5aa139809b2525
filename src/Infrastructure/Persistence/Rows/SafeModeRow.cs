// Where nothing may change for now (L3). Scope is "all", "region/{name}" or "cluster/{name}"; no row means writable.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class SafeModeRow
{
    public required string Scope { get; set; }

    public required string Reason { get; set; }

    public required string By { get; set; }

    public required Instant Since { get; set; }
}

internal sealed class SafeModeMapping : IEntityTypeConfiguration<SafeModeRow>
{
    public void Configure(EntityTypeBuilder<SafeModeRow> builder)
    {
        builder.ToTable("SafeMode").HasKey(r => r.Scope);
    }
}
