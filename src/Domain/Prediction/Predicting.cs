// H4, M7: a node that is likely to fail is emptied before it does, by the way of every node that is taken out: nothing new comes,
// and each of its guests asks the promise. Bounded: by the brakes, and by how many may be out on a mere prediction at once.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Prediction;

/// <summary>Predicts failures, and acts upon it.</summary>
internal static class Predicting
{
    /// <summary>An agent reports signals. They are facts, and recorded as such; what follows is looked at at the turn's end.</summary>
    public static void Reported(Turn turn, FabricEvent.SignalsReported e)
    {
        if (turn.State.Nodes.TryGetValue(e.Node, out var node) && !node.State.IsProvisioning() && node.State is not (NodeState.PoweredOff or NodeState.Decommissioned))
        {
            var next = (node.Evidence ?? NodeEvidence.None).With(new SignalReport(e.At, e.Counts), turn.Settings.Prediction);
            if (!ReferenceEquals(next, node.Evidence))
            {
                turn.Put(node with { Evidence = next with { HeldBecause = next.IsLikely ? next.HeldBecause : null } });
            }
        }
    }

    /// <summary>Empties the nodes that are likely to fail, the likeliest first, as far as the limits allow.</summary>
    public static void Step(Turn turn)
    {
        var (s, suspects) = (turn.Settings.Prediction, turn.State.Suspects);
        if (suspects.Count == 0 || !s.Enabled)
        {
            return;
        }

        foreach (var (node, prediction) in suspects.Select(n => (Node: n, Now: n.Evidence!.Of(turn.Now, s)))
            .OrderByDescending(p => p.Now.Score).ThenBy(p => p.Node.Id.Value, StringComparer.Ordinal).ToList())
        {
            if (prediction.Probability < s.Threshold)
            {
                // It was held back, and has been quiet since.
                turn.Put(node with { Evidence = node.Evidence! with { IsLikely = false, HeldBecause = null } });
            }
            else if (WhyNot(turn, node) is { } held)
            {
                Hold(turn, node, held);
            }
            else
            {
                Empty(turn, node, prediction);
            }
        }
    }

    private static string? WhyNot(Turn turn, FabricNode node)
    {
        var (state, s) = (turn.State, turn.Settings.Prediction);
        if (Brake.Holds(turn) is { } brake)
        {
            return brake.Detail;
        }

        if (!node.IsWell || node.Maintenance is not null || node.Install is not null)
        {
            return "Something is under way on it; it ends first.";
        }

        var (gone, most) = (state.Nodes.Values.Count(n => n.Health is { Prediction: not null }), s.MostOutOf(state.Nodes.Count));
        return gone >= most ? $"{gone} nodes are out by prediction, {most} may be: return one first." : null;
    }

    private static void Hold(Turn turn, FabricNode node, string held)
    {
        if (node.Evidence!.HeldBecause != held)
        {
            turn.Say("predictionHeld", node.Id.Value, held);
            turn.Put(node with { Evidence = node.Evidence with { HeldBecause = held } });
        }
    }

    private static void Empty(Turn turn, FabricNode node, NodePrediction prediction)
    {
        turn.Decides = true;
        turn.Say("nodePredicted", node.Id.Value, prediction.Why);
        foreach (var i in turn.State.On(node.Id).Where(i => i is { Power: PowerGoal.Running }).ToList())
        {
            // It can't wait for a window (W1, W2); its owner can read of it.
            WindowLedger.Note(turn, i, WindowLedgerReason.HardwareFailure, "Moved to another node: the one that it is on is likely to fail.");
        }

        NodeWatch.TakeOut(
            turn,
            node with
            {
                Health = (node.Health ?? new NodeHealth()) with { Prediction = prediction.Why },
                Evidence = node.Evidence! with { HeldBecause = null },
            },
            NodeState.OutForRepair, NodeTrouble.Evacuating, prediction.Why);
    }
}
