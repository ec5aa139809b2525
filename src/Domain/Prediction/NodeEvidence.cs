// H4: how likely is it that a node fails, and why? A naive Bayes score: the log-odds of a node of which nothing is known, plus what
// each report of each signal adds. A report adds the more the more was counted, but never more than its weight: a single burst, as
// a bad cable makes it, is one piece of evidence, and what fails goes on and on. Old reports fade. Everything is a sum that can be
// read aloud; nothing is known but what was reported until then.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;

namespace Rdfe.Domain.Prediction;

/// <summary>What is remembered of one signal.</summary>
/// <param name="Signal">The signal.</param>
/// <param name="Reports">Reports with it, each at most 1, faded with time.</param>
/// <param name="Recent">What was counted, faded with time: for people.</param>
public sealed record SignalEvidence(NodeSignal Signal, double Reports, double Recent);

/// <summary>What a signal adds to the score.</summary>
/// <param name="Signal">The signal.</param>
/// <param name="Reports">As in <see cref="SignalEvidence"/>.</param>
/// <param name="Recent">As in <see cref="SignalEvidence"/>.</param>
/// <param name="Adds">Log-odds that it adds.</param>
public sealed record Contribution(NodeSignal Signal, double Reports, double Recent, double Adds);

/// <summary>A score with its reasons.</summary>
/// <param name="Score">Log-odds that the node is on its way to fail.</param>
/// <param name="Probability">The same as a probability.</param>
/// <param name="Contributions">What each signal adds, the most first.</param>
/// <param name="Why">All of it, in words.</param>
public sealed record NodePrediction(double Score, double Probability, ImmutableArray<Contribution> Contributions, string Why);

/// <summary>What is remembered of a node's signals; null on a node that has reported none since it was provisioned.</summary>
public sealed record NodeEvidence
{
    /// <summary>Nothing was reported.</summary>
    public static NodeEvidence None { get; } = new();

    /// <summary>When something was last reported.</summary>
    public Instant At { get; init; }

    /// <summary>What was reported until then, in order of signal.</summary>
    public ImmutableArray<SignalEvidence> Signals { get; init; } = [];

    /// <summary>True when, at its last report, the node was likely to fail.</summary>
    public bool IsLikely { get; init; }

    /// <summary>Why nothing is done about it; null where something is, or need not be.</summary>
    public string? HeldBecause { get; init; }

    /// <summary>The evidence with another report. One that is not newer than the last says nothing new.</summary>
    public NodeEvidence With(SignalReport report, PredictionSettings s)
    {
        if (report.At <= At)
        {
            return this;
        }

        var (fade, signals) = (Fade(report.At, s), ImmutableArray.CreateBuilder<SignalEvidence>());
        foreach (var signal in Enum.GetValues<NodeSignal>())
        {
            var old = Signals.FirstOrDefault(e => e.Signal == signal);
            var count = report.Counts.Where(c => c.Signal == signal).Sum(c => Math.Max(0, c.Count));
            var reports = ((old?.Reports ?? 0) * fade) + InFull(count, s.Of(signal).Typical);
            if (reports > Least)
            {
                signals.Add(new SignalEvidence(signal, reports, ((old?.Recent ?? 0) * fade) + count));
            }
        }

        var next = this with { At = report.At, Signals = signals.ToImmutable() };
        return next with { IsLikely = next.Of(report.At, s).Probability >= s.Threshold };
    }

    /// <summary>How likely it is at <paramref name="now"/> that the node is on its way to fail.</summary>
    public NodePrediction Of(Instant now, PredictionSettings s)
    {
        var fade = Fade(now, s);
        var adds = Signals.Select(e => new Contribution(e.Signal, e.Reports * fade, e.Recent * fade, e.Reports * fade * s.Of(e.Signal).Weight))
            .OrderByDescending(c => c.Adds).ThenBy(c => c.Signal).ToImmutableArray();
        var score = s.Prior + adds.Sum(c => c.Adds);
        var probability = 1 / (1 + Math.Exp(-score));
        var reasons = adds.Where(c => c.Adds >= 0.05).Select(c => string.Create(
            CultureInfo.InvariantCulture, $"{NameOf(c.Signal)} +{c.Adds:0.0} (about {c.Recent:0.#} of late)"));
        return new NodePrediction(score, probability, adds, string.Create(
            CultureInfo.InvariantCulture,
            $"{probability * 100:0.#} % likely to fail, acted on from {s.Threshold * 100:0.#} %: {string.Join(", ", reasons.DefaultIfEmpty("nothing was reported"))}; against {-s.Prior:0.0} for a node of which nothing is known"));
    }

    /// <summary>A signal in words.</summary>
    public static string NameOf(NodeSignal signal) => signal switch
    {
        NodeSignal.CorrectedEcc => "corrected memory errors",
        NodeSignal.ReallocatedSectors => "reallocated disk sectors",
        NodeSignal.Overheating => "readings too hot",
        NodeSignal.NicErrors => "network card errors",
        NodeSignal.AgentRestarts => "agent restarts",
        _ => throw new System.Diagnostics.UnreachableException(signal.ToString()),
    };

    // Below it, evidence has faded to nothing.
    private const double Least = 0.001;

    // By its logarithm: twice as many errors are a little more evidence, not twice as much.
    private static double InFull(int count, int typical) => Math.Min(1, Math.Log(1 + count) / Math.Log(1 + typical));

    private double Fade(Instant now, PredictionSettings s) => now <= At ? 1 : Math.Pow(0.5, (now - At) / s.HalfLife);
}
