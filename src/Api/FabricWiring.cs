// The fabric behind the front end: documents, clock, simulated hosts, engine, worker.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
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
            return FabricStartup.Load(db, Topology(p), Shipped());
        });
        services.AddSingleton(p =>
        {
            _ = p.GetRequiredService<Primacy>().Fence;
            using var db = p.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
            var options = Settings(p).Clock;
            return new FabricClock(p.GetRequiredService<TimeProvider>(), options.Mode, options.Rate, FabricStartup.LastTime(db));
        });
        services.AddSingleton<Wakeups>();
        services.AddSingleton<PlacementDesk>();
        services.AddSingleton<EventSignal>();
        services.AddSingleton<ClusterStore>();
        services.AddSingleton<TopologyUpdate>();
        services.AddSingleton(p => new HostStore(
            p.GetRequiredService<DataFolder>().At(Primacy.HostsFile), p.GetRequiredService<Primacy>().Fence));
        services.AddSingleton<IHostAgents>(p => new SimulatedHosts(
            p.GetRequiredService<HostStore>(),
            Settings(p).Fabric.Hosts.ToDurations(),
            Settings(p).Fabric.Provisioning.ToSettings()));
        services.AddSingleton(p => Settings(p).Fabric.ToSettings());
        services.AddSingleton<FabricEngine>();
        services.AddSingleton<IFabricDirectory, CatalogueDirectory>();
        services.AddSingleton<IClusterPicker, LeastLoaded>();
        services.AddSingleton<IResourceUse, Features.VirtualMachines.ComputeUse>();
        services.AddSingleton<Features.VirtualMachines.MachineRules>();
        services.AddScoped<Features.VirtualMachines.MachineViews>();
        services.AddWhilePrimary<FabricWorker>();
        services.AddWhilePrimary<ClockAdvances>();
        services.AddSingleton<Features.Fabric.EventStreams>();
        services.AddSingleton<Features.Fabric.PreviewAllocation.Handler>();
    }

    /// <summary>The hosts obey this controller from now on. On a first start: the documents, and a row for every node.</summary>
    public static void PrepareFabric(this IServiceProvider services)
    {
        _ = services.GetRequiredService<IHostAgents>();
        var catalogue = services.GetRequiredService<FabricCatalogue>();
        var clock = services.GetRequiredService<FabricClock>();
        services.GetRequiredService<Committer>()
            .CommitAsync(unit => FabricStartup.Seed(unit, catalogue, clock.Now)).GetAwaiter().GetResult();
    }

    private static RdfeOptions Settings(IServiceProvider p) => p.GetRequiredService<IOptions<RdfeOptions>>().Value;

    private static string Topology(IServiceProvider p) =>
        Settings(p).Topology is { Length: > 0 } path ? Path.GetFullPath(path) : Path.Combine(Shipped(), "default.json");

    private static string Shipped() => Path.Combine(AppContext.BaseDirectory, "topologies");
}
