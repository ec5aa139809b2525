// F4: staging ahead of time as it is kept: what the nodes of a cluster are to hold before their turn comes, and how far each of
// them is with it. It is apart from the rollout in the cluster, for it begins before the first wave comes there.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.Staging;

/// <summary>What a cluster's nodes are to hold (F4).</summary>
/// <param name="Rollout">The rollout that it is for.</param>
/// <param name="Update">The update.</param>
/// <param name="ImageMib">Size of its image, MiB.</param>
/// <param name="Order">The order of the plan that was approved; empty where none was.</param>
/// <param name="BeganAt">When it began.</param>
/// <param name="DoneAt">When no node was left for the first time; null before that. Nodes that come later stage all the same.</param>
public sealed record ClusterStaging(
    string Rollout, HostUpdate Update, long ImageMib, ImmutableArray<NodeId> Order, Instant BeganAt, Instant? DoneAt = null);

/// <summary>How far a node is with what it stages ahead of time.</summary>
public enum StagingStage
{
    /// <summary>It fetches it.</summary>
    Fetching,

    /// <summary>It has all of it.</summary>
    Staged,

    /// <summary>It came to nothing, and is tried again.</summary>
    Retrying,

    /// <summary>It came to nothing too often: the node fetches it in its own turn.</summary>
    GivenUp,
}

/// <summary>What a node stages ahead of time (F4).</summary>
public sealed record NodeStaging
{
    /// <summary>Its number on this node: answers to an earlier one are told apart by it.</summary>
    public required int Generation { get; init; }

    /// <summary>The update's name.</summary>
    public required string Update { get; init; }

    /// <summary>The image.</summary>
    public required string Image { get; init; }

    /// <summary>What the node has once it has booted into it.</summary>
    public required VersionSet Versions { get; init; }

    /// <summary>How far it is.</summary>
    public StagingStage Stage { get; init; }

    /// <summary>Which try, from 1.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When this try began.</summary>
    public required Instant BeganAt { get; init; }

    /// <summary>When all of it was there; null before.</summary>
    public Instant? StagedAt { get; init; }

    /// <summary>When a fetch is given up, or tried again; null where nothing is waited for.</summary>
    public Instant? Deadline { get; init; }

    /// <summary>Why the last try came to nothing.</summary>
    public string? Why { get; init; }

    /// <summary>True where this is what the update brings.</summary>
    public bool IsOf(HostUpdate update) => Image == update.Image && update.Versions.IsIn(Versions);
}

/// <summary>What a host agent says of an image that was staged on its node ahead of time.</summary>
/// <param name="Generation">Of which command.</param>
/// <param name="IsWhole">False while it is being fetched.</param>
public sealed record HeldImage(int Generation, bool IsWhole);
