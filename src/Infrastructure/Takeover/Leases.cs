// The lease in the store (F2): taking it raises the epoch in one transaction, and from then on every commit of an earlier
// owner is refused. Renewing and releasing go through the committer, so that the primary never competes with itself.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Takeover;

public sealed class Leases(DbContextOptions<RdfeDbContext> options)
{
    private const string Renewal =
        """UPDATE "Leases" SET "ExpiresAt" = @p0, "Released" = @p1 WHERE "Name" = @p2 AND "Epoch" = @p3""";

    /// <summary>The lease as it is now; null while nobody ever had it.</summary>
    public LeaseRow? Read()
    {
        using var db = new RdfeDbContext(options);
        return db.Set<LeaseRow>().AsNoTracking().SingleOrDefault(l => l.Name == LeaseRow.Primary);
    }

    /// <summary>Takes the lease if <paramref name="isFree"/> says so of the row in the transaction; null when it is not.</summary>
    /// <param name="self">Who takes it.</param>
    /// <param name="duration">For how long.</param>
    /// <param name="now">Real time.</param>
    /// <param name="above">An epoch seen elsewhere, such as the hosts' one beside a store that was put back: the new one is higher.</param>
    /// <param name="isFree">Whether it may be taken.</param>
    public LeaseRow? Take(Contender self, TimeSpan duration, Instant now, long above, Func<LeaseRow?, bool> isFree)
    {
        using var db = new RdfeDbContext(options);
        db.Database.OpenConnection();
        StoreStartup.TuneWriter(db);
        using var transaction = db.Database.BeginTransaction();
        var lease = db.Set<LeaseRow>().AsNoTracking().SingleOrDefault(l => l.Name == LeaseRow.Primary);
        if (!isFree(lease))
        {
            return null;
        }

        var next = new LeaseRow
        {
            Name = LeaseRow.Primary,
            Epoch = Math.Max(lease?.Epoch ?? 0, above) + 1,
            Machine = self.Machine,
            Home = self.Home,
            ProcessId = self.ProcessId,
            ProcessStart = self.ProcessStart,
            Since = now,
            ExpiresAt = now + Duration.FromTimeSpan(duration),
            DurationMs = (long)duration.TotalMilliseconds,
        };
        // Only over the very row that was looked at, on a database whose transactions do not exclude each other as well.
        if (lease is not null
            && db.Set<LeaseRow>().Where(l => l.Name == LeaseRow.Primary && l.Epoch == lease.Epoch).ExecuteDelete() == 0)
        {
            return null;
        }

        db.Add(next);
        db.SaveChanges();
        transaction.Commit();
        return next;
    }

    /// <summary>The owner's sign of life where its committer is kept busy; false when the lease is not its any more.</summary>
    public bool Prolong(long epoch, Instant expiresAt)
    {
        using var db = new RdfeDbContext(options);
        return db.Set<LeaseRow>().Where(l => l.Name == LeaseRow.Primary && l.Epoch == epoch)
            .ExecuteUpdate(s => s.SetProperty(l => l.ExpiresAt, expiresAt)) == 1;
    }

    /// <summary>This is the lease from now on, in a store that nobody uses yet.</summary>
    public void Put(LeaseRow lease)
    {
        using var db = new RdfeDbContext(options);
        db.Set<LeaseRow>().Where(l => l.Name == lease.Name).ExecuteDelete();
        db.Add(lease);
        db.SaveChanges();
    }

    /// <summary>The owner's sign of life; in a unit of the committer, which has checked the epoch.</summary>
    public static void Renew(UnitOfWork unit, Fence fence, TimeSpan duration, Instant now) =>
        Write(unit, fence, now + Duration.FromTimeSpan(duration), released: false);

    /// <summary>The owner goes, and nobody has to wait.</summary>
    public static void Release(UnitOfWork unit, Fence fence, Instant now) => Write(unit, fence, now, released: true);

    private static void Write(UnitOfWork unit, Fence fence, Instant expiresAt, bool released) =>
        unit.Execute(Renewal, expiresAt.ToUnixTimeTicks(), released, LeaseRow.Primary, fence.Epoch);
}
