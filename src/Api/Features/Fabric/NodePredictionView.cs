// H4: what a node's signals say of its future, with every reason: the sum can be done by hand.
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Prediction;

namespace Rdfe.Api.Features.Fabric;

/// <param name="Reports">Reports with it, each at most 1, faded with time.</param>
/// <param name="Recent">What was counted, faded with time.</param>
/// <param name="Adds">Log-odds that it adds to the score.</param>
public sealed record NodeSignalView(NodeSignal Signal, double Reports, double Recent, double Adds);

/// <param name="ReportedAt">When its agent last reported something.</param>
/// <param name="Score">Log-odds that it is on its way to fail.</param>
/// <param name="Probability">The same as a probability.</param>
/// <param name="Threshold">The probability from which it is emptied.</param>
/// <param name="Why">All of it, in words.</param>
/// <param name="HeldBecause">Why nothing is done about it although it is likely to fail.</param>
public sealed record NodePredictionView(
    Instant ReportedAt, double Score, double Probability, double Threshold, string Why, string? HeldBecause, IReadOnlyList<NodeSignalView> Signals)
{
    public static NodePredictionView? Of(FabricNode node, Instant now, PredictionSettings settings)
    {
        if (node.Evidence is not { } evidence)
        {
            return null;
        }

        var p = evidence.Of(now, settings);
        return new(
            evidence.At, Math.Round(p.Score, 3), Math.Round(p.Probability, 4), settings.Threshold, p.Why, evidence.HeldBecause,
            [.. p.Contributions.Select(c => new NodeSignalView(c.Signal, Math.Round(c.Reports, 3), Math.Round(c.Recent, 1), Math.Round(c.Adds, 3)))]);
    }
}
