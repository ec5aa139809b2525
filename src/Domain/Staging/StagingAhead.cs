// F4: "a host OS update is staged as an image on each node before anything reboots" ([1]: the FC stages a new version of the OS on each
// server, and then instructs the agents to reboot into it). As soon as a rollout is there, the nodes of all its clusters fetch its image,
// as many at a time as the network bears (StagingPipe.cs), in the plan's order. Nobody feels it: nothing is drained, the promise is not
// asked, no turn is taken. It never holds a rollout up: a node that has not got it by its turn fetches it then.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Staging;

/// <summary>Stages ahead of time.</summary>
internal static class StagingAhead
{
    /// <summary>A rollout is to come: its image is brought to the nodes. One at a time; what another one has staged is forgotten.</summary>
    public static void Begin(Turn turn, FabricRequest.StageAhead request)
    {
        if (!turn.Settings.Maintenance.Staging.Ahead || turn.State.Staging.Present?.Rollout == request.Rollout)
        {
            return;
        }

        var staging = new ClusterStaging(request.Rollout, request.Update, request.ImageMib, request.Order, turn.Now);
        var nodes = turn.State.Nodes.Values.Count(n => Needs(turn.State, staging, n));
        turn.Say("stagingBegan", turn.State.Id.Value,
            $"{request.Rollout}: {request.Update.Image}, {StagingPipe.Forecast(turn.State.Cluster.Network, nodes, request.ImageMib, turn.Settings.Maintenance.Staging).Sentence}");
        turn.Put(staging);
        ForgetOthers(turn);
    }

    /// <summary>The rollout is over here, or goes back: what was staged for it and is not needed is forgotten.</summary>
    public static void End(Turn turn, string rollout)
    {
        if (turn.State.Staging.Present?.Rollout == rollout)
        {
            turn.Put((ClusterStaging?)null);
            ForgetOthers(turn);
        }
    }

    /// <summary>Takes it as far as it can go now.</summary>
    public static void Step(Turn turn)
    {
        if (turn.State.Staging.Present is not { } staging)
        {
            return;
        }

        var queue = StagingQueue.Of(turn, staging);
        if (turn.Everything)
        {
            ForgetOthers(turn);
        }

        foreach (var id in turn.Nodes.OrderBy(n => n.Value, StringComparer.Ordinal).ToList())
        {
            Look(turn, queue, staging, turn.State.Nodes[id]);
        }

        if (!IsHeld(turn, staging))
        {
            BeginNext(turn, queue, staging);
        }

        if (staging.DoneAt is null && queue.Count == 0 && turn.State.Staging.FetchingCount == 0 && turn.State.Staging.RetryingCount == 0)
        {
            turn.Say("stagingDone", turn.State.Id.Value, string.Create(CultureInfo.InvariantCulture,
                $"{staging.Rollout}: {turn.State.Staging.StagedCount} nodes hold {staging.Update.Image} after {(turn.Now - staging.BeganAt).TotalMinutes:0.#} min"));
            turn.Put(staging with { DoneAt = turn.Now });
        }
    }

    /// <summary>A node has fetched it, or could not.</summary>
    public static void Answered(Turn turn, FabricEvent.ImageStaged e)
    {
        if (!turn.State.Nodes.TryGetValue(e.Node, out var node) || node.Staging is not { Stage: StagingStage.Fetching } s || s.Generation != e.Generation)
        {
            return;
        }

        if (e.Failure is { } why)
        {
            AgainLater(turn, node, why);
        }
        else
        {
            turn.Put(node with { Staging = s with { Stage = StagingStage.Staged, StagedAt = e.At, Deadline = null, Why = null } });
        }
    }

    /// <summary>An agent says what its node holds: what was lost is fetched again, what is not wanted is forgotten.</summary>
    public static void Connected(Turn turn, FabricEvent.HostAgentConnected e)
    {
        if (!turn.State.Nodes.TryGetValue(e.Node, out var node))
        {
            return;
        }

        var held = e.Held is { } h && h.Generation == node.StagingGeneration && node.Staging is not null ? h : null;
        if (e.Held is not null && held is null)
        {
            Forget(turn, node with { StagingGeneration = Math.Max(node.StagingGeneration, e.Held.Generation) });
        }
        else if (node.Staging is { Stage: StagingStage.Fetching } fetching)
        {
            if (held is { IsWhole: true })
            {
                Answered(turn, new FabricEvent.ImageStaged(e.At, node.Id, fetching.Generation, null));
            }
            else if (held is null)
            {
                // What it had of it was lost with a boot, or it was never told: it begins anew, in the time that it has.
                turn.Ask(EffectOf(turn, node));
            }
        }
        else if (node.Staging is { Stage: StagingStage.Staged } && held is not { IsWhole: true } && node.Maintenance is null)
        {
            turn.Say("stagedImageLost", node.Id.Value, node.Staging.Image);
            turn.Put(node with { Staging = null });
        }
    }

    /// <summary>A fetch was not over in time, or the moment of another try has come.</summary>
    public static void DeadlinePassed(Turn turn, NodeId id)
    {
        if (!turn.State.Nodes.TryGetValue(id, out var node) || node.Staging is not { Deadline: { } due } s || due > turn.Now)
        {
            return;
        }

        if (s.Stage == StagingStage.Fetching)
        {
            AgainLater(turn, node, string.Create(CultureInfo.InvariantCulture, $"not fetched within {(turn.Now - s.BeganAt).TotalMinutes:0} min"));
        }
        else
        {
            // The end of the turn puts it into the queue.
            turn.Put(node with { Staging = s with { Deadline = null } });
        }
    }

    /// <summary>After a restart: what was told and not answered is told again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var node in Holding(turn).Where(n => n.Staging!.Stage == StagingStage.Fetching && turn.State.Staging.Present is not null))
        {
            turn.Ask(EffectOf(turn, node));
        }
    }

    /// <summary>True for a node that has not begun to fetch what it needs, and could.</summary>
    public static bool IsToFetch(ClusterState state, ClusterStaging staging, FabricNode node) =>
        Needs(state, staging, node) && RolloutNodes.IsThere(node) && node.Maintenance is null
        && node.Staging is null or { Stage: StagingStage.Retrying, Deadline: null };

    /// <summary>True for a node that the rollout will come to.</summary>
    public static bool Needs(ClusterState state, ClusterStaging staging, FabricNode node) =>
        RolloutNodes.IsFor(state, node) && !staging.Update.Versions.IsIn(node.Versions)
        && !(state.Rollout is { } r && r.Part.Rollout == staging.Rollout && r.HasFailedOn(node.Id));

    // What stops all that the platform wants of nodes stops this as well, and so does whoever holds the rollout.
    private static bool IsHeld(Turn turn, ClusterStaging staging) =>
        Brake.Holds(turn) is not null || (turn.State.Rollout is { HeldBecause: not null } r && r.Part.Rollout == staging.Rollout);

    private static void Look(Turn turn, StagingQueue queue, ClusterStaging staging, FabricNode node)
    {
        // A node that is provisioned anew loses what was on its disk; one that has the update has no use for the image any more.
        if (node.Staging is { } s && (!s.IsOf(staging.Update) || staging.Update.Versions.IsIn(node.Versions)
            || node.State.IsProvisioning() || node.State is NodeState.PoweredOff or NodeState.Decommissioned))
        {
            Forget(turn, node);
            node = turn.State.Nodes[node.Id];
        }

        queue.Keep(node.Id, IsToFetch(turn.State, staging, node));
    }

    private static void BeginNext(Turn turn, StagingQueue queue, ClusterStaging staging)
    {
        if (queue.Count == 0)
        {
            return;
        }

        // Whoever fetches in its own turn takes a strip of the same pipe.
        var s = turn.Settings.Maintenance;
        var free = StagingPipe.AtATime(turn.State.Cluster.Network, s.Staging) - turn.State.Staging.FetchingCount
            - turn.State.Maintained.Count(n => n.Maintenance is { Stage: MaintenanceStage.Staging, Choice: { IsStaged: false, Update.Image: not null } });
        while (free > 0 && queue.Next() is { } id)
        {
            var node = turn.State.Nodes[id];
            if (!IsToFetch(turn.State, staging, node))
            {
                continue;
            }

            turn.Decides = true;
            var next = node with
            {
                StagingGeneration = node.StagingGeneration + 1,
                Staging = new NodeStaging
                {
                    Generation = node.StagingGeneration + 1,
                    Update = staging.Update.Name,
                    Image = staging.Update.Image!,
                    Versions = staging.Update.Versions,
                    Attempt = (node.Staging?.Attempt ?? 0) + 1,
                    BeganAt = turn.Now,
                    Deadline = turn.Now + (StagingPipe.Fetch(staging.ImageMib, s.Staging) * s.TimeoutFactor) + s.TimeoutSlack,
                    Why = node.Staging?.Why,
                },
            };
            turn.Put(next);
            turn.Ask(EffectOf(turn, next));
            free--;
        }
    }

    private static FabricEffect.StageImage EffectOf(Turn turn, FabricNode node) => new(
        node.Id, node.Staging!.Generation, node.Staging.Image, turn.State.Staging.Present!.ImageMib, node.Staging.Versions,
        turn.Settings.Maintenance.Staging.NodeMbps);

    private static void AgainLater(Turn turn, FabricNode node, string why)
    {
        var (s, settings) = (node.Staging!, turn.Settings.Maintenance.Staging);
        var again = s.Attempt < settings.Tries;
        turn.Say(again ? "stagingFailed" : "stagingGivenUp", node.Id.Value, $"{s.Image}: {why}");
        turn.Put(node with
        {
            Staging = s with
            {
                Stage = again ? StagingStage.Retrying : StagingStage.GivenUp,
                Deadline = again ? turn.Now + (settings.RetryAfter * Math.Pow(2, s.Attempt - 1)) : null,
                Why = why,
            },
        });
    }

    private static void ForgetOthers(Turn turn)
    {
        foreach (var node in Holding(turn).Where(n => turn.State.Staging.Present is not { } s || !n.Staging!.IsOf(s.Update)))
        {
            Forget(turn, node);
        }
    }

    private static IEnumerable<FabricNode> Holding(Turn turn) => turn.State.Staging.Holding.Select(id => turn.State.Nodes[id]);

    // Said again for as long as the node's agent says that it holds something: the space is given back in the end.
    private static void Forget(Turn turn, FabricNode node)
    {
        var next = node with { StagingGeneration = node.StagingGeneration + 1, Staging = null };
        turn.Put(next);
        turn.Ask(new FabricEffect.ForgetImage(next.Id, next.StagingGeneration));
    }
}
