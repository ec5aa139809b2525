// H4: the figures of the model, each with its reason, and what bounds what is done upon it (L2).
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Prediction;

/// <summary>What one signal tells.</summary>
/// <param name="Typical">Count in one report that a failing node shows: as many, or more, weigh in full, a few weigh less.</param>
/// <param name="Weight">
/// Log-odds of one report in full: how much likelier it is from a node that fails than from a healthy one. ln(0.5 / 0.045) = 2.4
/// where half of the reports of failing nodes have it, and 4.5 % of those of healthy ones.
/// </param>
public sealed record SignalWeight(int Typical, double Weight);

/// <summary>The model, and the limits of acting on it.</summary>
public sealed record PredictionSettings
{
    /// <summary>False: signals are recorded and nothing follows from them.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>After so long a report counts half: what was long ago says little of tomorrow.</summary>
    public Duration HalfLife { get; init; } = Duration.FromHours(36);

    /// <summary>Log-odds of a node of which nothing is known: one in a thousand is on its way to fail, ln(0.001 / 0.999).</summary>
    public double Prior { get; init; } = -6.9;

    /// <summary>Probability from which a node is emptied.</summary>
    public double Threshold { get; init; } = 0.9;

    /// <summary>Memory: healthy nodes have bursts of a few errors, failing ones have more of them with every day.</summary>
    public SignalWeight CorrectedEcc { get; init; } = new(24, 2.4);

    /// <summary>Disks: healthy ones reallocate hardly ever.</summary>
    public SignalWeight ReallocatedSectors { get; init; } = new(16, 2.4);

    /// <summary>Cooling: a warm day is no failure.</summary>
    public SignalWeight Overheating { get; init; } = new(48, 2.4);

    /// <summary>Network: a bad cable makes many errors and breaks no node.</summary>
    public SignalWeight NicErrors { get; init; } = new(128, 2.4);

    /// <summary>Agents: few restarts, each of which says something.</summary>
    public SignalWeight AgentRestarts { get; init; } = new(3, 2.4);

    /// <summary>Share of a cluster's nodes that may be out by prediction at once: a model that has gone mad empties no cluster (L2).</summary>
    public double MostOutShare { get; init; } = 0.02;

    /// <summary>But at least so many.</summary>
    public int MostOutLeast { get; init; } = 1;

    /// <summary>What one signal tells.</summary>
    public SignalWeight Of(NodeSignal signal) => signal switch
    {
        NodeSignal.CorrectedEcc => CorrectedEcc,
        NodeSignal.ReallocatedSectors => ReallocatedSectors,
        NodeSignal.Overheating => Overheating,
        NodeSignal.NicErrors => NicErrors,
        NodeSignal.AgentRestarts => AgentRestarts,
        _ => throw new System.Diagnostics.UnreachableException(signal.ToString()),
    };

    /// <summary>Nodes of a cluster that may be out by prediction at once.</summary>
    public int MostOutOf(int nodes) => Math.Max(MostOutLeast, (int)Math.Floor(nodes * MostOutShare));

    /// <summary>What is wrong, in words; empty where nothing is.</summary>
    public IEnumerable<string> Errors()
    {
        if (HalfLife <= Duration.Zero)
        {
            yield return "HalfLife must be above 0.";
        }

        if (Threshold is <= 0 or >= 1 || !double.IsFinite(Prior))
        {
            yield return "Threshold must be between 0 and 1, Prior a number.";
        }

        if (MostOutShare is < 0 or > 1 || MostOutLeast < 0)
        {
            yield return "MostOutShare must be 0 to 1, MostOutLeast 0 or more.";
        }

        foreach (var signal in Enum.GetValues<NodeSignal>().Where(s => Of(s) is not { Typical: > 0, Weight: >= 0 } || !double.IsFinite(Of(s).Weight)))
        {
            yield return $"{signal} must have a Typical above 0 and a Weight of 0 or more.";
        }
    }
}
