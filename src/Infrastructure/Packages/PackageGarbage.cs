// Content of packages that nothing refers to any more: neither a name that a tenant gave it, nor a deployment that was
// made of it (D1, F4).
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Packages;

/// <summary>Removes content once its last reference has gone, in a commit before this is called.</summary>
public sealed class PackageGarbage(PackageStore store, IDbContextFactory<RdfeDbContext> stores, Committer committer)
{
    /// <summary>Removes one package's content if nothing refers to it; true when it was removed.</summary>
    public Task<bool> CollectAsync(string sha256) => store.CollectAsync(
        sha256,
        () => IsReferredAsync(sha256),
        // In a unit, whose transaction has checked our epoch and keeps others from raising it until it ends.
        remove => committer.CommitAsync(_ => remove()));

    /// <summary>At start: what a crash left between a commit and the removal after it. Gives how many went.</summary>
    public async Task<int> SweepAsync()
    {
        var removed = 0;
        foreach (var sha256 in store.All().ToList())
        {
            removed += await CollectAsync(sha256) ? 1 : 0;
        }

        return removed;
    }

    private async Task<bool> IsReferredAsync(string sha256)
    {
        await using var db = await stores.CreateDbContextAsync();
        return await db.Set<PackageRow>().AnyAsync(p => p.Sha256 == sha256)
            || await db.Set<Deployment>().AnyAsync(d => d.PackageSha256 == sha256)
            // An update has two ends, and needs both until it is over (U1); one that is asked for waits in an inbox.
            || (await db.Set<Deployment>().Where(d => d.Update != null).Select(d => d.Update!).ToListAsync())
                .Exists(u => u.From.PackageSha256 == sha256 || u.To.PackageSha256 == sha256)
            || await db.Set<InboxRow>().AnyAsync(r => r.RequestJson.Contains(sha256));
    }
}
