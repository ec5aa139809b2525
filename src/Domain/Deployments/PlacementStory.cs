// Why something went where it is: first between clusters (R5), then inside one (P1, P2). Kept with the resource,
// because the question is asked long after the answer was decided.
using System.Collections.Immutable;

namespace Rdfe.Domain.Deployments;

/// <summary>One cluster as a candidate (R5): its figures and why it was chosen or rejected.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="VipLoad">A(h, VIPs) after the placement, 0 to 1 and above.</param>
/// <param name="CoreLoad">A(h, cores) after the placement.</param>
/// <param name="Load">The larger of the two.</param>
/// <param name="Verdict"><c>chosen</c>, <c>ranked</c> or <c>rejected</c>.</param>
/// <param name="Why">One sentence.</param>
public sealed record ClusterVerdict(
    ClusterId Cluster, double VipLoad, double CoreLoad, double Load, string Verdict, string Why);

/// <summary>One try at one cluster.</summary>
/// <param name="Cluster">The cluster whose fabric controller was asked.</param>
/// <param name="Placed">Whether it had room.</param>
/// <param name="Bound">Name of the constraint that bound; null when placed.</param>
/// <param name="Detail">One sentence with figures.</param>
/// <param name="NodesPerConstraint">For each constraint, how many nodes it ruled out.</param>
/// <param name="BestNodes">The best nodes looked at, with their scores.</param>
public sealed record PlacementTry(
    ClusterId Cluster, bool Placed, string? Bound, string Detail,
    ImmutableSortedDictionary<string, int> NodesPerConstraint, ImmutableArray<string> BestNodes);

/// <summary>The whole story of a placement.</summary>
/// <param name="Candidates">The clusters considered by the front end (R5).</param>
/// <param name="Tries">The clusters asked, in order.</param>
public sealed record PlacementStory(ImmutableArray<ClusterVerdict> Candidates, ImmutableArray<PlacementTry> Tries)
{
    /// <summary>Nothing tried yet.</summary>
    public static PlacementStory Empty { get; } = new([], []);
}
