// The operator's documents in the store: one row for the topology, one for each size and each image.
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.Images;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Writes documents in the form in which they are read.</summary>
public static class FabricDocuments
{
    /// <summary>Kinds of documents.</summary>
    public const string Topology = "topology";

    /// <summary>One document per size.</summary>
    public const string Size = "size";

    /// <summary>One document per image.</summary>
    public const string Image = "image";

    /// <summary>Writes everything.</summary>
    public static void Write(UnitOfWork unit, FabricCatalogue catalogue)
    {
        Write(unit, catalogue.Topology);
        foreach (var size in catalogue.Sizes.Sizes)
        {
            Write(unit, size);
        }

        foreach (var image in catalogue.Images.Images)
        {
            Write(unit, image);
        }
    }

    /// <summary>Writes the topology.</summary>
    public static void Write(UnitOfWork unit, FabricTopology topology) =>
        unit.Upsert(Row(Topology, Topology, topology.Canonical()));

    /// <summary>Writes a size.</summary>
    public static void Write(UnitOfWork unit, VmSize size) => unit.Upsert(Row(Size, size.Name, StoreJson.Write(new
    {
        family = size.Family,
        cores = size.Needs.Cores / 100m,
        memoryMib = size.Needs.MemoryMib,
        localDiskGib = size.Needs.LocalDiskGib,
        networkMbps = size.Needs.NetworkMbps,
    })));

    /// <summary>Writes an image.</summary>
    public static void Write(UnitOfWork unit, Image image)
    {
        var members = new Dictionary<string, object> { ["kind"] = image.Kind, ["version"] = image.Version, ["sizeMib"] = image.SizeMib };
        if (image.Family is { } family)
        {
            members["family"] = family;
        }

        if (image.Sha256 is { } hash)
        {
            members["sha256"] = hash;
        }

        unit.Upsert(Row(Image, image.Name, StoreJson.Write(members)));
    }

    /// <summary>The row of a document by its name, whatever the case; null when there is none.</summary>
    public static DocumentRow? Find(UnitOfWork unit, string kind, string name) =>
        unit.Db.Set<DocumentRow>().AsNoTracking().Where(d => d.Kind == kind).AsEnumerable()
            .FirstOrDefault(d => string.Equals(d.NameKey, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The entity tag of a document.</summary>
    public static string ETagOf(string json) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)))[..16];

    /// <summary>The entity tag of a topology.</summary>
    public static string ETagOf(FabricTopology topology) => topology.ContentHash()[..16];

    private static DocumentRow Row(string kind, string name, string json) =>
        new() { Kind = kind, NameKey = name, Json = json, ETag = ETagOf(json) };
}
