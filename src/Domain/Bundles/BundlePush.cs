// L4: a bundle on its way over a cluster's nodes, as it is kept. Which nodes are done is read off the nodes, so that a
// restart can't lose one; what is kept is where it goes, what it was allowed, and what it waits for.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;

namespace Rdfe.Domain.Bundles;

/// <summary>An operator's order to go on regardless (L4): explicit, and on record.</summary>
/// <param name="By">Who.</param>
/// <param name="Reason">What they gave as the reason.</param>
/// <param name="At">When.</param>
public sealed record PushOverride(string By, string Reason, Instant At);

/// <summary>A node on which an install came to nothing.</summary>
/// <param name="Node">The node.</param>
/// <param name="Why">Why.</param>
public sealed record FailedInstall(NodeId Node, string Why);

/// <summary>A bundle that is being installed on the nodes of a cluster.</summary>
public sealed record BundlePush
{
    /// <summary>The bundle's name.</summary>
    public required string Bundle { get; init; }

    /// <summary>What of it is installed: all its versions, or those of the components that were asked for.</summary>
    public required VersionSet Versions { get; init; }

    /// <summary>Its operation.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>The most nodes that are under way at a time.</summary>
    public required int MaxConcurrentNodes { get; init; }

    /// <summary>When it began.</summary>
    public required Instant BeganAt { get; init; }

    /// <summary>Rules of the matrix that it touches: each node is held against them once more before it is touched (F5).</summary>
    public required ImmutableArray<CompatibilityRule> Rules { get; init; }

    /// <summary>The order to go on regardless; null while there is none.</summary>
    public PushOverride? Override { get; init; }

    /// <summary>Nodes on which it came to nothing; they are left alone.</summary>
    public ImmutableArray<FailedInstall> Failed { get; init; } = [];

    /// <summary>What keeps it from the next node; null while nothing does.</summary>
    public Blocker? Blocker { get; init; }

    /// <summary>True for a node that it has given up.</summary>
    public bool HasFailedOn(NodeId node) => Failed.Any(f => f.Node == node);
}

/// <summary>What a cluster's controller keeps of bundles.</summary>
public sealed record ClusterBundles
{
    /// <summary>What a node gets that is provisioned now (F3): what was pushed last and ended well.</summary>
    public VersionSet Installed { get; init; } = VersionSet.None;

    /// <summary>
    /// Instances that were healthy when the cluster was last sound before a push (L4): the next node waits while too few of
    /// as many are. A push that follows one which left the cluster unwell is measured by what was before both.
    /// </summary>
    public int HealthyBefore { get; init; }

    /// <summary>The push under way; null for none.</summary>
    public BundlePush? Push { get; init; }
}

/// <summary>How far an install on one node has come.</summary>
public enum InstallStage
{
    /// <summary>What runs on the node has been told, and may get ready (W3).</summary>
    Announced,

    /// <summary>What runs on the node is taken out of the load balancer (N2).</summary>
    Draining,

    /// <summary>The node was told.</summary>
    Installing,
}

/// <summary>An install on one node that has not ended.</summary>
/// <param name="Generation">Its number on this node: answers to an earlier one are told apart by it.</param>
/// <param name="Versions">Everything that the node shall have after it.</param>
/// <param name="Reboots">The node goes down for it, and all that runs on it.</param>
/// <param name="OutOfBand">By the rack's power controller, since the node's agent does not answer (L4).</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="Attempt">Which try, from 1.</param>
/// <param name="Since">When this stage began.</param>
/// <param name="Deadline">When it is given up; null before it is told.</param>
public sealed record NodeInstall(
    int Generation, VersionSet Versions, bool Reboots, bool OutOfBand, InstallStage Stage, int Attempt, Instant Since,
    Instant? Deadline = null)
{
    /// <summary>The node is silent because it boots for this: nobody has to wonder (H1).</summary>
    public bool ExpectsSilence => Reboots && Stage == InstallStage.Installing;
}

/// <summary>The figures of pushes.</summary>
public sealed record BundleSettings
{
    /// <summary>Share of the instances that were healthy before, which must be healthy before the next node (L4: 0.9).</summary>
    public double HealthyShare { get; init; } = 0.9;

    /// <summary>Nodes under way at a time where nothing is said.</summary>
    public int ConcurrentNodes { get; init; } = 1;

    /// <summary>The most nodes that may be asked to be under way at a time.</summary>
    public int MostConcurrentNodes { get; init; } = 1000;

    /// <summary>A node that was told until it answers, its reboot included.</summary>
    public Duration InstallTimeout { get; init; } = Duration.FromMinutes(30);

    /// <summary>Tries of one node before it is left alone.</summary>
    public int InstallTries { get; init; } = 2;
}
