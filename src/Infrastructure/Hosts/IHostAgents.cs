// The one seam between controllers and the world (DESIGN, Host agents). Commands carry generations and may arrive
// twice; what they lead to comes back as events. Nothing behind it is assumed to be simulated.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>What a node's agent says it has, when a controller attaches to it.</summary>
/// <param name="Node">The node.</param>
/// <param name="Generation">The goal state that the agent works on; 0 for none.</param>
/// <param name="Instances">What is on the node.</param>
public sealed record NodeInventory(NodeId Node, long Generation, IReadOnlyList<FabricEvent.InstanceReported> Instances);

/// <summary>The host agents of every node, the image repository and the network gear.</summary>
public interface IHostAgents
{
    /// <summary>Raised when an event has come that nobody waited for.</summary>
    event Action? Arrived;

    /// <summary>When the next event is due, where that is known; null when nothing is under way.</summary>
    Instant? NextDue { get; }

    /// <summary>
    /// Hands an effect over under the epoch that the agents were opened with; one that has been taken over from is refused
    /// (F2), at the latest by <see cref="Flush"/>. Safe to repeat. <paramref name="at"/> is the fabric
    /// time of the decision.
    /// </summary>
    void Send(ClusterId cluster, FabricEffect effect, Instant at);

    /// <summary>Everything that has happened up to <paramref name="now"/>, in order of time.</summary>
    IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeUntil(Instant now);

    /// <summary>What really runs on a cluster's nodes: a controller that starts compares it with what it believes.</summary>
    IReadOnlyList<NodeInventory> Attach(ClusterId cluster, Instant now);

    /// <summary>Makes what was sent and reported durable on the hosts' side.</summary>
    void Flush();
}
