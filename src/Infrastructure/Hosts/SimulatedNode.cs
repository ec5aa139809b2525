// A simulated node: what its store keeps of it, and what is on it. Whether power and network reach it is the faults' to
// say; a healthy node that nobody has spoken to does not exist here, and costs nothing.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>Whether a node runs.</summary>
/// <param name="Dark">It has no power.</param>
/// <param name="HostDown">Its host OS does not run.</param>
/// <param name="AgentDown">Its host agent has crashed.</param>
/// <param name="Bare">It has no host OS, or one that is being installed (F3): nobody expects to hear of it.</param>
/// <param name="StartsAt">When its host agent will have started, after the power came or a power cycle; null when it is not starting.</param>
/// <param name="Starts">How often it has started: each draws its own time.</param>
/// <param name="Versions">What was installed on it; null where it has what it was delivered with (F5).</param>
/// <param name="InstallGeneration">Of which install.</param>
/// <param name="Maintenance">The maintenance under way; null for none (M4).</param>
/// <param name="Maintained">How the last one ended.</param>
/// <param name="Broken">A defect has come to its end: it is dead until people have repaired it (H4).</param>
/// <param name="RepairedAt">When they last did; null where they never had to.</param>
/// <param name="Migrations">Live migrations from it and to it; null where there never was one (M4).</param>
/// <param name="Staging">What it holds of an image ahead of its turn; null where it was never told to (F4).</param>
public sealed record NodeCondition(
    bool Dark = false, bool HostDown = false, bool AgentDown = false, bool Bare = false, Instant? StartsAt = null, int Starts = 0,
    VersionSet? Versions = null, int InstallGeneration = 0, HostMaintenance? Maintenance = null, HostMaintained? Maintained = null,
    bool Broken = false, Instant? RepairedAt = null, HostMigrations? Migrations = null, HostStaging? Staging = null)
{
    /// <summary>A node that nothing ever happened to.</summary>
    public static NodeCondition Fine { get; } = new();

    /// <summary>True while guests can run on it.</summary>
    public bool Runs => !Dark && !HostDown && !Bare;

    /// <summary>True while its host agent and its network plug-in do not understand each other: nothing comes or goes (F5).</summary>
    public bool LostNetwork => Versions is { LosesNetwork: true };

    /// <summary>True while its agent works, whether or not anybody hears it.</summary>
    public bool AgentWorks => Runs && !AgentDown && Maintenance is not { AgentSilent: true };

    /// <summary>True while guests are paused with their memory, for longer than between two beats.</summary>
    public bool GuestsPaused => Maintenance is { GuestsSilent: true };
}

internal sealed class SimulatedNode(NodeId id, ClusterId cluster, RackId? rack)
{
    public NodeId Id { get; } = id;

    public ClusterId Cluster { get; } = cluster;

    public RackId? Rack { get; } = rack;

    public long Generation { get; set; }

    public NodeGoal? Accepting { get; set; }

    public NodeCondition Condition { get; set; } = NodeCondition.Fine;

    public Dictionary<InstanceId, TrackedGuest> Guests { get; } = [];

    /// <summary>True while the controller hears its host agent.</summary>
    public bool IsHeard { get; set; } = true;

    /// <summary>Raised when another defect ails it, so that reports of the one before are not made.</summary>
    public int SignalVersion { get; set; }

    /// <summary>True while its agent lies.</summary>
    public bool Lies { get; set; }

    /// <summary>The silence of its host agent.</summary>
    public Silence Silence { get; } = new();

    /// <summary>What its agent has said is broken in its hardware.</summary>
    public HashSet<string> Complaints { get; } = new(StringComparer.Ordinal);

    public StoredNode Stored => new(Cluster, Id, Generation, Accepting, Condition);
}

internal sealed class TrackedGuest(SimulatedGuest guest)
{
    public SimulatedGuest Guest { get; set; } = guest;

    // Raised with every change, so that a step scheduled before it does nothing.
    public int Version { get; set; }

    /// <summary>By heartbeat; empty while all is well.</summary>
    public Dictionary<Heartbeat, Silence> Silences { get; } = [];
}

/// <summary>Heartbeats that do not come.</summary>
internal sealed class Silence
{
    /// <summary>The last one that came; null while they come.</summary>
    public Instant? LastBeat { get; set; }

    /// <summary>True when the controller was told, and not yet that they come again.</summary>
    public bool Told { get; set; }
}
