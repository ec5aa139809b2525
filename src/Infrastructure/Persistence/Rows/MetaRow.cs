// What the store knows about itself: its schema, the virtual now.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class MetaRow
{
    public required string Key { get; set; }

    public required string Value { get; set; }
}

internal sealed class MetaMapping : IEntityTypeConfiguration<MetaRow>
{
    public void Configure(EntityTypeBuilder<MetaRow> builder)
    {
        builder.ToTable("Meta").HasKey(r => r.Key);
    }
}
