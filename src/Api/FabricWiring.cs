// The fabric behind the front end: documents, clock, simulated hosts, engine, worker.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Api.Features.Webhooks;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api;

public static class FabricWiring
{
    public static void AddFabric(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(p =>
        {
            // Read by the primary alone: before that, others may still change it.
            _ = p.GetRequiredService<Primacy>().Fence;
            using var db = p.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
            var catalogue = FabricStartup.Load(db, Topology(p), Shipped());
            catalogue.ServiceHealth = Settings(p).ServiceHealth.ToSettings();
            return catalogue;
        });
        services.AddSingleton(p =>
        {
            _ = p.GetRequiredService<Primacy>().Fence;
            using var db = p.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
            var options = Settings(p).Clock;
            return new FabricClock(
                p.GetRequiredService<TimeProvider>(), options.Mode, options.Rate, FabricStartup.LastTime(db) ?? options.StartsAt,
                NodaTime.Duration.FromTimeSpan(options.Grain));
        });
        services.AddSingleton<Wakeups>();
        services.AddSingleton<PlacementDesk>();
        services.AddSingleton<EventSignal>();
        services.AddSingleton<ClusterStore>();
        services.AddSingleton<TopologyUpdate>();
        services.AddSingleton<IHostAgents>(p => new ReplaceableHosts(
            p.GetRequiredService<DataFolder>().At(Primacy.HostsFile),
            path => new HostStore(path, p.GetRequiredService<Primacy>().Fence),
            store => new SimulatedHosts(
                store, Durations(p), Settings(p).Fabric.Provisioning.ToSettings(), Settings(p).Fabric.Health.ToIntervals(),
                () => p.GetRequiredService<FabricCatalogue>().Topology)));
        services.AddSingleton<FaultBoard>();
        services.AddSingleton(p => Settings(p).Fabric.ToSettings() with
        {
            Maintenance = Settings(p).Maintenance.ToSettings(),
            Windows = Settings(p).Windows.ToSettings(),
            Rollouts = Settings(p).Rollouts.ToSettings(),
            Notices = Settings(p).Notices.ToSettings(),
            ServiceHealth = Settings(p).ServiceHealth.ToSettings(),
        });
        services.AddSingleton<FabricEngine>();
        services.AddSingleton<IFabricDirectory, CatalogueDirectory>();
        services.AddSingleton<IClusterPicker, LeastLoaded>();
        services.AddSingleton<IResourceUse, Features.VirtualMachines.ComputeUse>();
        services.AddSingleton<Features.VirtualMachines.MachineRules>();
        services.AddScoped<Features.VirtualMachines.MachineViews>();
        services.AddScoped<Features.InstanceMetadata.MetadataUrls>();
        services.AddSingleton<Features.InstanceMetadata.MetadataDocument>();
        services.AddWhilePrimary<FabricWorker>();
        services.AddWhilePrimary<ClockAdvances>();
        services.AddWebhooks();
        services.AddSingleton(p => new WorldFiles(p.GetRequiredService<DataFolder>().Root));
        services.AddSingleton(p => new Snapshots(p.GetRequiredService<DataFolder>().Root, p.GetRequiredService<PackageStore>()));
        services.AddSingleton(p => new NewWorld(
            Topology(p), Shipped(), Settings(p).Clock.Rate, Settings(p).Clock.StartsAt, Settings(p).Limits.EmulatorDrain));
        services.AddSingleton<Admission>();
        services.AddSingleton<StagedFabrics>();
        services.AddSingleton<FabricEmulator>();
        services.AddSingleton(p => Configured(p));
        services.AddScoped<Features.Emulator.EmulatorCommand>();
        services.AddScoped<Features.Emulator.InnerCalls>();
        services.AddSingleton<IReloads>(p => p.GetRequiredService<FabricCatalogue>());
        services.AddSingleton<IReloads>(p => p.GetRequiredService<ClockAdvances>());
        services.AddSingleton<IReloads>(p => p.GetRequiredService<FaultBoard>());
        services.AddSingleton<IReloads>(p => p.GetRequiredService<Http.KeyRing>());
        services.AddSingleton<Features.ScheduledEvents.GuestReads>();
        services.AddSingleton<IReloads>(p => p.GetRequiredService<Features.ScheduledEvents.GuestReads>());
        services.AddSingleton<Features.Fabric.EventStreams>();
        services.AddSingleton<Features.Fabric.PreviewAllocation.Handler>();
        services.AddSingleton<Infrastructure.Rollouts.RolloutForecasts>();
        services.AddWhilePrimary<Infrastructure.Rollouts.PlannerWarmUp>();
        services.AddSingleton<Features.Rollouts.PreviewRollout.Handler>();
    }

    /// <summary>
    /// The hosts obey this controller from now on. On a first start: the documents, and a row for every node. On every one:
    /// the faults that are kept.
    /// </summary>
    public static void PrepareFabric(this IServiceProvider services)
    {
        if (services.GetRequiredService<IHostAgents>() is ReplaceableHosts hosts)
        {
            hosts.Open();
        }

        var catalogue = services.GetRequiredService<FabricCatalogue>();
        var clock = services.GetRequiredService<FabricClock>();
        services.GetRequiredService<Committer>()
            .CommitAsync(unit => FabricStartup.Seed(unit, catalogue, clock.Now)).GetAwaiter().GetResult();
        using var db = services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        services.GetRequiredService<FaultBoard>().Put(FaultBoard.Of(db));
    }

    // A fabric may have a seed of its own, given when it was reset.
    private static SimulatedDurations Durations(IServiceProvider p)
    {
        using var db = p.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        var configured = Configured(p);
        return configured with { Seed = FabricEmulator.SeedOf(db) ?? configured.Seed };
    }

    private static SimulatedDurations Configured(IServiceProvider p) =>
        Settings(p).Fabric.Hosts.ToDurations() with { Maintenance = Settings(p).Maintenance.ToSettings() };

    private static RdfeOptions Settings(IServiceProvider p) => p.GetRequiredService<IOptions<RdfeOptions>>().Value;

    private static string Topology(IServiceProvider p) =>
        Settings(p).Topology is { Length: > 0 } path ? Path.GetFullPath(path) : Path.Combine(Shipped(), "default.json");

    private static string Shipped() => Path.Combine(AppContext.BaseDirectory, "topologies");
}
