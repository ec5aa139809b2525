// The sizes that instances come in (D4): data like everything else, so that a real catalogue or a trace can be loaded.
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Rdfe.Domain.Documents;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Sizes;

/// <summary>A catalogue of sizes (D4, API.md <c>/fabric/sizes</c>). Names are found whatever the case.</summary>
public sealed class SizeCatalogue
{
    /// <summary>The code of the refusal that lists the errors of a size, or of a catalogue.</summary>
    public const string Invalid = "invalidSize";

    // No machine has more, and the sum over a fabric stays far from overflow.
    private const long MostCores = 10_000;
    private const long Most = 1L << 30;

    private readonly ImmutableSortedDictionary<string, VmSize> sizes;

    private SizeCatalogue(ImmutableSortedDictionary<string, VmSize> sizes) => this.sizes = sizes;

    /// <summary>No sizes at all.</summary>
    public static SizeCatalogue Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, VmSize>(StringComparer.OrdinalIgnoreCase));

    /// <summary>Every size, in the order of names.</summary>
    public IEnumerable<VmSize> Sizes => sizes.Values;

    /// <summary>Members of a size in a catalogue; alone, its name is in the URL.</summary>
    public static ImmutableArray<string> Members { get; } =
        ["name", "family", "cores", "memoryMib", "localDiskGib", "networkMbps"];

    /// <summary>Members of a catalogue.</summary>
    public static ImmutableArray<string> CatalogueMembers { get; } = ["$schema", "description", "sizes"];

    /// <summary>Reads <c>{ "sizes": [ { name, family, cores, … } ] }</c>, or refuses it with all its errors.</summary>
    public static Outcome<SizeCatalogue> Read(string json)
    {
        var errors = new DocumentErrors();
        var read = Empty.sizes.ToBuilder();
        if (JsonText.Parse(json, errors) is { } root
            && JsonFields.Open(root, "$", CatalogueMembers, errors) is { } document)
        {
            document.Text("$schema", required: false);
            document.Text("description", required: false);
            var names = new UniqueNames("size", errors);
            foreach (var (element, path) in document.Items("sizes", least: 1))
            {
                if (JsonFields.Open(element, path, Members, errors) is { } fields)
                {
                    var name = fields.Name();
                    var free = name is null || names.Claim(name, fields.At("name"));
                    if (ReadSize(name, fields) is { } size && free)
                    {
                        read[size.Name] = size;
                    }
                }
            }
        }

        return errors.Count > 0 ? errors.Refuse(Invalid, "catalogue of sizes") : new SizeCatalogue(read.ToImmutable());
    }

    /// <summary>
    /// Reads one size, <c>{ family, cores, memoryMib, localDiskGib, networkMbps }</c>, or refuses it with all its
    /// errors. </summary>
    /// <param name="name">The name, which is in the URL.</param>
    /// <param name="json">The body.</param>
    public static Outcome<VmSize> ReadSize(string name, string json)
    {
        var errors = new DocumentErrors();
        Names.Check(name, "name", errors);
        VmSize? size = null;
        if (JsonText.Parse(json, errors) is { } root
            && JsonFields.Open(root, "$", [.. Members.Skip(1)], errors) is { } fields)
        {
            size = ReadSize(name, fields);
        }

        return errors.Count > 0 ? errors.Refuse(Invalid, "size") : size!;
    }

    /// <summary>The size with that name, or null.</summary>
    public VmSize? Find(string name) => sizes.GetValueOrDefault(name);

    /// <summary>Finds a size by name; false where there is none.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out VmSize? size) => sizes.TryGetValue(name, out size);

    /// <summary>This catalogue with the size added, or in the place of one of the same name.</summary>
    public SizeCatalogue With(VmSize size) => new(sizes.Remove(size.Name).SetItem(size.Name, size));

    /// <summary>Sizes that no node of the topology could host, were it empty: no error, since hardware may come later,
    /// but worth a warning, since every deployment that asks for one will be refused.</summary>
    public ImmutableArray<VmSize> NotHostedBy(FabricTopology topology)
    {
        var kinds = topology.Nodes.Where(n => !n.FcReserved).Select(n => n.Hardware).Distinct().ToList();
        return [.. Sizes.Where(s => !kinds.Exists(h => h.Family == s.Family && s.Needs.FitsIn(h.Total)))];
    }

    private static VmSize? ReadSize(string? name, JsonFields fields)
    {
        var family = fields.Name("family");
        var cores = fields.Hundredths("cores", MostCores);
        var memory = fields.Whole("memoryMib", 1, Most);
        var disk = fields.Whole("localDiskGib", 0, Most);
        var network = fields.Whole("networkMbps", 0, Most);
        return name is null || family is null || cores is null || memory is null || disk is null || network is null
            ? null
            : new VmSize(name, family, new Resources(cores.Value, memory.Value, disk.Value, network.Value));
    }
}
