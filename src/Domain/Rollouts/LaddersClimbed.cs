// M4: what can be done to a node, asked once for as long as nothing of it changes? A node that waits for its turn is asked again
// whenever those before it have come further; what would be done to it is nearly always the same.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.Rollouts;

/// <summary>Keeps what the ladder has answered.</summary>
internal sealed class LaddersClimbed
{
    private readonly Dictionary<NodeId, Climbed> known = [];

    /// <summary>
    /// The answer for a node as it is now. One that was kept has the same choice as a new one, and what it says to people of the rungs
    /// that were ruled out may be older: whoever acts on it climbs anew.
    /// </summary>
    public LadderReport Of(Turn turn, FabricNode node, HostUpdate update, Instant? deadline)
    {
        if (!Stays(update))
        {
            return MaintenanceGate.Climb(turn, node, update, deadline);
        }

        if (known.TryGetValue(node.Id, out var climbed) && climbed.IsOf(node, update, turn.State.On(node.Id)))
        {
            return climbed.Report;
        }

        var report = MaintenanceGate.Climb(turn, node, update, deadline);
        // An escalation's time counts from when it was asked.
        if (report.Escalations.IsEmpty)
        {
            known[node.Id] = new Climbed(node, update, [.. turn.State.On(node.Id)], report);
        }
        else
        {
            known.Remove(node.Id);
        }

        return report;
    }

    /// <summary>The next answer is a new one; true where one was kept.</summary>
    public bool Forget(NodeId node) => known.Remove(node);

    // Where guests may move, it hangs on the room that others leave them, and on the time.
    private static bool Stays(HostUpdate update) => !update.LiveMigratable && update.Component != MaintainedComponent.Hardware;

    private sealed record Climbed(FabricNode Node, HostUpdate Update, FabricInstance[] Guests, LadderReport Report)
    {
        public bool IsOf(FabricNode node, HostUpdate update, IEnumerable<FabricInstance> guests)
        {
            if (!ReferenceEquals(Update, update) || !ReferenceEquals(Node.Staging, node.Staging))
            {
                return false;
            }

            var n = 0;
            foreach (var guest in guests)
            {
                if (n == Guests.Length || !ReferenceEquals(Guests[n++], guest))
                {
                    return false;
                }
            }

            return n == Guests.Length;
        }
    }
}
