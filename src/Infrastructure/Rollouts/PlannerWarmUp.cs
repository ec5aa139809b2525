// M2: who asks for a plan first should not wait for the compiler.
using Microsoft.Extensions.Hosting;
using Rdfe.Domain.Planning;

namespace Rdfe.Infrastructure.Rollouts;

/// <summary>Warms the planner up when the program has started, once in a process and on a thread that gives way to all others.</summary>
public sealed class PlannerWarmUp : BackgroundService
{
    private static int begun;

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (Interlocked.Exchange(ref begun, 1) == 0)
        {
            new Thread(WarmUp.Run) { Name = "planner's warm-up", IsBackground = true, Priority = ThreadPriority.BelowNormal }.Start();
        }

        return Task.CompletedTask;
    }
}
