// F1, F4: the network inside a cluster. Slide 8 of the talk on the internals ([3]) shows two: DLA, the older one, in which racks hang
// from pairs of aggregation switches with a load balancer, 120 Gbit/s between them; and Quantum10, in which each rack is tied to many
// spines, 30,000 Gbit/s. How fast images come to all nodes of a cluster hangs on it.
using System.Collections.Immutable;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Topology;

/// <summary>Of which generation the network inside a cluster is (F1).</summary>
public enum NetworkGeneration
{
    /// <summary>The older one: racks hang from aggregation switches.</summary>
    Dla,

    /// <summary>The newer one: racks are tied to many spines. It is meant where a document says nothing.</summary>
    Quantum10,
}

/// <summary>Reads it.</summary>
internal static class ClusterNetwork
{
    private static readonly ImmutableArray<string> Generations = [.. Enum.GetValues<NetworkGeneration>().Select(g => Words.Of(g))];

    /// <summary>What a cluster of the document says; the newer one where it says nothing.</summary>
    public static NetworkGeneration Read(JsonFields cluster) =>
        cluster.Word("network", Generations, required: false) is { } word ? (NetworkGeneration)Generations.IndexOf(word) : NetworkGeneration.Quantum10;
}
