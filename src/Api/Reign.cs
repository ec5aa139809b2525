// The life of this process as a controller (F2): it stands by until it has the lease; then does what a start does, in this
// order, and serves; and when another process has taken over, stops acting and serving, and ends. Program.cs then starts
// it anew, so that nothing kept in memory outlives the reign that it was loaded in.
using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Api;

/// <summary>Something that runs in the background for as long as this process is the primary.</summary>
public sealed record WhilePrimary(Func<IServiceProvider, IHostedService> Find);

public sealed partial class Reign(
    IServiceProvider services, Primacy primacy, IOptions<RdfeOptions> options, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger<Reign> log) : IHostedService, IDisposable
{
    private readonly ConcurrentStack<IHostedService> running = new();
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private Task life = Task.CompletedTask;
    private Task? stopped;

    /// <summary>True once this life has ended otherwise than by being stopped: the process may begin another one.</summary>
    public bool HasSteppedDown { get; private set; }

    private TakeoverOptions Settings => options.Value.Takeover;

    /// <summary>Takes office at once where nobody else holds it: a first start that goes wrong says why, and ends.</summary>
    public void TryAscend() => StoreStartup.InWords(() =>
    {
        // Before the lease is taken, which would write to a file that had better be kept as it is. Not where a standby takes
        // over: that shall be quick, and it has the file that its predecessor served.
        StoreStartup.DemandWhole(services.GetRequiredService<DbContextOptions<RdfeDbContext>>());
        if (primacy.TryAscend())
        {
            Prepare();
        }

        return true;
    });

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (primacy.State == PrimacyState.Ascending)
        {
            await ServeAsync(cancellationToken);
        }
        else
        {
            var owner = primacy.Read();
            StandingBy(log, owner?.Machine, owner?.ProcessId, owner?.Epoch);
        }

        life = Task.Run(() => LiveAsync(stop.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        // Asked more than once where a host is stopped from outside while it ends by itself; they all wait for the one end.
        lock (gate)
        {
            return stopped ??= EndAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Dispose();

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        await stop.CancelAsync();
        await life.WaitAsync(cancellationToken);
        var served = primacy.State == PrimacyState.Primary;
        primacy.StepDown();
        await StopServicesAsync(cancellationToken);
        if (served && !HasSteppedDown)
        {
            await LeaveAsync();
        }
    }

    private async Task LiveAsync(CancellationToken end)
    {
        try
        {
            while (primacy.State == PrimacyState.Standby)
            {
                await Task.Delay(Settings.PollInterval, clock, end);
                await StandByAsync(end);
            }

            while (primacy.State == PrimacyState.Primary)
            {
                using var either = CancellationTokenSource.CreateLinkedTokenSource(end, primacy.Fence.Lost);
                await Task.Delay(Settings.LeaseDuration / 3, clock, either.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                end.ThrowIfCancellationRequested();
                await RenewAsync();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The program is being stopped.
        }
        catch (Exception e)
        {
            // A standby that can't take over, or a reign that can't go on, must not look alive.
            Broken(log, e);
            await StepDownAsync();
        }
    }

    private async Task StandByAsync(CancellationToken end)
    {
        try
        {
            if (!primacy.TryAscend())
            {
                return;
            }
        }
        catch (Exception e) when (StoreFault.Behind(e) is not null)
        {
            // A store that is locked, or away for a moment: the next look tries again.
            NotNow(log, e.Message);
            return;
        }

        Prepare();
        await ServeAsync(end);
    }

    // What a start does: the schema, the keys, what a crash left behind, the hosts, the documents. Every step is safe to repeat.
    private void Prepare()
    {
        Ascends(log, primacy.Fence.Epoch);
        // The lease must outlast a long migration or a large store.
        using var renewal = clock.CreateTimer(_ => RenewQuietly(), null, Settings.LeaseDuration / 3, Settings.LeaseDuration / 3);
        services.PrepareStore();
        services.PrepareFabric();
    }

    private async Task ServeAsync(CancellationToken cancel)
    {
        foreach (var service in services.GetServices<WhilePrimary>())
        {
            var found = service.Find(services);
            await found.StartAsync(cancel);
            running.Push(found);
            WatchOver(found);
        }

        primacy.Ascended();
    }

    private async Task RenewAsync()
    {
        try
        {
            primacy.Fence.Demand();
            await primacy.RenewAsync(services.GetRequiredService<Committer>());
        }
        catch (StoreFault fault) when (fault.Kind == StoreFaultKind.NotPrimary)
        {
            Deposed(log, fault.Message);
            await StepDownAsync();
        }
        catch (StoreFault fault)
        {
            // A full disk, say: still the primary until somebody else takes over. What can be served is.
            NotRenewed(log, fault.Message);
        }
    }

    private void RenewQuietly() =>
        _ = primacy.RenewAsync(services.GetRequiredService<Committer>()).ContinueWith(
            t => NotRenewed(log, t.Exception!.InnerException!.Message), CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private async Task StepDownAsync()
    {
        HasSteppedDown = true;
        var held = primacy.State is PrimacyState.Ascending or PrimacyState.Primary;
        primacy.StepDown();
        await StopServicesAsync(CancellationToken.None);
        if (held && !primacy.Fence.IsLost)
        {
            await LeaveAsync();
        }

        lifetime.StopApplication();
    }

    private async Task StopServicesAsync(CancellationToken cancel)
    {
        while (running.TryPop(out var service))
        {
            await service.StopAsync(cancel);
        }
    }

    private async Task LeaveAsync()
    {
        try
        {
            await primacy.ReleaseAsync(services.GetRequiredService<Committer>());
        }
        catch (StoreFault fault)
        {
            // The lease ends by itself.
            NotRenewed(log, fault.Message);
        }
    }

    // A worker that throws ends the program, as it does under the framework's own host.
    private void WatchOver(IHostedService service)
    {
        if (service is BackgroundService { ExecuteTask: { } task })
        {
            _ = task.ContinueWith(
                t =>
                {
                    Broken(log, t.Exception!);
                    lifetime.StopApplication();
                },
                CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    [LoggerMessage(30, LogLevel.Information, "Standing by: process {Process} on {Machine} is the primary, epoch {Epoch}")]
    private static partial void StandingBy(ILogger log, string? machine, int? process, long? epoch);

    [LoggerMessage(31, LogLevel.Information, "This process is the primary now, with epoch {Epoch}")]
    private static partial void Ascends(ILogger log, long epoch);

    [LoggerMessage(32, LogLevel.Warning, "This process steps down. {Why}")]
    private static partial void Deposed(ILogger log, string why);

    [LoggerMessage(33, LogLevel.Warning, "The lease was not renewed or given up. {Why}")]
    private static partial void NotRenewed(ILogger log, string why);

    [LoggerMessage(34, LogLevel.Warning, "The lease could not be looked at. {Why}")]
    private static partial void NotNow(ILogger log, string why);

    [LoggerMessage(35, LogLevel.Critical, "This process cannot be the primary, and ends its reign")]
    private static partial void Broken(ILogger log, Exception cause);
}
