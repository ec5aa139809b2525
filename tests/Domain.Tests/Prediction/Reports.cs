// Reports of a node as text: a line for each, with its time in hours and what was counted.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Prediction;

namespace Rdfe.Domain.Tests.Prediction;

internal static class Reports
{
    public static readonly Instant Start = Instant.FromUtc(2012, 2, 1, 0, 0);

    public static Instant At(double hours) => Start + Duration.FromHours(hours);

    public static ImmutableArray<SignalReport> Of(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Line)];

    public static NodeEvidence Evidence(string text, PredictionSettings? settings = null) =>
        Of(text).Aggregate(NodeEvidence.None, (e, r) => e.With(r, settings ?? new PredictionSettings()));

    private static SignalReport Line(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var counts = ImmutableArray.CreateBuilder<SignalCount>();
        for (var i = 1; i < words.Length; i += 2)
        {
            counts.Add(new SignalCount(words[i] switch
            {
                "ecc" => NodeSignal.CorrectedEcc,
                "smart" => NodeSignal.ReallocatedSectors,
                "hot" => NodeSignal.Overheating,
                "nic" => NodeSignal.NicErrors,
                _ => NodeSignal.AgentRestarts,
            }, int.Parse(words[i + 1], CultureInfo.InvariantCulture)));
        }

        return new SignalReport(At(double.Parse(words[0].TrimEnd('h'), CultureInfo.InvariantCulture)), counts.ToImmutable());
    }
}
