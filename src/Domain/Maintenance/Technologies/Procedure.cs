// M4: a technology as data: its phases in order, what guests and agents feel in each, and what a failure in it comes to. The
// ladder adds them up, hosts go through them, controllers know by them what silence to expect: one table for all three.
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using NodaTime;

namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>What guests are in a phase.</summary>
public enum GuestsAre
{
    /// <summary>They run.</summary>
    Running,

    /// <summary>They are paused with their memory.</summary>
    Paused,

    /// <summary>They are down, and start again.</summary>
    Down,
}

/// <summary>What a failure in a phase comes to.</summary>
public enum FailureComesTo
{
    /// <summary>The node is as it was before.</summary>
    Nothing,

    /// <summary>There is no way back and none forward with what is in memory: the node boots, and its guests with it.</summary>
    Reboot,
}

/// <summary>One phase of a technology.</summary>
/// <param name="Phase">Its name.</param>
/// <param name="Typical">How long it takes typically; what really happens is drawn around it.</param>
/// <param name="Most">How long it may take at most; null where nothing bounds it.</param>
/// <param name="Guests">What guests are meanwhile.</param>
/// <param name="AgentSilent">The host agent says nothing meanwhile, and nobody has to wonder (H2).</param>
/// <param name="ByController">The controller does it, and tells the node when it is done.</param>
/// <param name="OnFailure">What a failure in it comes to.</param>
public sealed record PhaseStep(
    MaintenancePhase Phase, Duration Typical, Duration? Most = null, GuestsAre Guests = GuestsAre.Running, bool AgentSilent = false,
    bool ByController = false, FailureComesTo OnFailure = FailureComesTo.Nothing);

/// <summary>The phases of a technology on one node.</summary>
/// <param name="Technology">Which.</param>
/// <param name="Steps">Its phases, in order.</param>
public sealed record Procedure(Technology Technology, ImmutableArray<PhaseStep> Steps)
{
    /// <summary>How long a node takes, typically.</summary>
    [JsonIgnore]
    public Duration Duration { get; } = Sum(Steps);

    /// <summary>How long what is installed is fetched onto the node, typically (F4); a node that holds it already does without.</summary>
    [JsonIgnore]
    public Duration Fetch { get; } = Sum(Steps.Where(s => s.Phase == MaintenancePhase.Staging).Take(1));

    /// <summary>How long guests do not run, typically.</summary>
    [JsonIgnore]
    public Duration Pause { get; } = Sum(Steps.Where(s => s.Guests != GuestsAre.Running));

    /// <summary>True where what runs on the node leaves the load balancer first (N2).</summary>
    [JsonIgnore]
    public bool Drains => Steps.Any(s => s.ByController);

    /// <summary>True where the node's agent is silent for a while.</summary>
    [JsonIgnore]
    public bool FallsSilent => Steps.Any(s => s.AgentSilent);

    /// <summary>True where guests keep their memory over it.</summary>
    [JsonIgnore]
    public bool KeepsMemory => Steps.All(s => s.Guests != GuestsAre.Down);

    /// <summary>The step of that phase; null where the technology has none.</summary>
    public PhaseStep? StepOf(MaintenancePhase phase) => Steps.FirstOrDefault(s => s.Phase == phase);

    private static Duration Sum(IEnumerable<PhaseStep> steps) =>
        steps.Aggregate(Duration.Zero, (sum, s) => sum + s.Typical);
}

/// <summary>
/// How far a node has come with a procedure: the state machine. It goes from phase to phase and ends once; a failure ends it
/// as the phase in which it happens says.
/// </summary>
/// <param name="Procedure">The procedure.</param>
/// <param name="At">Index of the present phase; the number of phases when it is over.</param>
/// <param name="Since">When that phase began.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
public sealed record TechnologyRun(Procedure Procedure, int At, Instant Since, string? Failure = null)
{
    /// <summary>At its first phase.</summary>
    public static TechnologyRun Begin(Procedure procedure, Instant now) => new(procedure, 0, now);

    /// <summary>The present step; null when it is over.</summary>
    [JsonIgnore]
    public PhaseStep? Step => Failure is null && At < Procedure.Steps.Length ? Procedure.Steps[At] : null;

    /// <summary>The present phase.</summary>
    [JsonIgnore]
    public MaintenancePhase Phase => Step?.Phase ?? (Failure is null ? MaintenancePhase.Done : MaintenancePhase.Failed);

    /// <summary>True when nothing more is to be done.</summary>
    [JsonIgnore]
    public bool Ended => Step is null;

    /// <summary>The present phase is over. One that has ended stays so.</summary>
    public TechnologyRun Next(Instant now) => Ended ? this : this with { At = At + 1, Since = now };

    /// <summary>
    /// The present phase has failed: it is over, or goes on as the reboot that is left where guests can't be resumed.
    /// </summary>
    public TechnologyRun Fail(string why, Instant now, MaintenanceSettings settings) => Step switch
    {
        null => this,
        { OnFailure: FailureComesTo.Reboot } => new TechnologyRun(Reboot.AfterFailure(settings), 0, now),
        _ => this with { Failure = why, Since = now },
    };
}

/// <summary>Every technology's phases.</summary>
public static class Procedures
{
    // They follow from the figures, and figures stay for the life of a process: the ladder asks for all of them at each node.
    private static readonly ConditionalWeakTable<MaintenanceSettings, Procedure[]> Known = [];

    /// <summary>The phases of a technology that does not depend on the guests.</summary>
    public static Procedure Of(Technology technology, MaintenanceSettings settings) => Known.GetValue(settings, All)[(int)technology];

    private static Procedure[] All(MaintenanceSettings settings) => [.. Enum.GetValues<Technology>().Select(t => Make(t, settings))];

    private static Procedure Make(Technology technology, MaintenanceSettings settings) => technology switch
    {
        Technology.HotPatch => HotPatch.Of(settings),
        Technology.AgentRestart => AgentRestart.Of(settings),
        Technology.HypervisorHotRestart => HypervisorHotRestart.Of(settings),
        Technology.MemoryPreservingLight => MemoryPreservingLight.Of(settings),
        Technology.MemoryPreservingHeavy => MemoryPreservingHeavy.Of(settings),
        Technology.LiveMigration => LiveMigration.OfEmptyNode(settings),
        Technology.Reboot => Reboot.Of(settings),
        Technology.Redeploy => Redeploy.Of(settings),
        _ => throw new System.Diagnostics.UnreachableException(technology.ToString()),
    };
}
