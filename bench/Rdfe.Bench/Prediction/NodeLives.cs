// Lives of nodes under one weather, and what a rule makes of them: each report is shown once, in order, and nothing of what comes
// later. A node that the rule names is emptied and repaired; one that fails first is repaired as well, and was missed.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Prediction;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Bench.Prediction;

/// <summary>What came of a rule.</summary>
internal sealed class Tally
{
    public int Right { get; set; }

    public int Wrong { get; set; }

    public int Missed { get; set; }

    public int MissedSudden { get; set; }

    public List<Duration> Leads { get; } = [];

    public double Precision => Right + Wrong == 0 ? 1 : Right / (double)(Right + Wrong);

    public double Recall => Right + Missed == 0 ? 1 : Right / (double)(Right + Missed);

    public double RecallOfSigns => Right + Missed - MissedSudden == 0 ? 1 : Right / (double)(Right + Missed - MissedSudden);

    public Duration Lead(double quantile) =>
        Leads.Count == 0 ? Duration.Zero : Leads.Order().ElementAt((int)Math.Floor(quantile * (Leads.Count - 1)));
}

/// <summary>True when a node is named, with what has been reported until then.</summary>
internal interface IRule
{
    bool Names(SignalReport report);

    void Forget();
}

/// <summary>The model as controllers have it.</summary>
internal sealed class ModelRule(PredictionSettings settings) : IRule
{
    private NodeEvidence evidence = NodeEvidence.None;

    public bool Names(SignalReport report) => (evidence = evidence.With(report, settings)).IsLikely;

    public void Forget() => evidence = NodeEvidence.None;
}

/// <summary>What one would do without a model: so many errors of whatever kind within a day.</summary>
internal sealed class ThresholdRule(int errors) : IRule
{
    private readonly List<SignalReport> day = [];

    public bool Names(SignalReport report)
    {
        day.Add(report);
        day.RemoveAll(r => report.At - r.At >= Duration.FromDays(1));
        return day.Sum(r => r.Counts.Sum(c => c.Count)) >= errors;
    }

    public void Forget() => day.Clear();
}

internal static class NodeLives
{
    private static readonly Instant Start = Instant.FromUtc(2012, 2, 29, 0, 0);

    public static void Run(ulong seed, int nodes, int days, SignalSettings weather, Func<IRule> rules, Tally tally)
    {
        var end = Start + Duration.FromDays(days);
        for (var n = 0; n < nodes; n++)
        {
            var (node, rule) = ($"n{n:0000}", rules());
            // What had begun before anybody looked is as if it had not been.
            var (repaired, defect) = (Start, SignalWeather.NextDefect(seed, node, Start, Start, weather));
            for (var number = SignalWeather.NextReport(seed, node, Start, weather); ; number++)
            {
                var at = SignalWeather.ReportAt(seed, node, number, weather);
                if (defect is not null && defect.Fails <= at && defect.Fails <= end)
                {
                    tally.Missed++;
                    tally.MissedSudden += defect.Kind == DefectKind.Sudden ? 1 : 0;
                    rule.Forget();
                    repaired = defect.Fails;
                    defect = SignalWeather.NextDefect(seed, node, repaired, repaired, weather);
                }

                if (at > end)
                {
                    break;
                }

                var counts = SignalWeather.Count(seed, node, number, defect, weather);
                if (counts.IsEmpty || !rule.Names(new SignalReport(at, counts)))
                {
                    continue;
                }

                if (defect is not null && defect.Onset <= at && defect.Kind != DefectKind.Sudden)
                {
                    tally.Right++;
                    tally.Leads.Add(defect.Fails - at);
                    repaired = at;
                    defect = SignalWeather.NextDefect(seed, node, at, at, weather);
                }
                else
                {
                    tally.Wrong++;
                }

                rule.Forget();
            }
        }
    }
}
