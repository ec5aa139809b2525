// How staging ahead of time is told (F4): what it is predicted to take, how far a cluster has come with it, and what a node holds.
using NodaTime;
using Rdfe.Api.Features.Bundles;
using Rdfe.Api.Features.Deployments;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;

namespace Rdfe.Api.Features.Rollouts;

/// <param name="Network">Of which generation the cluster's network is.</param>
/// <param name="ImageMib">Size of the image.</param>
/// <param name="Nodes">Nodes that fetch it.</param>
/// <param name="AtATime">How many of them at a time.</param>
/// <param name="Each">How long one is predicted to take.</param>
/// <param name="Takes">How long all of them are.</param>
public sealed record StagingForecastView(NetworkGeneration Network, long ImageMib, int Nodes, int AtATime, Duration Each, Duration Takes)
{
    public static StagingForecastView Of(StagingForecast f) => new(f.Network, f.ImageMib, f.Nodes, f.AtATime, f.Each, f.Takes);
}

/// <param name="Image">What is fetched.</param>
/// <param name="Nodes">Nodes that have not got the update.</param>
/// <param name="Staged">Those of them that hold it.</param>
/// <param name="Fetching">Those that fetch it.</param>
/// <param name="Waiting">Those that have not begun, or are tried again.</param>
/// <param name="GivenUp">Those that could not fetch it; they do so in their own turn.</param>
/// <param name="Left">What is predicted for those that fetch and wait, and how long it takes from now.</param>
/// <param name="DoneAt">When nobody was left for the first time; absent before.</param>
public sealed record ClusterStagingView(
    string Image, int Nodes, int Staged, int Fetching, int Waiting, int GivenUp, StagingForecastView Left, Instant BeganAt, Instant? DoneAt)
{
    public static ClusterStagingView Of(ClusterStaging s, Cluster cluster, IReadOnlyList<FabricNode> nodes, StagingSettings settings)
    {
        var before = nodes.Where(n => !s.Update.Versions.IsIn(n.Versions)).ToList();
        var (staged, fetching, givenUp) = (Count(StagingStage.Staged), Count(StagingStage.Fetching), Count(StagingStage.GivenUp));
        // Who is in its own turn fetches it there.
        var waiting = before.Count(n => n.Maintenance is null && n.Staging is null or { Stage: StagingStage.Retrying });
        return new(
            s.Update.Image!, before.Count, staged, fetching, waiting, givenUp,
            StagingForecastView.Of(StagingPipe.Forecast(cluster.Network, fetching + waiting, s.ImageMib, settings)), s.BeganAt, s.DoneAt);

        int Count(StagingStage stage) => before.Count(n => n.Staging?.Stage == stage);
    }
}

/// <summary>How far a node is with what it fetches before its turn.</summary>
public enum NodeStagingStatus
{
    /// <summary>It has not begun.</summary>
    Waiting,

    /// <summary>It fetches it.</summary>
    Fetching,

    /// <summary>It holds it.</summary>
    Staged,

    /// <summary>It could not fetch it, and is tried again.</summary>
    Retrying,

    /// <summary>It could not fetch it, and does so in its own turn.</summary>
    GivenUp,
}

/// <param name="Update">The update of hosts that it is for.</param>
/// <param name="Versions">What the node has once it has booted into it.</param>
/// <param name="Attempt">Which try; 0 before the first.</param>
/// <param name="StagedAt">Since when it holds all of it; absent before.</param>
/// <param name="PercentComplete">How much of it is there, as predicted.</param>
/// <param name="Why">Why the last try came to nothing.</param>
/// <param name="Blocker">What it waits for; absent where it does not wait.</param>
public sealed record NodeStagingView(
    string Update, string Image, VersionsView? Versions, NodeStagingStatus Status, int Attempt, Instant? BeganAt, Instant? StagedAt,
    int PercentComplete, string? Why, BlockerView? Blocker)
{
    /// <summary>Of a node that waits only where <paramref name="wait"/> is known: it takes all nodes of the cluster to say.</summary>
    public static NodeStagingView? Of(FabricNode node, ClusterStaging? cluster, Blocker? wait, StagingSettings settings, Instant now)
    {
        if (node.Staging is { } s)
        {
            var each = StagingPipe.Fetch(cluster?.ImageMib ?? 0, settings);
            var percent = s.Stage switch
            {
                StagingStage.Staged => 100,
                StagingStage.Fetching when each > Duration.Zero => Math.Clamp((int)((now - s.BeganAt) / each * 100), 0, 99),
                _ => 0,
            };
            return new(s.Update, s.Image, VersionsView.Of(s.Versions), Enum.Parse<NodeStagingStatus>(s.Stage.ToString()), s.Attempt, s.BeganAt, s.StagedAt,
                percent, s.Why, BlockerView.Of(wait));
        }

        return cluster is null || wait is null ? null : new(
            cluster.Update.Name, cluster.Update.Image!, VersionsView.Of(cluster.Update.Versions), NodeStagingStatus.Waiting, 0, null, null, 0, null, BlockerView.Of(wait));
    }
}
