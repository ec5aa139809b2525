// M2: "it may first move some by live migration, if the plan says it pays". The moves of a rollout's plan are made before its first
// node is begun with; what can't be made is left, and the nodes go in the order of the plan all the same.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Rollouts;

/// <summary>Makes the moves of a plan.</summary>
internal static class MovesFirst
{
    private const string Why = "plan";

    /// <summary>Takes them as far as they can go now: those that are left, and what is waited for; none where all are made or given up.</summary>
    public static (ClusterRollout Rollout, Blocker? Waits) Step(Turn turn, ClusterRollout r)
    {
        if (r.Moves.IsDefaultOrEmpty)
        {
            return (r, null);
        }

        // A plan does not wait for ever for what is to make it faster.
        if (turn.Now > r.BeganAt + turn.Settings.Maintenance.TimeoutSlack + (Latest(r) * turn.Settings.Maintenance.TimeoutFactor))
        {
            turn.Say("plannedMovesLeft", turn.State.Id.Value, $"{r.Part.Rollout}: {r.Moves.Length} were not made in time");
            return (r with { Moves = [] }, null);
        }

        var left = r.Moves.RemoveAll(m => !IsToCome(turn, r, m));
        return left.IsEmpty ? (r with { Moves = left }, null) : (r with { Moves = left }, new Blocker(
            BlockerCodes.Busy, turn.Now, left[0].Instance.Value, $"{left.Length} instances are moved live first, as the plan has it.", "They have moved."));
    }

    // True while it is under way, or need only be waited for.
    private static bool IsToCome(Turn turn, ClusterRollout r, PlannedMove move)
    {
        if (!turn.State.Instances.TryGetValue(move.Instance, out var i) || i.Node != move.From
            || (i.Migration is null && i.LastMigration is { Why: Why } last && last.BeganAt >= r.BeganAt))
        {
            return false;
        }

        if (Migrating.Begin(turn, i, Why, r.Part.Update.Name, to: move.To) is not { Passes: false } no)
        {
            return true;
        }

        turn.Say("plannedMoveLeft", i.Id.Value, $"{move.From} -> {move.To}: {no.Sentence}");
        return false;
    }

    private static Duration Latest(ClusterRollout r) => r.Moves.Max(m => m.Ends) - r.Moves.Min(m => m.Starts);
}
