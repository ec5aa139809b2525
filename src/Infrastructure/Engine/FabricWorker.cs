// The background worker: gives the engine a thread of its own for as long as the program runs.
using Microsoft.Extensions.Hosting;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Starts and stops the engine.</summary>
public sealed class FabricWorker(FabricEngine engine) : BackgroundService
{
    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Factory.StartNew(
        () => engine.Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
