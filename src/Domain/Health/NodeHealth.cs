// What is known of a node's health (H1): silence, recovery, loss, faults of its hardware, and copies of instances that
// were moved away while nobody could ask the node to stop them.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Network;

namespace Rdfe.Domain.Health;

/// <summary>How far a node's trouble has come (H1).</summary>
public enum NodeTrouble
{
    /// <summary>None.</summary>
    None,

    /// <summary>Its agent is silent, and it is waited whether it comes back.</summary>
    Silent,

    /// <summary>Its power was cycled; the agent has yet to connect.</summary>
    Recovering,

    /// <summary>It did not come back; what ran on it is moved.</summary>
    Lost,

    /// <summary>Its hardware is at fault; what runs on it is moved.</summary>
    Faulty,

    /// <summary>An operator takes it out; what runs on it is moved.</summary>
    Evacuating,
}

/// <summary>A copy of an instance that may still run on a node it was moved away from. Its lease is gone (H3).</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Dip">The address that it had: nobody else gets it before the copy is gone.</param>
/// <param name="Lease">The generation of its disks' lease that it had.</param>
/// <param name="Migration">The live migration by which it may have come to the node (M4); 0 for a copy that was certainly there.</param>
public sealed record Ghost(InstanceId Instance, Ipv4Address? Dip, int Lease, int Migration = 0);

/// <summary>Health of one node; null on the node while there is nothing to say.</summary>
public sealed record NodeHealth
{
    /// <summary>How far it has come.</summary>
    public NodeTrouble Trouble { get; init; }

    /// <summary>Since when.</summary>
    public Instant Since { get; init; }

    /// <summary>Last heartbeat, while the agent is silent.</summary>
    public Instant? SilentSince { get; init; }

    /// <summary>When the next thing is done about it; null while it waits for something else.</summary>
    public Instant? Deadline { get; init; }

    /// <summary>Power cycles tried.</summary>
    public int Attempt { get; init; }

    /// <summary>What is wrong, for people.</summary>
    public string? Why { get; init; }

    /// <summary>Why it is likely to fail, where that is what it is taken out for (H4); null otherwise.</summary>
    public string? Prediction { get; init; }

    /// <summary>What keeps it from being repaired.</summary>
    public Blocker? Blocker { get; init; }

    /// <summary>Copies left behind.</summary>
    public ImmutableArray<Ghost> Ghosts { get; init; } = [];
}
