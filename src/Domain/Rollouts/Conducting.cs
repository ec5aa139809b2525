// M5: which cluster goes when. Pure: what a report or an order makes of a rollout, and what clusters are told. The front end's
// unit keeps both in one commit, so that no wave is lost or told twice.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Rollouts;

/// <summary>What becomes of a rollout, and what clusters are told.</summary>
/// <param name="Rollout">The rollout as it is from now on.</param>
/// <param name="Told">What clusters are told, in order.</param>
public sealed record Conducted(Rollout Rollout, ImmutableArray<(ClusterId Cluster, FabricRequest Request)> Told);

/// <summary>Conducts rollouts over clusters.</summary>
public static class Conducting
{
    /// <summary>The first wave; all clusters, those of later waves too, are told what their nodes are to fetch meanwhile (F4).</summary>
    public static Conducted Begin(Rollout rollout)
    {
        var begun = Next(rollout with
        {
            Clusters = [.. rollout.Waves.SelectMany(w => w.Targets).Select(t => t.Cluster).Distinct()
                .OrderBy(c => c.Value, StringComparer.Ordinal).Select(c => new ClusterReport(c, ClusterStage.NotStarted))],
        }, 0, rollout.CreatedAt);
        return !rollout.StagesAhead ? begun : begun with
        {
            Told =
            [
                .. Tell(begun.Rollout, _ => true, c => new FabricRequest.StageAhead(
                    rollout.Name, rollout.Update, rollout.ImageMib, OrderOf(rollout, c.Cluster)?.Nodes ?? [])),
                .. begun.Told,
            ],
        };
    }

    /// <summary>A cluster has come somewhere.</summary>
    public static Conducted Reported(Rollout rollout, ClusterReport report, Instant now)
    {
        if (rollout.Ended)
        {
            return new(rollout, []);
        }

        var next = rollout with { Clusters = [.. rollout.Clusters.Select(c => c.Cluster == report.Cluster ? report : c)] };
        return next.Status switch
        {
            RolloutStatus.RollingBack when next.Clusters.All(c => c.Stage is ClusterStage.Done or ClusterStage.NotStarted) =>
                EndThere(next, RolloutStatus.RolledBack, now),
            RolloutStatus.Running when report.Stage == ClusterStage.Stopped => Pause(next, $"{report.Cluster}: {report.Why}"),
            RolloutStatus.Running => Onward(next, now),
            _ => new(next, []),
        };
    }

    /// <summary>Stops it; nodes that were begun are finished.</summary>
    public static Conducted Pause(Rollout rollout, string because) => new(
        rollout with { Status = RolloutStatus.Paused, PausedBecause = because },
        Tell(rollout, IsActive, _ => new FabricRequest.HoldRollout(rollout.Name, because)));

    /// <summary>Goes on where it was stopped; with an order, past what stopped it.</summary>
    public static Conducted Resume(Rollout rollout, RolloutOrder? order, Instant now)
    {
        var next = rollout with { Status = RolloutStatus.Running, PausedBecause = null, Override = order ?? rollout.Override };
        next = next with
        {
            Clusters = [.. next.Clusters.Select(c => c.Stage == ClusterStage.Stopped ? c with { Stage = ClusterStage.Working, Why = null } : c)],
        };
        var onward = Onward(next, now);
        return onward with
        {
            Told =
            [
                .. Tell(next, IsActive, _ => new FabricRequest.ResumeRollout(rollout.Name, order)),
                .. onward.Told,
            ],
        };
    }

    /// <summary>Ends it; nodes keep what they have, and those that were begun are finished.</summary>
    public static Conducted Cancel(Rollout rollout, Instant now) => EndThere(rollout, RolloutStatus.Canceled, now);

    /// <summary>Changes back what it has changed, in all clusters that it has come to, under the same promise.</summary>
    public static Conducted RollBack(Rollout rollout, Instant now)
    {
        var back = rollout with
        {
            Status = RolloutStatus.RollingBack,
            PausedBecause = null,
            Clusters = [.. rollout.Clusters.Select(c => c.Stage == ClusterStage.NotStarted ? c : c with { Stage = ClusterStage.Working, Why = null })],
        };
        return back.Clusters.All(c => c.Stage == ClusterStage.NotStarted)
            ? EndThere(back, RolloutStatus.RolledBack, now)
            : new(back,
            [
                .. Tell(back, c => c.Stage == ClusterStage.NotStarted && back.StagesAhead, _ => new FabricRequest.EndRollout(rollout.Name)),
                .. Tell(back, c => c.Stage == ClusterStage.Working, _ => new FabricRequest.RollBackRollout(rollout.Name)),
            ]);
    }

    private static bool IsActive(ClusterReport c) => c.Stage is ClusterStage.Working or ClusterStage.Baking || c.Waiting > 0;

    // The next wave begins when every cluster of this one is done and well. Who may take a month to choose a moment holds up
    // nobody else; but the rollout is over only when they are done as well (W1).
    private static Conducted Onward(Rollout rollout, Instant now)
    {
        var wave = rollout.Waves[rollout.Wave].Targets.Select(t => t.Cluster).ToHashSet();
        return rollout.Clusters.Where(c => wave.Contains(c.Cluster)).All(c => c.Stage == ClusterStage.Done)
            ? Next(rollout, rollout.Wave + 1, now)
            : new(rollout, []);
    }

    private static Conducted Next(Rollout rollout, int wave, Instant now)
    {
        if (wave >= rollout.Waves.Length)
        {
            return rollout.Clusters.All(c => c.Waiting == 0) ? EndThere(rollout, RolloutStatus.Succeeded, now) : new(rollout, []);
        }

        var (next, targets) = (rollout.Waves[wave], rollout.Waves[wave].Targets);
        var begun = rollout with
        {
            Wave = wave,
            Clusters = [.. rollout.Clusters.Select(c => targets.Any(t => t.Cluster == c.Cluster) ? c with { Stage = ClusterStage.Working } : c)],
        };
        return new(begun, [.. targets.Select(t => (t.Cluster, Order: OrderOf(rollout, t.Cluster), t.Share)).Select(t =>
            (t.Cluster, (FabricRequest)new FabricRequest.BeginRollout(new RolloutPart(
                rollout.Name, rollout.Update, wave, next.Stage, t.Share, next.Bake, rollout.Spec.MaxConcurrentNodes, rollout.Spec.MaxFailures,
                rollout.SelfServiceUntil, rollout.ForcedAt, rollout.Override, t.Order?.Nodes ?? [], t.Order?.Moves ?? []))))]);
    }

    private static ApprovedOrder? OrderOf(Rollout rollout, ClusterId cluster) => rollout.Orders.FirstOrDefault(o => o.Cluster == cluster);

    // Clusters that it has come to are told, so that they are free for the next one; the others, where they hold something of it.
    private static Conducted EndThere(Rollout rollout, RolloutStatus status, Instant now) => new(
        rollout with { Status = status, EndedAt = now, PausedBecause = null },
        Tell(rollout, c => c.Stage != ClusterStage.NotStarted || rollout.StagesAhead, _ => new FabricRequest.EndRollout(rollout.Name)));

    private static ImmutableArray<(ClusterId, FabricRequest)> Tell(
        Rollout rollout, Func<ClusterReport, bool> whom, Func<ClusterReport, FabricRequest> what) =>
        [.. rollout.Clusters.Where(whom).Select(c => (c.Cluster, what(c)))];
}
