// W4: what an instance suffers from that is the platform's to answer for, and what belongs together: one rack that loses its power
// is one incident, however many nodes it has. What a tenant's own code does to itself is none.
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>What the fabric does about it.</summary>
public enum IncidentWork
{
    /// <summary>A brake, safe mode, or the suspicion of being blind holds it back (L2, L3).</summary>
    Waits,

    /// <summary>The power of the server is cycled (H1).</summary>
    Recovers,

    /// <summary>What ran there is placed elsewhere (H3).</summary>
    Moves,

    /// <summary>What runs there is moved one by one, as the promise allows (H1, M7).</summary>
    Empties,

    /// <summary>People look into it (L1).</summary>
    Investigates,
}

/// <summary>Why an instance is affected.</summary>
/// <param name="Key">What belongs together: names parts of the fabric, and is for operators.</param>
/// <param name="Kind">What a notice of it is.</param>
/// <param name="Work">What the fabric does about it.</param>
public readonly record struct IncidentCause(string Key, NoticeKind Kind, IncidentWork Work)
{
    /// <summary>The cause as it is known now; null for an instance that the platform does nothing to.</summary>
    public static IncidentCause? Of(ClusterState state, FabricInstance i)
    {
        if (i is not { Power: PowerGoal.Running, Node: { } id } || !state.Nodes.TryGetValue(id, out var node))
        {
            return null;
        }

        var healing = i.Health?.Healing;
        switch (node.Health)
        {
            case { Trouble: NodeTrouble.Silent, Blocker: { } blocker }:
                return Silent(state, node, blocker.Code, IncidentWork.Waits);
            case { Trouble: NodeTrouble.Recovering }:
                return Silent(state, node, null, IncidentWork.Recovers);
            // One that came back after it was given up keeps what has not been moved.
            case { Trouble: NodeTrouble.Lost } h when h.SilentSince is not null || healing is not null:
                return Silent(state, node, null, Waits(healing) ? IncidentWork.Waits : IncidentWork.Moves);
            case { Trouble: NodeTrouble.Faulty }:
                return new($"hardware/{id}", NoticeKind.Incident, Waits(healing) ? IncidentWork.Waits : IncidentWork.Empties);
            case { Trouble: NodeTrouble.Evacuating, Prediction: not null }:
                return new($"predicted/{id}", NoticeKind.PredictedFailure, Waits(healing) ? IncidentWork.Waits : IncidentWork.Empties);
            case { Trouble: NodeTrouble.Evacuating }:
                return node.State == NodeState.Decommissioned
                    ? new($"decommission/{id}", NoticeKind.PlannedMaintenance, IncidentWork.Empties)
                    : new($"repair/{id}", NoticeKind.Incident, IncidentWork.Empties);
        }

        return healing?.Why is "guestAgentNeverConnected" or "nodeInvestigated" || (node.State == NodeState.HumanInvestigate && !i.IsHealthy)
            ? new($"investigate/{state.Id}", NoticeKind.Incident, Waits(healing) ? IncidentWork.Waits : IncidentWork.Investigates)
            : null;
    }

    // Nodes that fell silent all over the cluster at once are one event; others belong together by their rack.
    private static IncidentCause Silent(ClusterState state, FabricNode node, string? blocker, IncidentWork work) => new(
        blocker == BlockerCodes.HeartbeatCliff ? $"cliff/{state.Id}" : $"silent/{state.Hardware(node.Id).Rack}", NoticeKind.Incident, work);

    // To wait for room is to be moved as soon as there is some.
    private static bool Waits(Healing? healing) => healing?.Blocker is { Code: not BlockerCodes.NoRoom };
}
