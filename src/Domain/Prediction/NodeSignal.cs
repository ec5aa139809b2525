// H4: what a node says of itself before it fails, if it says anything: counts since its agent's last report.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Prediction;

/// <summary>A signal of a node (H4).</summary>
public enum NodeSignal
{
    /// <summary>Memory errors that ECC has corrected.</summary>
    CorrectedEcc,

    /// <summary>Disk sectors that SMART says were reallocated.</summary>
    ReallocatedSectors,

    /// <summary>Readings of fans and temperatures that were out of their range.</summary>
    Overheating,

    /// <summary>Frames that the network card lost or found damaged.</summary>
    NicErrors,

    /// <summary>Restarts of the host agent that nobody had asked for.</summary>
    AgentRestarts,
}

/// <summary>How often a signal was seen.</summary>
/// <param name="Signal">The signal.</param>
/// <param name="Count">How often since the last report, above 0: what was not seen is not reported.</param>
public readonly record struct SignalCount(NodeSignal Signal, int Count);

/// <summary>What an agent reports, at a low rate; nothing is sent where nothing was seen.</summary>
/// <param name="At">When.</param>
/// <param name="Counts">What was seen.</param>
public sealed record SignalReport(Instant At, ImmutableArray<SignalCount> Counts);
