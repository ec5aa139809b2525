// Brings the store to this program's schema before anything is served. A schema newer than the program is refused:
// an old program would quietly lose what it does not know.
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence;

/// <summary>The store cannot be used by this program; the message tells the operator why and what to do.</summary>
public sealed class StoreRefused(string message) : Exception(message);

public static class StoreStartup
{
    public static DbContextOptions<RdfeDbContext> OptionsFor(string databasePath) =>
        Configure(new DbContextOptionsBuilder<RdfeDbContext>(), databasePath).Options;

    /// <summary>For a copy that is about to be moved: nothing stays open of it.</summary>
    public static DbContextOptions<RdfeDbContext> OptionsOfCopy(string databasePath) =>
        Configure(new DbContextOptionsBuilder<RdfeDbContext>(), databasePath, ";Pooling=False").Options;

    /// <summary>The one place that names the database provider.</summary>
    public static DbContextOptionsBuilder<RdfeDbContext> Configure(
        DbContextOptionsBuilder<RdfeDbContext> builder, string databasePath, string more = "")
    {
        // One second, not the default thirty: only a primary writes, so a lock that lasts is a fault to report.
        builder
            .UseSqlite($"Data Source={databasePath};Default Timeout=1{more}", sqlite => sqlite.CommandTimeout(1))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.TrackAll)
            .ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
        return builder;
    }

    /// <summary>
    /// After a read of damaged or unreadable pages, closes the pooled connections: each keeps what it has read in memory, and
    /// would go on refusing after the file has been put right, until somebody commits, which nobody can. Costs nothing after
    /// other faults.
    /// </summary>
    public static void ForgetWhatWasRead(DbContextOptions<RdfeDbContext> options, Exception cause)
    {
        if (StoreFault.Behind(cause)?.Kind is not (StoreFaultKind.Corrupt or StoreFaultKind.InputOutput))
        {
            return;
        }

        using var db = new RdfeDbContext(options);
        if (db.Database.GetDbConnection() is SqliteConnection connection)
        {
            SqliteConnection.ClearPool(connection);
        }
    }

    /// <summary>
    /// Refuses a file that is damaged anywhere: served, it would look whole until somebody asked for what is lost.
    /// </summary>
    public static void DemandWhole(DbContextOptions<RdfeDbContext> options) => InWords(() =>
    {
        using var db = new RdfeDbContext(options);
        if (db.Database.IsSqlite() && db.Database.CanConnect()
            && db.Database.SqlQueryRaw<string>("SELECT quick_check AS Value FROM pragma_quick_check(1)").ToList() is var found and not ["ok"])
        {
            throw new StoreFault(StoreFaultKind.Corrupt, StoreFault.Damaged, new InvalidDataException(string.Join(" ", found)));
        }

        return true;
    });

    /// <summary>Brings the schema up to date. Only a process that nobody can do it beside may call this.</summary>
    public static void Prepare(DbContextOptions<RdfeDbContext> options) => InWords(() => Migrate(options));

    /// <summary>Whether the store has a lease to contend for; a new or older one has not. Refuses a newer schema.</summary>
    public static bool HasLeases(DbContextOptions<RdfeDbContext> options) => InWords(() =>
    {
        using var db = new RdfeDbContext(options);
        return Applied(db).Contains(Migrations.M0004Leases.Id);
    });

    /// <summary>What goes wrong with the store before anything is served, in words for the operator.</summary>
    public static T InWords<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception e) when (StoreFault.Behind(e) is { } fault)
        {
            var why = (fault.InnerException ?? e).Message;
            throw new StoreRefused(fault.Kind == StoreFaultKind.Corrupt
                ? $"{fault.Message} Nothing was changed: put a copy of the data folder back, or use another one. ({why})"
                : $"{fault.Message} ({why})");
        }
    }

    private static string[] Applied(RdfeDbContext db)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = db.Database.CanConnect() ? db.Database.GetAppliedMigrations().ToArray() : [];
        var newer = applied.Where(m => !known.Contains(m)).ToArray();
        if (newer.Length > 0)
        {
            throw new StoreRefused($"The store was written by a newer version of this program (it has the schema "
                + $"{newer[^1]}, this program knows {known.Max()}). Start the newer version, or use another "
                + "data folder.");
        }

        return applied;
    }

    private static bool Migrate(DbContextOptions<RdfeDbContext> options)
    {
        using var db = new RdfeDbContext(options);
        var applied = Applied(db);
        var known = db.Database.GetMigrations().ToArray();
        if (known.Except(applied, StringComparer.Ordinal).Any())
        {
            ForgetMigrationLock(db);
            db.Database.Migrate();
        }

        if (db.Database.IsSqlite())
        {
            db.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL;");
        }

        if (db.Find<MetaRow>("schema") is null)
        {
            db.Add(new MetaRow { Key = "schema", Value = known.Max()! });
            db.SaveChanges();
        }

        return true;
    }

    // EF keeps a row while it migrates, and waits for ever where a process that was killed left one. Nobody migrates but us.
    private static void ForgetMigrationLock(RdfeDbContext db)
    {
        if (db.Database.IsSqlite() && db.Database.SqlQueryRaw<int>(
            "SELECT COUNT(*) AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'").Single() > 0)
        {
            db.Database.ExecuteSqlRaw("DELETE FROM \"__EFMigrationsLock\"");
        }
    }

    /// <summary>Durability is a setting of the connection, not of the file.</summary>
    internal static void TuneWriter(RdfeDbContext db)
    {
        if (db.Database.IsSqlite())
        {
            // What a savepoint needs to undo its unit stays in memory: in a file it costs a write for every page touched.
            // And pages reach the database less often than by default, since the hot ones change with each commit.
            db.Database.ExecuteSqlRaw("PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-65536; "
                + "PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=4000;");
        }
    }
}
