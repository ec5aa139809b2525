// The one model of the store. A table is one XxxRow.cs with its mapping beside it: nothing here lists them.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain;

namespace Rdfe.Infrastructure.Persistence;

public sealed class RdfeDbContext(DbContextOptions<RdfeDbContext> options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(RdfeDbContext).Assembly);

    // Ids are types (STYLE d) and instants are ticks: both are kept as what every database can compare and sort.
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<Enum>().HaveConversion<string>();
        configurationBuilder.Properties<Instant>().HaveConversion<InstantToTicks>();
        configurationBuilder.Properties<LocalDate>().HaveConversion<LocalDateToText>();
        configurationBuilder.Properties<SubscriptionId>().HaveConversion<SubscriptionIdToText>();
        configurationBuilder.Properties<GeoId>().HaveConversion<GeoIdToText>();
        configurationBuilder.Properties<RegionId>().HaveConversion<RegionIdToText>();
        configurationBuilder.Properties<ClusterId>().HaveConversion<ClusterIdToText>();
        configurationBuilder.Properties<RackId>().HaveConversion<RackIdToText>();
        configurationBuilder.Properties<NodeId>().HaveConversion<NodeIdToText>();
        configurationBuilder.Properties<InstanceId>().HaveConversion<InstanceIdToText>();
        configurationBuilder.Properties<DeploymentId>().HaveConversion<DeploymentIdToText>();
        configurationBuilder.Properties<OperationId>().HaveConversion<OperationIdToText>();
    }
}

internal sealed class InstantToTicks() : ValueConverter<Instant, long>(
    i => i.ToUnixTimeTicks(), t => Instant.FromUnixTimeTicks(t));

// As 2012-02-29: text that sorts as days do.
internal sealed class LocalDateToText() : ValueConverter<LocalDate, string>(
    d => LocalDatePattern.Iso.Format(d), t => LocalDatePattern.Iso.Parse(t).Value);

internal sealed class SubscriptionIdToText() : ValueConverter<SubscriptionId, string>(
    id => id.ToString(), t => new SubscriptionId(Guid.Parse(t)));

internal sealed class GeoIdToText() : ValueConverter<GeoId, string>(id => id.Value, t => new GeoId(t));

internal sealed class RegionIdToText() : ValueConverter<RegionId, string>(id => id.Value, t => new RegionId(t));

internal sealed class ClusterIdToText() : ValueConverter<ClusterId, string>(id => id.Value, t => new ClusterId(t));

internal sealed class RackIdToText() : ValueConverter<RackId, string>(id => id.Value, t => new RackId(t));

internal sealed class NodeIdToText() : ValueConverter<NodeId, string>(id => id.Value, t => new NodeId(t));

internal sealed class InstanceIdToText() : ValueConverter<InstanceId, string>(id => id.Value, t => new InstanceId(t));

internal sealed class DeploymentIdToText()
    : ValueConverter<DeploymentId, string>(id => id.Value, t => new DeploymentId(t));

internal sealed class OperationIdToText()
    : ValueConverter<OperationId, string>(id => id.Value, t => new OperationId(t));
