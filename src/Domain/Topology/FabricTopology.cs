// The whole inventory as one immutable value (F1), with lookups by id, a canonical text and its hash.
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Rdfe.Domain.Topology;

/// <summary>
/// The fabric's inventory: geos, regions, clusters, racks, nodes (F1). Two with equal canonical text are equal.
/// </summary>
public sealed class FabricTopology : IEquatable<FabricTopology>
{
    private readonly Dictionary<GeoId, Geo> geos;
    private readonly Dictionary<RegionId, Region> regions;
    private readonly Dictionary<ClusterId, Cluster> clusters;
    private readonly Dictionary<RackId, Rack> racks;
    private readonly Dictionary<NodeId, Node> nodes;
    private readonly Lazy<string> canonical;
    private readonly Lazy<string> hash;

    internal FabricTopology(string? description, ImmutableArray<HardwareProfile> hardware, ImmutableArray<Geo> geos)
    {
        Description = description;
        Hardware = hardware;
        Geos = geos;
        Regions = [.. geos.SelectMany(g => g.Regions)];
        Clusters = [.. Regions.SelectMany(r => r.Clusters)];
        Racks = [.. Clusters.SelectMany(c => c.Racks)];
        Nodes = [.. Racks.SelectMany(r => r.Nodes)];
        this.geos = Geos.ToDictionary(g => g.Id);
        regions = Regions.ToDictionary(r => r.Id);
        clusters = Clusters.ToDictionary(c => c.Id);
        racks = Racks.ToDictionary(r => r.Id);
        nodes = Nodes.ToDictionary(n => n.Id);
        canonical = new Lazy<string>(() => TopologyWriter.Write(this));
        hash = new Lazy<string>(() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical()))));
    }

    /// <summary>What the document says about itself, for people.</summary>
    public string? Description { get; }

    /// <summary>The hardware profiles, in the order of the document.</summary>
    public ImmutableArray<HardwareProfile> Hardware { get; }

    /// <summary>The geos, in the order of the document.</summary>
    public ImmutableArray<Geo> Geos { get; }

    /// <summary>Every region.</summary>
    public ImmutableArray<Region> Regions { get; }

    /// <summary>Every cluster.</summary>
    public ImmutableArray<Cluster> Clusters { get; }

    /// <summary>Every rack.</summary>
    public ImmutableArray<Rack> Racks { get; }

    /// <summary>Every node.</summary>
    public ImmutableArray<Node> Nodes { get; }

    /// <summary>The geo with that id, or null.</summary>
    public Geo? Find(GeoId id) => geos.GetValueOrDefault(id);

    /// <summary>The region with that id, or null.</summary>
    public Region? Find(RegionId id) => regions.GetValueOrDefault(id);

    /// <summary>The cluster with that id, or null.</summary>
    public Cluster? Find(ClusterId id) => clusters.GetValueOrDefault(id);

    /// <summary>The rack with that id, or null.</summary>
    public Rack? Find(RackId id) => racks.GetValueOrDefault(id);

    /// <summary>The node with that id, or null.</summary>
    public Node? Find(NodeId id) => nodes.GetValueOrDefault(id);

    /// <summary>The region that a person named, whatever the case, or null.</summary>
    [SuppressMessage("Globalization", "CA1308", Justification = "Ids are lower case, as names are in URLs.")]
    public Region? FindRegion(string name) => Find(new RegionId(name.ToLowerInvariant()));

    /// <summary>
    /// The document again, in one fixed form, whatever notation and order it came in. Reading it gives an equal
    /// topology. </summary>
    public string Canonical() => canonical.Value;

    /// <summary>SHA-256 of the canonical text, 64 lower-case hex digits: what an ETag is made of.</summary>
    public string ContentHash() => hash.Value;

    /// <summary>What is different between two topologies.</summary>
    public static TopologyDiff Diff(FabricTopology before, FabricTopology after) => TopologyDiff.Between(before, after);

    /// <inheritdoc/>
    public bool Equals(FabricTopology? other) => other is not null && Canonical() == other.Canonical();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FabricTopology);

    /// <inheritdoc/>
    public override int GetHashCode() => Canonical().GetHashCode(StringComparison.Ordinal);
}
