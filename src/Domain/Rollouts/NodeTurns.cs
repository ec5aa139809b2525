// M1, M2: whose turn is it? Two nodes that the promise keeps apart are not both begun with: what is fetched, and told to guests,
// long before it happens would be of no use to them. So a node begins when those that it excludes are done, or so nearly done that
// its own beginning, which nobody feels, fills the rest of the time; and it lets those go first that come before it in the plan.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Rollouts;

/// <summary>Asks whose turn it is.</summary>
internal static class NodeTurns
{
    /// <summary>What the other nodes, and the promise, make a node wait for; null where it is its turn.</summary>
    public static NodeWaits? Forbids(Turn turn, RolloutQueue queue, FabricNode node, MaintenanceChoice choice)
    {
        if (!choice.TakesOffline(turn.Settings.Maintenance))
        {
            return null;
        }

        var running = turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Running).ToList();
        var lead = LeadOf(turn, choice);
        var (last, first) = ((NodeWaits?)null, (NodeWaits?)null);
        foreach (var (other, mine) in NodeExclusions.Of(turn.State, node.Id))
        {
            if (other.Maintenance is { } m)
            {
                var end = EndOf(turn, m);
                if (end - lead > turn.Now && !(last?.AskAt > end - lead))
                {
                    last = new(Blocked(turn, BlockerCodes.Promise, other, mine, $"is given {m.Update}"), end - lead,
                        new UnderWayAt(other.Id, m.Generation, m.Stage), ComesNext: true);
                }
            }
            else if (last is null && queue.ComesBefore(other.Id, node.Id, turn.Now) is { } at && at < turn.Now + choice.NodeTakes
                && !(first?.AskAt > at + choice.NodeTakes))
            {
                first = new(Blocked(turn, BlockerCodes.Yields, other, mine, "comes first"), at + choice.NodeTakes, ComesNext: true);
            }
        }

        return last ?? first ?? Promised(turn, running);
    }

    // Those of whom nobody knows how long they stay down. Who is down with a node that is nearly done does not count.
    private static NodeWaits? Promised(Turn turn, List<FabricInstance> running)
    {
        if (Promise.ForbidsAll(turn.State, running, turn.Now, turn.Settings.Health) is not { } blocker)
        {
            return null;
        }

        var holding = running.Where(i => i.Group is not null)
            .SelectMany(i => turn.State.DownIn(i.Group!.Value).Where(d => d.UpdateDomain != i.UpdateDomain && Promise.Holds(d, turn.Now, turn.Settings.Health)))
            .ToList();
        return holding.Count > 0 && holding.TrueForAll(d => d.Node is { } n && turn.State.Nodes[n].Maintenance is { Stage: MaintenanceStage.Draining or MaintenanceStage.Working })
            ? null
            : NodeWaits.For(blocker);
    }

    // When what a node is given will have been felt, as predicted; now for one that is late, or waits and nobody knows how long.
    private static Instant EndOf(Turn turn, NodeMaintenance m)
    {
        if (!m.Choice.TakesOffline(turn.Settings.Maintenance))
        {
            return turn.Now;
        }

        var (lead, felt) = (LeadOf(turn, m.Choice), FeltOf(turn, m.Choice));
        return m.Stage switch
        {
            MaintenanceStage.Waiting when m.Blocker is { Code: not BlockerCodes.ScheduledEvent } b && turn.Now - b.Since >= turn.Settings.Health.HoldLimit => turn.Now,
            MaintenanceStage.Staging or MaintenanceStage.Waiting => Instant.Max(turn.Now, m.BeganAt + lead) + felt,
            MaintenanceStage.Draining or MaintenanceStage.Working =>
                (m.Phases.FirstOrDefault(p => p.Phase == MaintenancePhase.Draining)?.At ?? m.BeganAt) + felt,
            _ => turn.Now,
        };
    }

    // From the beginning until it may be felt: it is fetched while guests get ready (F4, W3).
    private static Duration LeadOf(Turn turn, MaintenanceChoice choice) => Duration.Max(NodeNotices.Lead(turn, choice), StagingOf(turn, choice));

    // What is felt of what a node is given.
    private static Duration FeltOf(Turn turn, MaintenanceChoice choice) => choice.NodeTakes - StagingOf(turn, choice);

    private static Duration StagingOf(Turn turn, MaintenanceChoice choice) =>
        choice.Fetches(turn.Settings.Maintenance);

    private static Blocker Blocked(Turn turn, string code, FabricNode other, FabricInstance mine, string does) => new(
        code, turn.Now, other.Id.Value,
        string.Create(CultureInfo.InvariantCulture, $"{other.Id} {does}, and has another update domain of {mine.Role} than {mine.Name}."), "It is done.");
}
