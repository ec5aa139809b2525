// The name by which an instance asks about itself (D7): whoever knows it is the instance, so it is made of 128 random bits,
// in the commit that makes the instance, and shown only to those who may write it. It goes with the instance.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class InstanceCapabilityRow
{
    public required InstanceId Instance { get; set; }

    public required ClusterId Cluster { get; set; }

    public required string Token { get; set; }

    public static InstanceCapabilityRow New(InstanceId instance, ClusterId cluster, IdSource ids) =>
        new() { Instance = instance, Cluster = cluster, Token = ids.NextCapability() };
}

internal sealed class InstanceCapabilityMapping : IEntityTypeConfiguration<InstanceCapabilityRow>
{
    public void Configure(EntityTypeBuilder<InstanceCapabilityRow> builder)
    {
        builder.ToTable("InstanceCapabilities").HasKey(r => r.Instance);
        builder.HasIndex(r => r.Cluster);
        builder.HasIndex(r => r.Token).IsUnique();
    }
}
