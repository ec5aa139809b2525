// The controller's records are their own rows: one shape, no copies to keep in step.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Infrastructure.Persistence.Fabric;

internal sealed class NodeMapping : IEntityTypeConfiguration<FabricNode>
{
    public void Configure(EntityTypeBuilder<FabricNode> builder)
    {
        builder.ToTable("Nodes").HasKey(n => n.Id);
        builder.Ignore(n => n.Progress);
        builder.Ignore(n => n.Ghosts);
        builder.Ignore(n => n.IsSuspect);
        builder.Property(n => n.Evidence).AsJsonOrNull();
        builder.Property(n => n.Health).AsJsonOrNull();
        builder.Property(n => n.Versions).AsJsonOrNull();
        builder.Property(n => n.Install).AsJsonOrNull();
        builder.Property(n => n.Maintenance).AsJsonOrNull();
        builder.Property(n => n.LastMaintenance).AsJsonOrNull();
        builder.Property(n => n.Staging).AsJsonOrNull();
        builder.HasIndex(n => n.Cluster);
    }
}

internal sealed class InstanceMapping : IEntityTypeConfiguration<FabricInstance>
{
    public void Configure(EntityTypeBuilder<FabricInstance> builder)
    {
        builder.ToTable("Instances").HasKey(i => i.Id);
        builder.Property(i => i.Needs).HasConversion<ResourcesToText>();
        builder.Property(i => i.Group).HasConversion<GroupIdToText>();
        builder.Property(i => i.Dip).HasConversion<Ipv4AddressToText>();
        builder.Property(i => i.Health).AsJsonOrNull();
        builder.Property(i => i.Planned).AsJsonOrNull();
        builder.Property(i => i.Ceilings).AsJsonOrNull();
        builder.Property(i => i.LastMaintenance).AsJson();
        builder.Property(i => i.Migration).AsJsonOrNull();
        builder.Property(i => i.LastMigration).AsJsonOrNull();
        builder.HasIndex(i => i.Cluster);
        builder.HasIndex(i => i.Owner);
        builder.HasIndex(i => i.Node);
    }
}

internal sealed class DeploymentMapping : IEntityTypeConfiguration<Deployment>
{
    public void Configure(EntityTypeBuilder<Deployment> builder)
    {
        builder.ToTable("Deployments").HasKey(d => d.Id);
        builder.Property(d => d.Model).AsJson();
        builder.Property(d => d.Placement).AsJson();
        builder.Property(d => d.Waiting).AsJsonOrNull();
        builder.Property(d => d.Update).AsJsonOrNull();
        builder.Property(d => d.Vip).HasConversion<Ipv4AddressToText>();
        builder.HasIndex(d => new { d.SubscriptionId, d.Service, d.Slot }).IsUnique();
        builder.HasIndex(d => d.Cluster);
        builder.HasIndex(d => d.PackageSha256);
    }
}

internal sealed class VirtualMachineMapping : IEntityTypeConfiguration<VirtualMachine>
{
    public void Configure(EntityTypeBuilder<VirtualMachine> builder)
    {
        builder.ToTable("VirtualMachines").HasKey(m => new { m.SubscriptionId, m.NameKey });
        builder.Property(m => m.Spec).AsJson();
        builder.Property(m => m.SetCeilings).AsJsonOrNull();
        builder.Property(m => m.Needs).HasConversion<ResourcesToText>();
        builder.Property(m => m.Placement).AsJson();
        builder.Property(m => m.Vip).HasConversion<Ipv4AddressToText>();
        builder.HasIndex(m => m.Cluster);
        builder.HasIndex(m => m.Instance).IsUnique();
    }
}

internal sealed class DedicatedHostMapping : IEntityTypeConfiguration<DedicatedHost>
{
    public void Configure(EntityTypeBuilder<DedicatedHost> builder)
    {
        builder.ToTable("DedicatedHosts").HasKey(h => new { h.SubscriptionId, h.NameKey });
        builder.Property(h => h.Placement).AsJson();
        builder.HasIndex(h => h.Cluster);
    }
}
