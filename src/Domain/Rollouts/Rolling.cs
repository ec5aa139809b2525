// M1, M2, M5 in one cluster: what orders do to a rollout, and how it goes on: not in rounds but as a stream, a node at a time, as
// soon as the promise allows. It stops at the first sign of harm, is watched when its share is done, and reports.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Rollouts;

/// <summary>Carries a rollout out in a cluster.</summary>
internal static class Rolling
{
    /// <summary>A wave has come to the cluster: the first one, or one with a larger share.</summary>
    public static void Begin(Turn turn, FabricRequest.BeginRollout request)
    {
        var part = request.Part;
        var now = turn.State.Rollout;
        turn.Say("rolloutWaveBegan", turn.State.Id.Value, string.Create(CultureInfo.InvariantCulture,
            $"{part.Rollout}: {part.Stage}, {part.Share * 100:0.#} % of the nodes get {part.Update.Name}"));
        if (now?.Part.Rollout != part.Rollout)
        {
            MaintenancePending.Tell(turn, part);
        }

        turn.Put(now is not null && now.Part.Rollout == part.Rollout
            ? now with { Part = part, Stage = ClusterStage.Working, HeldBecause = null, BakeUntil = null, Blocker = null, Waiting = 0 }
            : new ClusterRollout
            {
                Part = part,
                BeganAt = turn.Now,
                HealthyBefore = HealthGate.Of(turn.State, turn.Now, turn.Settings).Healthy,
            });
        var (order, moves) = part.Order.IsDefaultOrEmpty ? RolloutPlans.Of(turn, part) : (part.Order, part.Moves);
        // The moves are made for all of its nodes, once, when the first share of them is to be done.
        turn.State.Ripples.Arrivals.Clear();
        turn.Put(turn.State.Rollout! with { Order = order, Surprise = null, Moves = now is null && !moves.IsDefault ? moves : turn.State.Rollout.Moves });
    }

    /// <summary>Stands still; nodes that were begun are finished, those that nobody has felt yet are given up.</summary>
    public static void Hold(Turn turn, FabricRequest.HoldRollout request)
    {
        if (Of(turn, request.Rollout) is { } r)
        {
            turn.Say("rolloutHeld", turn.State.Id.Value, $"{request.Rollout}: {request.Because}");
            turn.Put(Withdrawn(turn, r, request.Because) with { HeldBecause = request.Because });
        }
    }

    /// <summary>Goes on; with an order, past what stopped it.</summary>
    public static void Resume(Turn turn, FabricRequest.ResumeRollout request)
    {
        if (Of(turn, request.Rollout) is { } r)
        {
            turn.Say("rolloutResumed", turn.State.Id.Value, request.Order is { } o ? $"{request.Rollout}, by order of {o.By}: {o.Reason}" : request.Rollout);
            turn.Put(r with
            {
                HeldBecause = null,
                Blocker = null,
                Part = r.Part with { Override = request.Order ?? r.Part.Override },
                Stage = r.Stage == ClusterStage.Stopped ? ClusterStage.Working : r.Stage,
            });
        }
    }

    /// <summary>Changes back what it has changed, under the same promise.</summary>
    public static void RollBack(Turn turn, FabricRequest.RollBackRollout request)
    {
        if (Of(turn, request.Rollout) is { } r)
        {
            turn.Say("rolloutRollsBack", turn.State.Id.Value, request.Rollout);
            StagingAhead.End(turn, request.Rollout);
            turn.Put(Withdrawn(turn, r, "rolled back") with
            {
                RollsBack = true,
                HeldBecause = null,
                Stage = ClusterStage.Working,
                BakeUntil = null,
                Blocker = null,
                Waiting = 0,
                // What was tried in vain on the way there may work on the way back.
                Failed = [],
            });
        }
    }

    /// <summary>Nothing more comes of it here. Where it has gone everywhere, new nodes get the update from the start (F3).</summary>
    public static void End(Turn turn, FabricRequest.EndRollout request)
    {
        StagingAhead.End(turn, request.Rollout);
        if (Of(turn, request.Rollout) is { } r)
        {
            turn.Put(Withdrawn(turn, r, "ended"));
            if (r is { Stage: ClusterStage.Done, RollsBack: false } && r.Part.Share >= 1)
            {
                turn.Put(turn.State.Bundles with { Installed = turn.State.Bundles.Installed.With(r.Part.Update.Versions) });
            }

            turn.State.Agenda.Set(Item(turn.State), null);
            turn.Put((ClusterRollout?)null);
        }
    }

    /// <summary>Takes it as far as it can go now.</summary>
    public static void Step(Turn turn)
    {
        if (turn.State.Rollout is not { } before)
        {
            return;
        }

        var r = Replanning.Note(turn, before, Collect(turn, before));
        switch (r.Stage)
        {
            case ClusterStage.Working when r.HeldBecause is null && !turn.SafeMode:
                r = Work(turn, r);
                break;
            case ClusterStage.Baking or ClusterStage.Done when !r.RollsBack:
                r = Watch(turn, GoOn(turn, r));
                break;
        }

        turn.State.Agenda.Set(Item(turn.State), NextLook(turn, r));
        turn.Put(r);
        Report(turn, before, r);
    }

    private static ClusterRollout Work(Turn turn, ClusterRollout r)
    {
        if (WhyStop(turn, r) is { } harm)
        {
            return Stop(turn, r, harm);
        }

        var (next, tenantsOnly) = BeginNext(turn, r);
        if (!next.UnderWay.IsEmpty || (RolloutNodes.Remaining(turn.State, next).Any() && (!tenantsOnly || r.RollsBack)))
        {
            return next;
        }

        if (next.RollsBack)
        {
            turn.Say("rolloutRolledBack", turn.State.Id.Value, next.Part.Rollout);
            return next with { Stage = ClusterStage.Done, Blocker = null };
        }

        turn.Say("rolloutBakes", turn.State.Id.Value, $"{next.Part.Rollout}: {next.Part.Stage}, until {turn.Now + next.Part.Bake}");
        return Watch(turn, Counted(turn, next with { Stage = ClusterStage.Baking, BakeUntil = turn.Now + next.Part.Bake }));
    }

    // Nodes whose tenants' moment comes later are done then, whatever stage the rest is in.
    private static ClusterRollout GoOn(Turn turn, ClusterRollout r) => r.Waiting == 0 ? r
        : Counted(turn, r.HeldBecause is null && !turn.SafeMode ? BeginNext(turn, r).Rollout : r);

    private static ClusterRollout Counted(Turn turn, ClusterRollout r)
    {
        var waiting = RolloutNodes.Remaining(turn.State, r).Count() + r.UnderWay.Length;
        return r with { Waiting = waiting, Blocker = waiting == 0 ? null : r.Blocker };
    }

    private static (ClusterRollout Rollout, bool TenantsOnly) BeginNext(Turn turn, ClusterRollout r)
    {
        if (MovesFirst.Step(turn, r) is ({ Moves.IsDefaultOrEmpty: false } moving, { } waits))
        {
            return (moving with { Blocker = Blocker.AreSame(waits, r.Blocker) ? r.Blocker : waits }, false);
        }

        r = Replanning.Step(turn, r with { Moves = [] });
        // Two that bring versions onto the same nodes would undo each other for ever: what an operator pushes comes first (L4).
        var (next, answer) = turn.State.Bundles.Push is { } push
            ? (r, new QueueAnswer(new Blocker(
                BlockerCodes.Busy, turn.Now, turn.State.Id.Value, $"Bundle {push.Bundle} is being pushed to the cluster's nodes.", "It has ended."), TenantsOnly: false))
            : RolloutNodes.BeginNext(turn, r);
        var seen = !next.UnderWay.IsEmpty ? null : answer.Blocker?.Continuing(r.Blocker);
        var blocker = Blocker.AreSame(seen, r.Blocker) ? r.Blocker : seen;
        return (blocker == next.Blocker ? next : next with { Blocker = blocker }, answer.TenantsOnly);
    }

    private static ClusterRollout Watch(Turn turn, ClusterRollout r)
    {
        if (r.HeldBecause is null && WhyStop(turn, r) is { } harm)
        {
            return Stop(turn, r, harm);
        }

        if (r.Stage == ClusterStage.Done || turn.Now < r.BakeUntil)
        {
            return r;
        }

        turn.Say("rolloutWaveDone", turn.State.Id.Value, $"{r.Part.Rollout}: {r.Part.Stage}");
        return r with { Stage = ClusterStage.Done, BakeUntil = null };
    }

    // The first sign of harm (M5): too many nodes that failed, or too few instances that are well.
    private static string? WhyStop(Turn turn, ClusterRollout r)
    {
        if (r.Part.Override is not null || r.RollsBack)
        {
            return null;
        }

        if (r.Failed.Length > r.Part.MaxFailures)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"{r.Failed.Length} nodes failed, {r.Part.MaxFailures} may; the last: {r.Failed[^1].Node}: {r.Failed[^1].Why}");
        }

        var share = turn.Settings.Rollouts.HealthyShare;
        if (HealthGate.IsEnoughAtOnce(turn.State, r.HealthyBefore, share))
        {
            return null;
        }

        var health = HealthGate.Of(turn.State, turn.Now, turn.Settings);
        return health.IsEnough(r.HealthyBefore, share) ? null : string.Create(CultureInfo.InvariantCulture,
            $"{health.Healthy} instances are healthy; before, {r.HealthyBefore} were, and {share * 100:0.#} % of them are needed");
    }

    private static ClusterRollout Stop(Turn turn, ClusterRollout r, string why)
    {
        turn.Say("rolloutStopped", turn.State.Id.Value, $"{r.Part.Rollout}: {why}");
        return Withdrawn(turn, r, why) with { Stage = ClusterStage.Stopped, HeldBecause = why, BakeUntil = null, Blocker = null };
    }

    // What has come of the nodes under way: their own maintenance says.
    private static ClusterRollout Collect(Turn turn, ClusterRollout r)
    {
        foreach (var t in ChangedUnderWay(turn, r))
        {
            var node = turn.State.Nodes.GetValueOrDefault(t.Node);
            if (GoesOn(node, r))
            {
                continue;
            }

            if (node?.Maintenance is { } m && m.Update == r.Part.Update.Name)
            {
                if (Maintaining.Withdraw(turn, node, "the node is not well"))
                {
                    // Nobody has felt it: it is begun with again when the node is back.
                    r = r.Untouch(t);
                }

                continue;
            }

            if (node?.LastMaintenance is { ClimbsAgain: true } again && again.Update == r.Part.Update.Name)
            {
                // Nobody has felt it, and it can't be done that way: the ladder is climbed again.
                r = r.Untouch(t);
                continue;
            }

            r = r.Ended(t, turn.Now);
            if (node is not null && RolloutNodes.IsRemaining(turn.State, r, node)
                && node.LastMaintenance is { Failure: { } why } last && last.Update == r.Part.Update.Name)
            {
                r = r with { Failed = r.Failed.Add(new NodeFailed(t.Node, why, turn.Now)) };
            }
        }

        return r;
    }

    // A node that is as it was when it was last looked at is under way still. Nearly all that changes about others is that they go on.
    private static IEnumerable<NodeTouched> ChangedUnderWay(Turn turn, ClusterRollout r)
    {
        var ripples = turn.State.Ripples.UnderWay;
        var (all, changed) = (ripples.All, ripples.Nodes.Where(id => !GoesOn(turn.State.Nodes.GetValueOrDefault(id), r)).ToHashSet());
        ripples.Clear();
        return all ? r.UnderWay : changed.Count == 0 ? [] : r.UnderWay.Where(t => changed.Contains(t.Node));
    }

    private static bool GoesOn(FabricNode? node, ClusterRollout r) =>
        node?.Maintenance is { } m && m.Update == r.Part.Update.Name && RolloutNodes.IsThere(node);

    private static ClusterRollout Withdrawn(Turn turn, ClusterRollout r, string why)
    {
        foreach (var t in r.UnderWay)
        {
            if (turn.State.Nodes.GetValueOrDefault(t.Node) is { } node && Maintaining.Withdraw(turn, node, why))
            {
                // Nobody has felt it: it is as if it had not been begun.
                r = r.Untouch(t);
            }
        }

        return r;
    }

    private static Instant? NextLook(Turn turn, ClusterRollout r)
    {
        Instant? next = r.BakeUntil;
        foreach (var at in (Instant?[])[turn.State.Queue?.NextAt, Replanning.At(turn, r), r.Part.SelfServiceUntil, r.Part.ForcedAt])
        {
            next = at > turn.Now && (next is null || at < next) ? at : next;
        }

        return r.Stage is ClusterStage.Working or ClusterStage.Baking || r.Waiting > 0 ? next : null;
    }

    private static void Report(Turn turn, ClusterRollout before, ClusterRollout r)
    {
        if (before.Stage != r.Stage || (before.Waiting > 0 && r.Waiting == 0))
        {
            turn.Shared.Add(new SharedEffect.RolloutReported(r.Part.Rollout, RolloutNodes.ReportOf(turn.State, r)));
        }
    }

    private static ClusterRollout? Of(Turn turn, string rollout) =>
        turn.State.Rollout is { } r && r.Part.Rollout == rollout ? r : null;

    /// <summary>The rollout's item on the cluster's agenda.</summary>
    private static AgendaItem Item(ClusterState state) => new(AgendaKind.Rollout, state.Id.Value);
}
