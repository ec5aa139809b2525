// Why something went where it is, as the answer tells it (R5, P4).
using Rdfe.Domain.Deployments;

namespace Rdfe.Api.Features;

/// <param name="Candidates">The clusters that were considered, with their figures.</param>
/// <param name="Tries">The clusters that were asked, in order, with what bound where there was no room.</param>
public sealed record PlacementView(IReadOnlyList<CandidateView> Candidates, IReadOnlyList<TryView> Tries)
{
    public static PlacementView Of(PlacementStory story) => new(
        [.. story.Candidates.Select(CandidateView.Of)],
        [.. story.Tries.Select(t => new TryView(
            t.Cluster.Value, t.Placed, t.Bound, t.Detail, t.NodesPerConstraint, t.BestNodes))]);
}

public sealed record CandidateView(
    string Cluster, double VipLoad, double CoreLoad, double Load, string Verdict, string Why)
{
    public static CandidateView Of(ClusterVerdict c) => new(c.Cluster.Value, c.VipLoad, c.CoreLoad, c.Load, c.Verdict, c.Why);
}

public sealed record TryView(
    string Cluster, bool Placed, string? Bound, string Detail,
    IReadOnlyDictionary<string, int> NodesPerConstraint, IReadOnlyList<string> BestNodes);
