// M4: maintenance that is under way on a simulated node, and how the last one ended, as its store keeps them: a restart of the
// program goes on where the host was.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>A guest that does not run since a moment.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Since">Since when.</param>
public sealed record StoppedGuest(InstanceId Instance, Instant Since);

/// <summary>Maintenance under way on a node.</summary>
/// <param name="Generation">Which.</param>
/// <param name="Versions">Everything that the node shall have.</param>
/// <param name="Go">False while it has only been told to stage.</param>
/// <param name="Run">How far it is.</param>
/// <param name="Stopped">Guests that do not run for it.</param>
/// <param name="Measured">Guests that run again, and how long they did not.</param>
public sealed record HostMaintenance(
    int Generation, VersionSet Versions, bool Go, TechnologyRun Run, ImmutableArray<StoppedGuest> Stopped,
    ImmutableArray<MeasuredPause> Measured)
{
    /// <summary>The host agent says nothing in this phase.</summary>
    [JsonIgnore]
    public bool AgentSilent => Run.Step is { AgentSilent: true };

    /// <summary>
    /// Guests are paused for longer than between two beats. A hot restart's blackout or a patched function is over before
    /// anybody could miss one.
    /// </summary>
    [JsonIgnore]
    public bool GuestsSilent => Run is { Step.Guests: GuestsAre.Paused, Procedure.Drains: true };
}

/// <summary>How the last maintenance of a node ended.</summary>
/// <param name="Generation">Which.</param>
/// <param name="Technology">How it was done in the end.</param>
/// <param name="Versions">What the node has since.</param>
/// <param name="Pauses">How long guests did not run.</param>
/// <param name="Failure">Why it came to nothing; null where it did not.</param>
public sealed record HostMaintained(
    int Generation, Technology Technology, VersionSet Versions, ImmutableArray<MeasuredPause> Pauses, string? Failure);
