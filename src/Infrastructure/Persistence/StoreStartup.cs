// Brings the store to this program's schema before anything is served. A schema newer than the program is refused:
// an old program would quietly lose what it does not know.
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
        // One second, not the default thirty: the data folder is ours alone, so a lock that lasts is a fault to report.
        builder
            .UseSqlite($"Data Source={databasePath};Default Timeout=1{more}", sqlite => sqlite.CommandTimeout(1))
            .UseQueryTrackingBehavior(QueryTrackingBehavior.TrackAll)
            .ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
        return builder;
    }

    public static void Prepare(DbContextOptions<RdfeDbContext> options)
    {
        try
        {
            Migrate(options);
        }
        catch (Exception e) when (StoreFault.Behind(e) is { } fault)
        {
            throw new StoreRefused($"{fault.Message} ({e.Message})");
        }
    }

    private static void Migrate(DbContextOptions<RdfeDbContext> options)
    {
        using var db = new RdfeDbContext(options);
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var newer = db.Database.CanConnect()
            ? db.Database.GetAppliedMigrations().Where(m => !known.Contains(m)).ToArray()
            : [];
        if (newer.Length > 0)
        {
            throw new StoreRefused($"The store was written by a newer version of this program (it has the schema "
                + $"{newer[^1]}, this program knows {known.Max()}). Start the newer version, or use another "
                + "data folder.");
        }

        db.Database.Migrate();
        if (db.Database.IsSqlite())
        {
            db.Database.ExecuteSqlRaw("PRAGMA journal_mode=WAL;");
        }

        if (db.Find<MetaRow>("schema") is null)
        {
            db.Add(new MetaRow { Key = "schema", Value = known.Max()! });
            db.SaveChanges();
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
