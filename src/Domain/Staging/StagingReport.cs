// F4: what is told of staging ahead of time: how many nodes of a cluster hold the image, and what a node waits for that has not begun.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Domain.Staging;

/// <summary>Tells of it.</summary>
public static class StagingReport
{
    /// <summary>
    /// What a node waits for that is to hold an image and has not begun to fetch it, or is to try again; null for any other. The state
    /// need have no more in it than the cluster's nodes, its rollout and what is staged.
    /// </summary>
    public static Blocker? WaitOf(ClusterState state, FabricNode node, StagingSettings settings)
    {
        if (state.Staging.Present is not { } staging)
        {
            return null;
        }

        if (node.Staging is { Stage: StagingStage.Retrying, Deadline: { } due } s)
        {
            return new Blocker(BlockerCodes.Busy, s.BeganAt, node.Id.Value, $"Try {s.Attempt} came to nothing: {s.Why}.", "It is tried again.", due);
        }

        if (!StagingAhead.IsToFetch(state, staging, node))
        {
            return null;
        }

        if (state.Rollout is { HeldBecause: { } held } r && r.Part.Rollout == staging.Rollout)
        {
            return new Blocker(BlockerCodes.Busy, staging.BeganAt, state.Id.Value, $"{staging.Rollout} stands still: {held}", "It goes on.");
        }

        var places = RolloutQueue.PlacesOf(StagingQueue.OrderOf(state.Rollout, staging));
        var mine = PlaceOf(node);
        var before = state.Nodes.Values.Count(n => PlaceOf(n).CompareTo(mine) < 0 && StagingAhead.IsToFetch(state, staging, n));
        return new Blocker(
            BlockerCodes.Busy, staging.BeganAt, state.Id.Value, string.Create(CultureInfo.InvariantCulture,
                $"{before} nodes come before it; {StagingPipe.AtATime(state.Cluster.Network, settings)} fetch at a time over {Words.Of(state.Cluster.Network)}."),
            "Those before it have fetched theirs.");

        (int Place, string Node) PlaceOf(FabricNode n) => (places.GetValueOrDefault(n.Id, int.MaxValue), n.Id.Value);
    }
}
