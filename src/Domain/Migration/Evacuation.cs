// M4, M7, H4: everything that runs on a node goes elsewhere as it runs. Whoever wants that calls it in each turn until the node is
// empty; it keeps nothing of its own, so that it can be begun, repeated and given up at any time.
using System.Collections.Immutable;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;

namespace Rdfe.Domain.Migration;

/// <summary>An instance that has not begun to move.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Why">Why not.</param>
public sealed record NotMoved(InstanceId Instance, WhyNotMoved Why);

/// <summary>How far the emptying of a node is.</summary>
/// <param name="Moving">Instances under way.</param>
/// <param name="Waiting">Instances that will move when others have, or when they are well.</param>
/// <param name="Stuck">Instances that can't be moved as they run.</param>
public sealed record EvacuationState(int Moving, ImmutableArray<NotMoved> Waiting, ImmutableArray<NotMoved> Stuck)
{
    /// <summary>Nothing that shall run is left.</summary>
    public bool IsEmpty => Moving == 0 && Waiting.IsEmpty && Stuck.IsEmpty;

    /// <summary>Nothing more comes of it: nobody is under way, and somebody can't be moved.</summary>
    public bool IsStuck => Moving == 0 && !Stuck.IsEmpty;
}

/// <summary>Empties nodes live.</summary>
public static class Evacuation
{
    /// <summary>
    /// Takes it as far as it can go now, and says how far that is. That nobody is placed there meanwhile is the caller's affair (a
    /// node that is not ready, or under maintenance, takes nobody); so is what becomes of those who are stuck.
    /// </summary>
    /// <param name="turn">The turn.</param>
    /// <param name="node">The node.</param>
    /// <param name="why">What for, see <see cref="Migrating.Begin"/>.</param>
    /// <param name="update">The host update that it makes way for; null for none.</param>
    /// <param name="overCeilings">True where owners' ceilings were asked before, or are overruled.</param>
    public static EvacuationState Go(Turn turn, NodeId node, string why, string? update = null, bool overCeilings = false)
    {
        var (moving, waiting, stuck) = (0, ImmutableArray.CreateBuilder<NotMoved>(), ImmutableArray.CreateBuilder<NotMoved>());
        foreach (var i in turn.State.On(node).Where(i => i.Power != PowerGoal.Stopped)
            .OrderByDescending(i => i.Needs.Cores).ThenBy(i => i.Id.Value, StringComparer.Ordinal).ToList())
        {
            if (i.Power == PowerGoal.Absent)
            {
                waiting.Add(new NotMoved(i.Id, new("leaving", $"{i.Name} is going.", Passes: true)));
            }
            else if (Migrating.Begin(turn, i, why, update, overCeilings) is { } no)
            {
                (no.Passes ? waiting : stuck).Add(new NotMoved(i.Id, no));
            }
            else
            {
                moving++;
            }
        }

        return new(moving, waiting.ToImmutable(), stuck.ToImmutable());
    }

    /// <summary>Calls off what is under way from a node.</summary>
    public static void GiveUp(Turn turn, NodeId node, string because)
    {
        foreach (var i in turn.State.On(node).Where(i => i.Migration is not null).ToList())
        {
            Migrating.Cancel(turn, i, because);
        }
    }

    /// <summary>
    /// An act that moves a running instance to another node by a start there, at the platform's wish: where it can be moved as it
    /// runs, that is done instead (M7, H1). True when nothing more is to be done about the act now.
    /// </summary>
    internal static bool Instead(Turn turn, FabricInstance i, PlannedAct act)
    {
        if (act is not { Kind: ActKind.Move, Origin: not ActOrigin.User, Stage: ActStage.Waiting } || !turn.Settings.Maintenance.LiveMigration.Evacuates
            || !i.IsHealthy || MayMigrate.Learnt(i, turn.Now, turn.Settings.Maintenance) is not null)
        {
            return false;
        }

        // Nobody is moved before its time, in whichever way (W3).
        if (ActNotices.Holds(turn, i, act) is not null)
        {
            return false;
        }

        // Of all that could be done this is felt least, so no ceiling is in its way that a start elsewhere would not break first.
        if (Migrating.Begin(turn, i, act.Why, overCeilings: true, otherwise: act) is not { } no)
        {
            ActNotices.Start(turn, turn.State.Instances[i.Id], act);
            return true;
        }

        if (no is not { Code: WhyNotMoved.OthersFirst })
        {
            return false;
        }

        if (act.Blocker is not { Code: BlockerCodes.Busy } || act.Blocker.Resource != i.Node!.Value.Value)
        {
            turn.Put(i with
            {
                Planned = act with { Blocker = new Blocker(BlockerCodes.Busy, turn.Now, i.Node!.Value.Value, no.Sentence, "Those before it have moved.") },
            });
        }

        return true;
    }
}
