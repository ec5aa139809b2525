// F4: what a cluster's state keeps of staging, so that nobody has to go over its nodes to know who fetches and who holds what.
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Staging;

/// <summary>What a cluster's nodes are to hold ahead of their turn, and which of them do.</summary>
public sealed class StagingBook
{
    private readonly SortedSet<NodeId> holding = new(NodeIndexes.ById);

    /// <summary>What they are to hold; null for nothing.</summary>
    public ClusterStaging? Present { get; set; }

    /// <summary>How many nodes fetch.</summary>
    public int FetchingCount { get; private set; }

    /// <summary>How many wait to be tried again.</summary>
    public int RetryingCount { get; private set; }

    /// <summary>How many hold all of it.</summary>
    public int StagedCount { get; private set; }

    /// <summary>Who has still to begin: kept to be asked less, made anew on any doubt.</summary>
    internal StagingQueue? Queue { get; set; }

    /// <summary>Nodes that hold something, fetch it, or could not, in order of id.</summary>
    public IReadOnlyList<NodeId> Holding => [.. holding];

    /// <summary>A node has changed.</summary>
    internal void Keep(FabricNode? old, FabricNode node)
    {
        if (old?.Staging != node.Staging)
        {
            Count(old?.Staging, -1);
            Count(node.Staging, 1);
            holding.Keep(node.Id, node.Staging is not null);
        }
    }

    private void Count(NodeStaging? staging, int by)
    {
        FetchingCount += staging?.Stage == StagingStage.Fetching ? by : 0;
        RetryingCount += staging?.Stage == StagingStage.Retrying ? by : 0;
        StagedCount += staging?.Stage == StagingStage.Staged ? by : 0;
    }
}
