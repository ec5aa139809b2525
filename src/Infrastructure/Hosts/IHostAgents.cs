// The one seam between controllers and the world (DESIGN, Host agents). Commands carry generations and may arrive
// twice; what they lead to comes back as events. Nothing behind it is assumed to be simulated.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;

namespace Rdfe.Infrastructure.Hosts;

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

    /// <summary>
    /// A controller attaches to a cluster. Every agent that answers has connected and says all that is on its node; of
    /// those that do not, and of instances that are silent, it is said that their heartbeats are missed.
    /// </summary>
    IReadOnlyList<FabricEvent> Attach(ClusterId cluster, Instant now);

    /// <summary>Makes what was sent and reported durable on the hosts' side.</summary>
    void Flush();
}
