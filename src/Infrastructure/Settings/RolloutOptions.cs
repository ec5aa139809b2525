// The figures of rollouts as settings (M5, W1): TimeSpans here, calendar types inside.
using NodaTime;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Infrastructure.Settings;

/// <summary>The section <c>Rdfe:Rollouts</c>: what a rollout does where its document says nothing.</summary>
public sealed class RolloutOptions
{
    /// <summary>Nodes of a cluster under way at a time.</summary>
    public int ConcurrentNodes { get; set; } = 100;

    /// <summary>The most nodes that may be asked to be under way at a time.</summary>
    public int MostConcurrentNodes { get; set; } = 1000;

    /// <summary>Nodes of a cluster that may fail before a rollout stops.</summary>
    public int Failures { get; set; } = 3;

    /// <summary>The most instances of a cluster that are moved live before a rollout begins there, where its plan says that it pays (M2).</summary>
    public int MostMoves { get; set; }

    /// <summary>How long after a surprise the nodes that are still ahead are planned anew (M2); fabric time.</summary>
    public TimeSpan ReplanAfter { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Share of the instances that were healthy before, which must be healthy for it to go on (M5).</summary>
    public double HealthyShare { get; set; } = 0.9;

    /// <summary>How long owners of virtual machines choose their own moment (W1).</summary>
    public TimeSpan SelfService { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long tenants' windows are kept to after that (W2).</summary>
    public TimeSpan Scheduled { get; set; } = TimeSpan.FromDays(35);

    /// <summary>How long a previewed plan is bettered, for each cluster (M2); real time.</summary>
    public TimeSpan PlanBudget { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a previewed plan is kept; fabric time.</summary>
    public TimeSpan PlanRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long a rollout that has ended is kept; fabric time. As long as what was done outside windows (W2).</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(366);

    /// <summary>Its stages (M5); canary, pilot and broad where none are named.</summary>
    public IList<RolloutStageOptions> Stages { get; } = [];

    /// <summary>The figures that controllers decide by.</summary>
    public RolloutSettings ToSettings()
    {
        var s = new RolloutSettings
        {
            ConcurrentNodes = ConcurrentNodes,
            MostConcurrentNodes = MostConcurrentNodes,
            Failures = Failures,
            MostMoves = MostMoves,
            ReplanAfter = Duration.FromTimeSpan(ReplanAfter),
            HealthyShare = HealthyShare,
            SelfService = Duration.FromTimeSpan(SelfService),
            Scheduled = Duration.FromTimeSpan(Scheduled),
        };
        return Stages.Count == 0 ? s : s with
        {
            Stages = [.. Stages.Select(x => new RolloutStage(x.Name, x.Clusters, x.Share, Duration.FromTimeSpan(x.Bake)))],
        };
    }

    internal IEnumerable<string> Errors()
    {
        if (ConcurrentNodes < 1 || ConcurrentNodes > MostConcurrentNodes)
        {
            yield return "Rdfe:Rollouts:ConcurrentNodes must be 1 to MostConcurrentNodes.";
        }

        if (Failures < 0 || MostMoves < 0 || HealthyShare is < 0 or > 1)
        {
            yield return "Rdfe:Rollouts:Failures and MostMoves must be 0 or more, HealthyShare 0 to 1.";
        }

        if (SelfService < TimeSpan.Zero || Scheduled < TimeSpan.Zero || ReplanAfter < TimeSpan.Zero || PlanBudget < TimeSpan.Zero || PlanRetention < TimeSpan.Zero)
        {
            yield return "Rdfe:Rollouts:SelfService, Scheduled, ReplanAfter, PlanBudget and PlanRetention must not be below 0.";
        }

        if (Retention <= TimeSpan.Zero)
        {
            yield return "Rdfe:Rollouts:Retention must be above 0.";
        }

        if (Stages.Any(s => s.Name.Length == 0 || s.Clusters < 1 || s.Share is <= 0 or > 1 || s.Bake < TimeSpan.Zero)
            || (Stages.Count > 0 && Stages[^1] is not { Clusters: null, Share: 1 }))
        {
            yield return "Rdfe:Rollouts:Stages have a name, Clusters of 1 or more, a Share above 0 and at most 1, a Bake of 0 or more; the last is for everything.";
        }
    }
}

/// <summary>A stage of a rollout.</summary>
public sealed class RolloutStageOptions
{
    public string Name { get; set; } = "";

    public int? Clusters { get; set; }

    public double Share { get; set; } = 1;

    public TimeSpan Bake { get; set; }
}
