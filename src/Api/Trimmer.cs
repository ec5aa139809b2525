// Idempotency records are kept for a while in real time, then trimmed a little at a time. Content of packages whose last
// deployment has gone is removed in the same rounds: clusters end deployments, and do not know of packages.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api;

public sealed partial class Trimmer(
    Committer committer, PackageGarbage packages, IOptions<RdfeOptions> options, TimeProvider clock, ILogger<Trimmer> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    /// <summary>Gives how many records went.</summary>
    public Task<int> TrimAsync(CancellationToken cancel)
    {
        var before = Instant.FromDateTimeOffset(clock.GetUtcNow() - options.Value.Limits.IdempotencyRetention);
        return committer.CommitAsync(
            unit => unit.Db.Set<IdempotencyRow>().Where(r => r.CreatedAt < before).ExecuteDelete(), cancel);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await TrimAsync(stoppingToken);
                await packages.SweepAsync();
            }
            catch (Exception fault) when (fault is StoreFault or System.Data.Common.DbException or IOException)
            {
                // The next round tries again.
                TrimFailed(log, fault);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Idempotency records and packages were not trimmed")]
    private static partial void TrimFailed(ILogger log, Exception cause);
}
