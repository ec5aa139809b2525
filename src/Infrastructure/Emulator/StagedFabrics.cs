// What is in a fabric that is made ready beside the present one, before it takes its place (L3)? A copy of it with the time
// of the copy, or a new one with its documents; and the word to whoever listens that there is another.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Emulator;

/// <summary>Fills the folders in which fabrics are made ready.</summary>
public sealed class StagedFabrics(WorldFiles files, IDbContextFactory<RdfeDbContext> reads, Primacy primacy, FabricClock clock)
{
    /// <summary>Key under which the seed of the simulated hosts is kept, where it is not the configured one.</summary>
    public const string SeedKey = "hosts.seed";

    /// <summary>In the log of events, what concerns the whole fabric stands under this instead of a cluster.</summary>
    public static ClusterId EventSource { get; } = new("fabric");

    /// <summary>A copy of the present fabric, and the time in it. The caller keeps writers away.</summary>
    public Instant CopyTo(string stage)
    {
        files.CopyTo(stage);
        var now = clock.Now;
        using var db = Open(stage);
        Put(db, FabricEngine.ClockKey, InstantPattern.ExtendedIso.Format(now));
        db.SaveChanges();
        return now;
    }

    /// <summary>A fabric as at the first start.</summary>
    public async Task MakeAsync(string stage, FabricCatalogue catalogue, Instant at, Instant first, ulong? seed)
    {
        var options = Options(stage);
        StoreStartup.Prepare(options);
        WorldFiles.MakeEmpty(Path.Combine(stage, WorldFiles.HostsName));
        // Its committer asks for the epoch, as every one does.
        primacy.CarryInto(Path.Combine(stage, WorldFiles.MainName));
        using var fresh = new Committer(options, new CommitterSettings(), primacy.Fence, NullLogger<Committer>.Instance);
        await fresh.CommitAsync(unit =>
        {
            FabricStartup.Seed(unit, catalogue, at);
            unit.Upsert(new MetaRow { Key = FabricEngine.ClockKey, Value = InstantPattern.ExtendedIso.Format(at) });
            unit.Upsert(new MetaRow { Key = FabricStartup.FirstTimeKey, Value = InstantPattern.ExtendedIso.Format(first) });
            if (seed is { } own)
            {
                unit.Upsert(new MetaRow { Key = SeedKey, Value = own.ToString(System.Globalization.CultureInfo.InvariantCulture) });
            }
        });
    }

    /// <summary>Tells of the change in the log of events of the fabric that comes.</summary>
    public void Announce(string stage, string kind, string why)
    {
        using var present = reads.CreateDbContext();
        using var next = Open(stage);
        // Numbers of events are never given twice, in no fabric: who resumes a stream must notice that this is another one.
        var id = 1 + Math.Max(
            present.Set<EventRow>().Max(e => (long?)e.Id) ?? 0, next.Set<EventRow>().Max(e => (long?)e.Id) ?? 0);
        next.Add(Event(id, FabricStartup.LastTime(next) ?? clock.Now, kind, why));
        next.SaveChanges();
    }

    /// <summary>An event of the whole fabric.</summary>
    public static EventRow Event(long id, Instant at, string kind, string why) => new()
    {
        Id = id,
        Cluster = EventSource,
        Sequence = id,
        At = at,
        Kind = kind,
        Subject = "/fabric",
        Data = why,
    };

    private static DbContextOptions<RdfeDbContext> Options(string stage) =>
        StoreStartup.OptionsOfCopy(Path.Combine(stage, WorldFiles.MainName));

    private static RdfeDbContext Open(string stage) => new(Options(stage));

    private static void Put(RdfeDbContext db, string key, string value)
    {
        if (db.Find<MetaRow>(key) is { } row)
        {
            row.Value = value;
        }
        else
        {
            db.Add(new MetaRow { Key = key, Value = value });
        }
    }
}
