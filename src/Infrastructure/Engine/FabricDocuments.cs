// The operator's documents in the store: one row for the topology, one for each size, image, bundle and update of hosts.
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Images;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

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

    /// <summary>One document per bundle.</summary>
    public const string Bundle = "bundle";

    /// <summary>One document per update of hosts.</summary>
    public const string HostUpdate = "hostUpdate";

    /// <summary>The name of the bundle that nodes have at first.</summary>
    public const string FirstBundle = "bundles.first";

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

        WriteBundles(unit, catalogue.Bundles);
    }

    /// <summary>Writes all bundles, and which one nodes have at first.</summary>
    public static void WriteBundles(UnitOfWork unit, BundleShelf bundles)
    {
        foreach (var bundle in bundles.Bundles)
        {
            Write(unit, bundle);
        }

        if (bundles.First is { } first)
        {
            unit.Upsert(new MetaRow { Key = FirstBundle, Value = first });
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

    /// <summary>Writes a bundle.</summary>
    public static void Write(UnitOfWork unit, Bundle bundle)
    {
        // Only what it names: its reader takes an absent version for unsaid, and a null for an error.
        var members = new Dictionary<string, object>
        {
            ["versions"] = bundle.Versions.Named.ToDictionary(c => Words.Of(c), c => bundle.Versions[c]!),
        };
        if (bundle.Requires.Length > 0)
        {
            members["requires"] = bundle.Requires.Select(Members).ToList();
        }

        if (bundle.SameGeneration.Length > 0)
        {
            members["sameGeneration"] = bundle.SameGeneration;
        }

        if (bundle.Notes is { } notes)
        {
            members["notes"] = notes;
        }

        unit.Upsert(Row(Bundle, bundle.Name, StoreJson.Write(members)));
    }

    /// <summary>Writes an update of hosts.</summary>
    public static void Write(UnitOfWork unit, Rdfe.Domain.Maintenance.HostUpdate update)
    {
        var members = new Dictionary<string, object> { ["component"] = update.Component };
        foreach (var (name, value) in new (string, object?)[]
        {
            ("version", update.Version), ("image", update.Image), ("hotPatchable", update.HotPatchable),
            ("hypervisorReplaceable", update.HypervisorReplaceable), ("memoryPreserving", update.MemoryPreserving),
            ("liveMigratable", update.LiveMigratable), ("needsHostReboot", update.NeedsHostReboot),
            ("securityCritical", update.SecurityCritical),
            ("requires", update.Requires.IsEmpty ? null : update.Requires.Select(Members).ToList()),
            ("sameGeneration", update.SameGeneration.IsEmpty ? null : update.SameGeneration),
            ("releaseNotes", update.ReleaseNotes), ("impact", update.Impact),
        })
        {
            if (value is not null)
            {
                members[name] = value;
            }
        }

        unit.Upsert(Row(HostUpdate, update.Name, StoreJson.Write(members)));
    }

    /// <summary>The update of hosts of that name, whatever the case; null where there is none.</summary>
    public static Rdfe.Domain.Maintenance.HostUpdate? HostUpdateOf(UnitOfWork unit, string name) =>
        Find(unit, HostUpdate, name) is { } row ? HostUpdateDocument.Read(row.NameKey, row.Json, images: null).Value : null;

    private static Dictionary<string, object> Members(Requirement r)
    {
        var members = new Dictionary<string, object> { ["component"] = r.Component };
        foreach (var (name, value) in new (string, object?)[]
        {
            ("of", r.Of), ("versions", r.Allowed.Versions.IsDefaultOrEmpty ? null : r.Allowed.Versions), ("from", r.Allowed.From), ("below", r.Allowed.Below),
        })
        {
            if (value is not null)
            {
                members[name] = value;
            }
        }

        return members;
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
