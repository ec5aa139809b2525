// First start, and every later one: the documents are in the store or come from the shipped files; every node and every
// cluster has its row. Nothing is served before this is done.
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Images;
using Rdfe.Domain.Sizes;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Loads or seeds the fabric.</summary>
public static class FabricStartup
{
    /// <summary>Key under which the time of the first start is kept.</summary>
    public const string FirstTimeKey = "clock.first";

    /// <summary>The catalogue as the store has it; on a new store, as the files say.</summary>
    public static FabricCatalogue Load(RdfeDbContext db, string topologyPath, string folder) =>
        Completed(Stored(db), folder) ?? Shipped(topologyPath, folder);

    /// <summary>The catalogue as the store has it; null on a new store.</summary>
    public static FabricCatalogue? Stored(RdfeDbContext db) =>
        db.Set<DocumentRow>().AsNoTracking().SingleOrDefault(d => d.Kind == FabricDocuments.Topology) is { } stored
            ? new FabricCatalogue(
                Read(TopologyDocument.Read(stored.Json), "the stored topology"), SizesOf(db), ImagesOf(db), BundlesOf(db))
            {
                SafeMode = db.Set<SafeModeRow>().AsNoTracking().ToImmutableDictionary(r => r.Scope, r => r.Reason),
                Braked = db.Set<ClusterHealthRow>().AsNoTracking().AsEnumerable()
                    .Select(r => (r.Cluster, Why: FabricCatalogue.WhyBraked(StoreJson.Read<ClusterHealth>(r.Json))))
                    .Where(r => r.Why is not null).ToImmutableDictionary(r => r.Cluster, r => r.Why!),
            }
            : null;

    // A store of an older program knows no bundles: what the files say of them holds for it as well.
    private static FabricCatalogue? Completed(FabricCatalogue? stored, string folder)
    {
        if (stored is { Bundles.First: null })
        {
            stored.Bundles = ShippedBundles(folder);
        }

        return stored;
    }

    private static BundleShelf ShippedBundles(string folder) =>
        Read(BundleShelf.Read(File.ReadAllText(Path.Combine(folder, "bundles.json"))), "bundles.json");

    /// <summary>The catalogue as the files say.</summary>
    public static FabricCatalogue Shipped(string topologyPath, string folder) => new(
        Read(TopologyDocument.Read(File.ReadAllText(topologyPath)), topologyPath),
        Read(SizeCatalogue.Read(File.ReadAllText(Path.Combine(folder, "sizes.json"))), "sizes.json"),
        Read(ImageRepository.Read(File.ReadAllText(Path.Combine(folder, "images.json"))), "images.json"),
        ShippedBundles(folder));

    /// <summary>The sizes as the store has them.</summary>
    public static SizeCatalogue SizesOf(RdfeDbContext db) =>
        db.Set<DocumentRow>().AsNoTracking().Where(d => d.Kind == FabricDocuments.Size).AsEnumerable()
            .Aggregate(SizeCatalogue.Empty, (all, d) => all.With(Read(SizeCatalogue.ReadSize(d.NameKey, d.Json), d.NameKey)));

    /// <summary>The images as the store has them.</summary>
    public static ImageRepository ImagesOf(RdfeDbContext db) =>
        db.Set<DocumentRow>().AsNoTracking().Where(d => d.Kind == FabricDocuments.Image).AsEnumerable()
            .Aggregate(ImageRepository.Empty, (all, d) => Read(all.With(Read(Domain.Images.Image.Read(d.NameKey, d.Json), d.NameKey)), d.NameKey));

    /// <summary>The bundles as the store has them. One of an older program has none until an operator puts them.</summary>
    public static BundleShelf BundlesOf(RdfeDbContext db)
    {
        var all = db.Set<DocumentRow>().AsNoTracking().Where(d => d.Kind == FabricDocuments.Bundle).AsEnumerable()
            .Aggregate(BundleShelf.Empty, (all, d) => all.With(Read(Bundle.Read(d.NameKey, d.Json), d.NameKey)));
        return db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == FabricDocuments.FirstBundle) is { } first
            ? all.WithFirst(first.Value)
            : all;
    }

    /// <summary>Where fabric time stood at the last commit; null on a new store.</summary>
    public static Instant? LastTime(RdfeDbContext db) =>
        db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == FabricEngine.ClockKey) is { } row
            ? NodaTime.Text.InstantPattern.ExtendedIso.Parse(row.Value).Value
            : null;

    /// <summary>Where fabric time stood when the store was new; null where it was not kept yet.</summary>
    public static Instant? FirstTime(RdfeDbContext db) =>
        db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == FirstTimeKey) is { } row
            ? NodaTime.Text.InstantPattern.ExtendedIso.Parse(row.Value).Value
            : null;

    /// <summary>On a new store: writes the documents, and a row for every node and cluster.</summary>
    public static void Seed(UnitOfWork unit, FabricCatalogue catalogue, Instant now)
    {
        if (unit.Find<DocumentRow>(FabricDocuments.Topology, FabricDocuments.Topology) is not null)
        {
            if (unit.Find<MetaRow>(FabricDocuments.FirstBundle) is null)
            {
                FabricDocuments.WriteBundles(unit, catalogue.Bundles);
                unit.Execute(
                    """UPDATE "Nodes" SET "Versions" = @p0 WHERE "Versions" IS NULL AND "HostOs" IS NOT NULL""",
                    StoreJson.Write(catalogue.Bundles.FirstVersions));
            }

            return;
        }

        unit.Upsert(new MetaRow { Key = FirstTimeKey, Value = NodaTime.Text.InstantPattern.ExtendedIso.Format(now) });
        FabricDocuments.Write(unit, catalogue);
        Place(unit, catalogue.Topology.Clusters, catalogue, now);
    }

    /// <summary>Gives every node and cluster that has none its row, and every cluster's figures what its pools are now.</summary>
    public static void Place(UnitOfWork unit, IEnumerable<Cluster> clusters, FabricCatalogue catalogue, Instant now)
    {
        var hostOs = catalogue.Images.NewestHostOs()?.Name;
        foreach (var cluster in clusters)
        {
            // The cores of a cluster that is there already are its controller's to count: nodes have come and gone since.
            var known = unit.Find<ClusterLoadRow>(cluster.Id) ?? new ClusterLoadRow
            {
                Cluster = cluster.Id,
                Region = cluster.Region,
                CoresAllocatable = cluster.Nodes
                    .Where(n => !n.FcReserved && n.InitialState == NodeState.Ready).Sum(n => n.Total.Cores),
                // A cluster that was there before goes on counting where its events ended.
                EventSequence = unit.Db.Set<EventRow>().Where(e => e.Cluster == cluster.Id).Max(e => (long?)e.Sequence) ?? 0,
            };
            known.Region = cluster.Region;
            known.VipsAllocatable = cluster.VipPool.Usable;
            unit.Upsert(known);
            foreach (var node in cluster.Nodes)
            {
                if (unit.Find<FabricNode>(node.Id) is null)
                {
                    unit.Insert(FirstState(node, hostOs, catalogue.Bundles.FirstVersions, now));
                }
            }
        }
    }

    private static FabricNode FirstState(Node node, string? hostOs, VersionSet versions, Instant now) => new()
    {
        Id = node.Id,
        Cluster = node.Cluster,
        State = node.InitialState,
        Since = now,
        HostOs = node.InitialState == NodeState.Ready ? hostOs : null,
        Versions = node.InitialState == NodeState.Ready ? versions : null,
    };

    private static T Read<T>(Outcome<T> outcome, string what) => outcome.Refused
        ? throw new StoreRefused($"{what} is not usable: {outcome.Refusal.Detail} "
            + string.Join("; ", outcome.Refusal.Errors.Select(e => $"{e.Key}: {string.Join(", ", e.Value)}")))
        : outcome.Value;
}
