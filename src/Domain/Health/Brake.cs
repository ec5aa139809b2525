// L2: what stops the controller from making it worse. The cascade brake, the heartbeat cliff, the cap; and L4, an
// operator who says go on, in writing.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Health;

/// <summary>Decides whether healing and infrastructure work may go on.</summary>
public static class Brake
{
    /// <summary>Looks at the nodes again: the brake goes on or off.</summary>
    public static void Look(Turn turn)
    {
        var (state, brakes) = (turn.State, turn.Settings.Health.Brakes);
        var investigated = state.Nodes.Values.Count(n => n.State == NodeState.HumanInvestigate);
        var threshold = brakes.ThresholdFor(state.Nodes.Count);
        var braked = brakes.Enabled && investigated >= threshold;
        var h = state.Health with { HumanInvestigate = investigated };
        if (braked && h.BrakedSince is null)
        {
            turn.Say("brakeOn", state.Id.Value,
                $"{investigated} nodes are in Human Investigate, the brake is at {threshold}: healing and infrastructure work stop");
            h = h with { BrakedSince = turn.Now };
        }
        else if (!braked && h.BrakedSince is not null)
        {
            turn.Say("brakeOff", state.Id.Value, $"{investigated} nodes are in Human Investigate, the brake is at {threshold}");
            h = h with { BrakedSince = null };
            turn.Put(h);
            NodeWatch.Release(turn);
        }

        turn.Put(h);
    }

    /// <summary>What stops all healing on the cluster now; null when nothing does.</summary>
    public static Blocker? Holds(Turn turn)
    {
        var h = turn.State.Health;
        if (turn.SafeMode)
        {
            return new Blocker(BlockerCodes.SafeMode, turn.Now, turn.State.Id.Value, "Safe mode holds: nothing is changed.", "Safe mode ends.");
        }

        if (h.Override is { } order && turn.Now < order.Until)
        {
            return null;
        }

        return h switch
        {
            { BrakedSince: { } since } => new Blocker(
                BlockerCodes.Brake, since, turn.State.Id.Value,
                $"{h.HumanInvestigate} nodes are in Human Investigate: the cascade brake holds.",
                "Nodes are returned, or an operator overrides the brake."),
            { BlindSince: { } since } => new Blocker(
                BlockerCodes.HeartbeatCliff, since, turn.State.Id.Value,
                $"{h.SilentNodes} nodes fell silent at once: it is likelier that we are blind than that they are dead.",
                "Nodes are heard again, or an operator overrides."),
            _ => null,
        };
    }

    /// <summary>What keeps a silent node from being recovered; null when nothing does.</summary>
    public static Blocker? HoldsNode(Turn turn, FabricNode node)
    {
        LookForCliff(turn, node.Health!.SilentSince!.Value);
        return Holds(turn);
    }

    /// <summary>Nodes were heard again: are we still blind?</summary>
    public static void LookAgain(Turn turn)
    {
        if (turn.State.Health.BlindSince is null)
        {
            return;
        }

        var silent = Silent(turn.State);
        if (!IsCliff(turn, silent))
        {
            turn.Say("cliffOver", turn.State.Id.Value, $"{silent.Count} nodes are still silent; they are looked at one by one");
            turn.Put(turn.State.Health with { BlindSince = null, SilentNodes = 0 });
            NodeWatch.Release(turn);
        }
    }

    // All that fell silent within one window count, wherever the window lies: they are one event.
    private static void LookForCliff(Turn turn, Instant around)
    {
        var (h, window) = (turn.State.Health, turn.Settings.Health.Brakes.CliffWindow);
        if (h.BlindSince is not null)
        {
            return;
        }

        var silent = Silent(turn.State).FindAll(s => s.Since >= around - window && s.Since <= around + window);
        if (IsCliff(turn, silent))
        {
            turn.Say("heartbeatCliff", turn.State.Id.Value,
                $"{silent.Count} of {turn.State.Nodes.Count} nodes in {silent.Select(s => s.Rack).Distinct().Count()} racks fell silent within {window.TotalSeconds:0} s: nothing is healed");
            turn.Put(h with { BlindSince = turn.Now, SilentNodes = silent.Count });
        }
    }

    private static bool IsCliff(Turn turn, List<(Instant Since, RackId Rack)> silent)
    {
        var brakes = turn.Settings.Health.Brakes;
        var least = Math.Max(1, (int)Math.Ceiling(turn.State.Nodes.Count * brakes.CliffShare));
        if (!brakes.Enabled || silent.Count < least)
        {
            return false;
        }

        // The widest window that begins with each of them in turn.
        silent.Sort((a, b) => a.Since.CompareTo(b.Since));
        for (int from = 0, to = 0; from < silent.Count; from++)
        {
            to = Math.Max(to, from);
            while (to < silent.Count && silent[to].Since - silent[from].Since <= brakes.CliffWindow)
            {
                to++;
            }

            if (to - from >= least && silent[from..to].Select(s => s.Rack).Distinct().Count() >= brakes.CliffRacks)
            {
                return true;
            }
        }

        return false;
    }

    private static List<(Instant Since, RackId Rack)> Silent(ClusterState state) =>
        [.. state.Nodes.Values.Where(n => n.Health is { SilentSince: not null, Trouble: NodeTrouble.Silent or NodeTrouble.Recovering })
            .Select(n => (n.Health!.SilentSince!.Value, state.Hardware(n.Id).Rack))];
}
