// W1, W2, W5, asked of what is committed: a node that a rollout takes down for a reboot has nobody on it whose owner's window is closed,
// unless the owner has asked for it, or the ledger says why it could not wait, or that it took longer; and it says so only when it is true.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Windows;

namespace Rdfe.Simulation;

internal sealed class Hours(World world)
{
    private readonly HashSet<(NodeId, int)> felt = [];
    private readonly Dictionary<NodeId, (int Generation, Instant FeltAt, Technology Technology)> inside = [];

    public void After(Turn turn)
    {
        foreach (var entry in turn.Ledger)
        {
            Entry(entry);
        }

        foreach (var node in turn.Nodes.Select(n => world.Nodes[n]))
        {
            Over(turn, node);
            if (node.Maintenance is { Stage: MaintenanceStage.Draining or MaintenanceStage.Working } m && felt.Add((node.Id, m.Generation)) && m.Technology is not (Technology.HotPatch or Technology.AgentRestart)
                && world.InCluster is { RollsBack: false } rollout && rollout.Part.Update.Name == m.Update && rollout.Touched.Any(t => t.Node == node.Id && t.EndedAt is null))
            {
                inside[node.Id] = (m.Generation, turn.Now, m.Technology);
                foreach (var i in world.Instances.Values.Where(i => i.Node == node.Id && i.Power == PowerGoal.Running && !rollout.Consents.Contains(i.Id) && IsAsked(i, m.Technology)))
                {
                    if (WindowOf(i) is { } window && !window.IsOpenAt(turn.Now) && !turn.Ledger.Exists(e => e.Instance == i.Id))
                    {
                        throw new Broken($"W5: {m.Update} is felt on {node.Id} at {turn.Now}, where {i.Id} has a window from {window.Hour}:00 for {window.Hours} h, and the ledger is silent.");
                    }
                }
            }
        }
    }

    // All are asked about a reboot; who has a node to itself, about all that is felt (W2).
    private bool IsAsked(FabricInstance i, Technology technology) =>
        technology == Technology.Reboot || world.Machines.GetValueOrDefault(i.Owner) is { Spec.Isolated: true };

    // It is done, or has come to nothing: whoever was taken down inside a window that is closed by now can read that it took longer.
    private void Over(Turn turn, FabricNode node)
    {
        if (!inside.TryGetValue(node.Id, out var under) || node.Maintenance?.Generation == under.Generation)
        {
            return;
        }

        inside.Remove(node.Id);
        // The node said when it was done; a store that stalls lets it be written minutes later.
        var over = node.LastMaintenance is { } last && last.EndedAt >= under.FeltAt ? last.EndedAt : turn.Now;
        foreach (var i in world.Instances.Values.Where(i => i.Node == node.Id && i.Power == PowerGoal.Running && IsAsked(i, under.Technology)))
        {
            if (WindowOf(i) is { } window && window.IsOpenAt(under.FeltAt) && !window.IsOpenAt(over) && !turn.Ledger.Exists(e => e.Instance == i.Id && e.Reason == WindowLedgerReason.Overrun))
            {
                throw new Broken($"W5: {i.Id} on {node.Id} was taken down inside its window, which is over at {over}, and the ledger is silent.");
            }
        }
    }

    private void Entry(WindowLedgerEntry entry)
    {
        var window = world.Instances.GetValueOrDefault(entry.Instance) is { } i ? WindowOf(i) : null;
        if (entry.Reason == WindowLedgerReason.Unresponsive)
        {
            return;
        }

        if (window is not null && window.IsOpenAt(entry.At))
        {
            throw new Broken($"W2: the ledger says that {entry.Instance} was not kept to its window at {entry.At}, which is open then.");
        }

        if (entry.Reason == WindowLedgerReason.DeadlinePassed && world.InCluster is { } rollout && entry.At < rollout.Part.ForcedAt)
        {
            throw new Broken($"W1: the ledger says at {entry.At} that the time of {rollout.Part.Rollout} is over, which ends at {rollout.Part.ForcedAt}.");
        }

        if (entry.Reason == WindowLedgerReason.SecurityCritical && world.InCluster is { Part.Update.SecurityCritical: false } other)
        {
            throw new Broken($"W2: the ledger says that {other.Part.Rollout} closes a hole, and it does not.");
        }
    }

    private GivenWindow? WindowOf(FabricInstance i) =>
        world.Machines.GetValueOrDefault(i.Owner) is { } m ? world.Windows.GetValueOrDefault($"virtualMachines/{m.Name}")
        : world.Deployments.GetValueOrDefault(i.Owner) is { } d ? world.Windows.GetValueOrDefault($"services/{d.Service}") : null;
}
