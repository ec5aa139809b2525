// A migrated SQLite file in a folder of its own, and a committer on it.
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests;

public sealed class StoreFixture : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("rdfe-store-").FullName;

    public StoreFixture(CommitterSettings? settings = null)
    {
        Options = StoreStartup.OptionsFor(File);
        StoreStartup.Prepare(Options);
        Fence = Reigns.Begin(Options);
        Committer = new Committer(Options, settings ?? new(), Fence, NullLogger<Committer>.Instance);
    }

    public string File => Path.Combine(folder, "rdfe.db");

    public DbContextOptions<RdfeDbContext> Options { get; }

    public Fence Fence { get; }

    public Committer Committer { get; }

    public RdfeDbContext Read() => new(Options);

    public void Dispose()
    {
        Committer.Dispose();
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }
}
