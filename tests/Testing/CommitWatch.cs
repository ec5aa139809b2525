// Where a test looks on, or makes the store fail: the two moments of a commit between which everything is decided.
namespace Rdfe.Testing;

/// <summary>A moment of a commit.</summary>
public enum CommitMoment
{
    /// <summary>All is written, and nothing is durable. Whoever throws here makes the commit fail.</summary>
    Before,

    /// <summary>All is durable, and nobody has been told. Whoever throws here loses the acknowledgement.</summary>
    After,

    /// <summary>It has failed, and the store is asked whether it was done all the same. Whoever throws here leaves it in doubt.</summary>
    Look,
}

/// <summary>Told of the moments of each commit, on the committer's thread, while everybody waits.</summary>
/// <param name="folder">Where the town keeps its files.</param>
/// <param name="moment">Which moment.</param>
public delegate void CommitWatch(string folder, CommitMoment moment);
