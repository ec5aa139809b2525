// Maintenance as it is answered: what a node is going through, and what it did to instances (M6).
using NodaTime;
using Rdfe.Api.Features.Deployments;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Api.Features.HostUpdates;

/// <summary>What one maintenance did to an instance.</summary>
/// <param name="Update">The update of hosts.</param>
/// <param name="Technology">How it was done in the end.</param>
/// <param name="PredictedPause">How long it was predicted not to run; absent where it came later.</param>
/// <param name="MeasuredPause">How long it did not run.</param>
/// <param name="At">When it was over.</param>
public sealed record PastMaintenanceView(
    string Update, Technology Technology, Duration? PredictedPause, Duration MeasuredPause, Instant At)
{
    public static IReadOnlyList<PastMaintenanceView> Of(FabricInstance? i) =>
        [.. (i?.LastMaintenance ?? []).Select(m => new PastMaintenanceView(m.Update, m.Technology, m.Predicted, m.Measured, m.At))];
}

/// <summary>Why a technology with less impact was not taken.</summary>
public sealed record RuledOutView(Technology Technology, RuledOutBy By, string Code, string Sentence);

/// <summary>A phase that a node came to.</summary>
public sealed record MaintenancePhaseView(MaintenancePhase Phase, Instant At);

/// <summary>Maintenance that is under way on a node.</summary>
/// <param name="Update">The update of hosts.</param>
/// <param name="Technology">How it is done: as was chosen, or the reboot that it has come to.</param>
/// <param name="Stage">How far it has come, as its controller sees it.</param>
/// <param name="Phases">Phases that it came to, in order.</param>
/// <param name="Attempt">Which try.</param>
/// <param name="RuledOut">Technologies with less impact, and what ruled each of them out.</param>
/// <param name="Blocker">What it waits for; absent while nothing holds it.</param>
public sealed record NodeMaintenanceView(
    string Update, Technology Technology, MaintenanceStage Stage, IReadOnlyList<MaintenancePhaseView> Phases, int Attempt, Instant BeganAt,
    IReadOnlyList<RuledOutView> RuledOut, BlockerView? Blocker)
{
    public static NodeMaintenanceView? Of(FabricNode node) => node.Maintenance is not { } m
        ? null
        : new(m.Update, m.Technology, m.Stage, [.. m.Phases.Select(p => new MaintenancePhaseView(p.Phase, p.At))], m.Attempt, m.BeganAt,
            [.. m.Choice.Better.SelectMany(r => r.RuledOut.Select(o => new RuledOutView(r.Technology, o.By, o.Code, o.Sentence)))],
            BlockerView.Of(m.Blocker));
}

/// <summary>How the last maintenance of a node ended.</summary>
/// <param name="Failure">Why it came to nothing; absent where it did not.</param>
/// <param name="RebootedAt">When the node last booted for maintenance; absent where it never did.</param>
public sealed record PastNodeMaintenanceView(
    string Update, Technology Technology, Instant BeganAt, Instant EndedAt, string? Failure, Instant? RebootedAt)
{
    public static PastNodeMaintenanceView? Of(FabricNode node) => node.LastMaintenance is { } m
        ? new(m.Update, m.Technology, m.BeganAt, m.EndedAt, m.Failure, m.RebootedAt)
        : null;
}
