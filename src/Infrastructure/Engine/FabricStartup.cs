// First start, and every later one: the documents are in the store or come from the shipped files; every node and every
// cluster has its row. Nothing is served before this is done.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
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
    /// <summary>The catalogue as the store has it; on a new store, as the files say.</summary>
    public static FabricCatalogue Load(RdfeDbContext db, string topologyPath, string folder)
    {
        if (db.Set<DocumentRow>().AsNoTracking().SingleOrDefault(d => d.Kind == FabricDocuments.Topology) is { } stored)
        {
            var sizes = db.Set<DocumentRow>().AsNoTracking().Where(d => d.Kind == FabricDocuments.Size).AsEnumerable()
                .Aggregate(SizeCatalogue.Empty, (all, d) => all.With(Read(SizeCatalogue.ReadSize(d.NameKey, d.Json), d.NameKey)));
            var images = db.Set<DocumentRow>().AsNoTracking().Where(d => d.Kind == FabricDocuments.Image).AsEnumerable()
                .Aggregate(ImageRepository.Empty, (all, d) => Read(all.With(Read(Domain.Images.Image.Read(d.NameKey, d.Json), d.NameKey)), d.NameKey));
            return new FabricCatalogue(Read(TopologyDocument.Read(stored.Json), "the stored topology"), sizes, images);
        }

        return new FabricCatalogue(
            Read(TopologyDocument.Read(File.ReadAllText(topologyPath)), topologyPath),
            Read(SizeCatalogue.Read(File.ReadAllText(Path.Combine(folder, "sizes.json"))), "sizes.json"),
            Read(ImageRepository.Read(File.ReadAllText(Path.Combine(folder, "images.json"))), "images.json"));
    }

    /// <summary>Where fabric time stood at the last commit; null on a new store.</summary>
    public static Instant? LastTime(RdfeDbContext db) =>
        db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == FabricEngine.ClockKey) is { } row
            ? NodaTime.Text.InstantPattern.ExtendedIso.Parse(row.Value).Value
            : null;

    /// <summary>On a new store: writes the documents, and a row for every node and cluster.</summary>
    public static void Seed(UnitOfWork unit, FabricCatalogue catalogue, Instant now)
    {
        if (unit.Find<DocumentRow>(FabricDocuments.Topology, FabricDocuments.Topology) is not null)
        {
            return;
        }

        FabricDocuments.Write(unit, catalogue);
        Place(unit, catalogue, now);
    }

    /// <summary>Gives every node and cluster of a topology that has none its row.</summary>
    public static void Place(UnitOfWork unit, FabricCatalogue catalogue, Instant now)
    {
        var hostOs = catalogue.Images.NewestHostOs()?.Name;
        foreach (var cluster in catalogue.Topology.Clusters)
        {
            var known = unit.Find<ClusterLoadRow>(cluster.Id) ?? new ClusterLoadRow { Cluster = cluster.Id, Region = cluster.Region };
            known.VipsAllocatable = cluster.VipPool.Usable;
            known.CoresAllocatable = cluster.Nodes
                .Where(n => !n.FcReserved && n.InitialState == NodeState.Ready).Sum(n => n.Total.Cores);
            unit.Upsert(known);
            foreach (var node in cluster.Nodes)
            {
                if (unit.Find<FabricNode>(node.Id) is null)
                {
                    unit.Insert(FirstState(node, hostOs, now));
                }
            }
        }
    }

    private static FabricNode FirstState(Node node, string? hostOs, Instant now) => new()
    {
        Id = node.Id,
        Cluster = node.Cluster,
        State = node.InitialState,
        Since = now,
        HostOs = node.InitialState == NodeState.Ready ? hostOs : null,
    };

    private static T Read<T>(Outcome<T> outcome, string what) => outcome.Refused
        ? throw new StoreRefused($"{what} is not usable: {outcome.Refusal.Detail} "
            + string.Join("; ", outcome.Refusal.Errors.Select(e => $"{e.Key}: {string.Join(", ", e.Value)}")))
        : outcome.Value;
}
