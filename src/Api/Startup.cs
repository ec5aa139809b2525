// What Program.cs lists, area by area.
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Api.Http;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Billing;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Api;

public static class Startup
{
    public static void AddSettings(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<RdfeOptions>().BindConfiguration("Rdfe").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RdfeOptions>, RdfeOptionsRules>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IdSource>();
        if (string.IsNullOrEmpty(builder.Configuration["urls"])
            && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
        {
            // Loopback unless somebody asks for more.
            builder.WebHost.UseUrls("http://127.0.0.1:5080");
        }
    }

    public static void AddStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(p =>
            new DataFolder(p.GetRequiredService<IOptions<RdfeOptions>>().Value.DataFolder ?? DataFolder.Default()));
        builder.Services.AddSingleton(p => StoreStartup.OptionsFor(p.GetRequiredService<DataFolder>().Database));
        builder.Services.AddSingleton<IDbContextFactory<RdfeDbContext>>(p =>
            new Microsoft.EntityFrameworkCore.Infrastructure.PooledDbContextFactory<RdfeDbContext>(
                p.GetRequiredService<DbContextOptions<RdfeDbContext>>()));
        builder.Services.AddSingleton<IReadStore, ReadStore>();
        builder.Services.AddSingleton(p => new Primacy(
            p.GetRequiredService<DataFolder>(), p.GetRequiredService<DbContextOptions<RdfeDbContext>>(),
            p.GetRequiredService<IOptions<RdfeOptions>>().Value.Takeover, p.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<Reign>();
        builder.Services.AddHostedService(p => p.GetRequiredService<Reign>());
        builder.Services.AddSingleton(p => new Committer(
            p.GetRequiredService<DbContextOptions<RdfeDbContext>>(),
            p.GetRequiredService<IOptions<RdfeOptions>>().Value.Store is var s
                ? new CommitterSettings(s.MaxBatch, s.MaxQueued)
                : new CommitterSettings(),
            p.GetRequiredService<Primacy>().Fence,
            p.GetRequiredService<ILogger<Committer>>()));
    }

    public static void AddFrontEnd(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddSingleton<BodyReader>();
        builder.Services.AddSingleton<BodyBinder>();
        builder.Services.AddSingleton<DayClosing>();
        builder.Services.AddWhilePrimary<Trimmer>();
        builder.Services.AddSingleton(p => new PackageStore(
            p.GetRequiredService<DataFolder>().At("packages"), p.GetRequiredService<IOptions<RdfeOptions>>().Value.Packages));
        builder.Services.AddSingleton<PackageGarbage>();
        builder.Services.AddSingleton<Features.Deployments.DeploymentReader>();
        builder.Services.AddScoped<Features.Deployments.DeploymentViews>();
        builder.Services.AddScoped<Features.Deployments.DeploymentUpdates>();
        builder.Services.AddSingleton<IResourceUse, Features.Deployments.DeploymentUse>();
        builder.Services.AddSingleton<Features.HostedServices.HostedServiceWrites>();
        builder.Services.AddSingleton<IResourceUse, Features.VirtualNetworks.VirtualNetworkUse>();
        builder.Services.AddSingleton<IResourceUse, Features.AffinityGroups.AffinityGroupUse>();
        builder.Services.ConfigureHttpJsonOptions(o => StoreJson.Configure(o.SerializerOptions));
        // Kestrel's own limit is lifted: BodyReader holds the one that counts, per route, under every host.
        // So are those on paths and headers, up to a factor: the gate refuses with a problem, Kestrel would with nothing.
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<RdfeOptions>>((o, rdfe) =>
        {
            var headers = (int)Math.Min(1 << 20, 4L * rdfe.Value.Limits.MaxHeaderBytes);
            o.Limits.MaxRequestLineSize = headers;
            o.Limits.MaxRequestHeadersTotalSize = headers;
            o.Limits.MaxRequestBodySize = null;
            o.AddServerHeader = false;
        });
        builder.Services.AddOverload();
    }

    /// <summary>What a primary alone does in the background: started when this process becomes it, stopped when it ends to be.</summary>
    public static void AddWhilePrimary<T>(this IServiceCollection services)
        where T : class, IHostedService
    {
        services.AddSingleton<T>();
        services.AddSingleton(new WhilePrimary(p => p.GetRequiredService<T>()));
    }

    /// <summary>Opens what must be right before anything is served; by the primary alone.</summary>
    public static void PrepareStore(this IServiceProvider services)
    {
        // What a crash left half replaced is completed first, and this process is the primary of that as well.
        var files = services.GetRequiredService<WorldFiles>();
        if (files.IsPending)
        {
            services.GetRequiredService<Primacy>().CarryInto(files.PendingMain);
        }

        files.Recover();
        StoreStartup.Prepare(services.GetRequiredService<DbContextOptions<RdfeDbContext>>());
        services.GetRequiredService<KeyRing>().Open();
        services.GetRequiredService<PackageGarbage>().SweepAsync().GetAwaiter().GetResult();
    }

    public static bool IsForTheOperator(Exception e) =>
        e is OptionsValidationException or DataFolderRefused or StoreRefused;
}
