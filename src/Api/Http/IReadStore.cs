// Reads: pooled contexts without tracking, on connections of their own. What was answered as done is visible here.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Http;

public interface IReadStore
{
    Task<RdfeDbContext> OpenAsync(CancellationToken cancel);

    Task<bool> ExistsAsync(RdfeDbContext db, SubscriptionId subscription, CancellationToken cancel);
}

public sealed class ReadStore(IDbContextFactory<RdfeDbContext> factory) : IReadStore
{
    public async Task<RdfeDbContext> OpenAsync(CancellationToken cancel)
    {
        var db = await factory.CreateDbContextAsync(cancel);
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return db;
    }

    public Task<bool> ExistsAsync(RdfeDbContext db, SubscriptionId subscription, CancellationToken cancel) =>
        db.Set<SubscriptionRow>().AnyAsync(s => s.Id == subscription, cancel);
}
