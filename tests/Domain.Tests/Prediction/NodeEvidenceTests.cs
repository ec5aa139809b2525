using NodaTime;
using Rdfe.Domain.Prediction;

namespace Rdfe.Domain.Tests.Prediction;

/// <summary>A model that explains itself (H4): reports as text in, a probability with its reasons out.</summary>
[Trait("spec", "H4")]
public sealed class NodeEvidenceTests
{
    private static readonly PredictionSettings Settings = new();

    [Theory]
    // One burst, however large, is one piece of evidence.
    [InlineData("6h nic 5000", false)]
    [InlineData("6h ecc 2 | 30h nic 9 | 60h hot 1", false)]
    // A warm afternoon, day after day, in a place that is warm: little each time.
    [InlineData("12h hot 1 | 36h hot 2 | 60h hot 1 | 84h hot 2 | 108h hot 1", false)]
    // What breaks goes on, and grows.
    [InlineData("6h ecc 3 | 12h ecc 8 | 18h ecc 15 | 24h ecc 21 | 30h ecc 40 | 36h ecc 55", true)]
    [InlineData("6h smart 4 | 12h smart 9 | 18h smart 18 | 24h smart 20 | 30h smart 25 | 36h smart 30", true)]
    // A little of everything is as bad as much of one thing.
    [InlineData("6h ecc 9 smart 4 restarts 1 | 12h hot 30 nic 90 restarts 2", true)]
    public void A_node_is_likely_to_fail_by_what_goes_on_not_by_one_burst(string reports, bool likely) =>
        Assert.Equal(likely, Reports.Evidence(reports.Replace('|', '\n')).IsLikely);

    [Fact]
    public void The_explanation_names_each_signal_with_what_it_adds_and_the_sum_is_the_score()
    {
        var p = Reports.Evidence("""
            6h   ecc 24
            12h  ecc 24 restarts 3
            """).Of(Reports.At(12), Settings);
        // Two reports in full, the first of which is 6 h old and has faded by 2^(-6/36); and one more.
        Assert.Equal(-6.9 + (2.4 * (1 + Math.Pow(0.5, 6 / 36.0))) + 2.4, p.Score, 6);
        Assert.Equal(p.Score, Settings.Prior + p.Contributions.Sum(c => c.Adds), 9);
        Assert.Equal([NodeSignal.CorrectedEcc, NodeSignal.AgentRestarts], p.Contributions.Select(c => c.Signal));
        Assert.Equal(
            "51 % likely to fail, acted on from 90 %: corrected memory errors +4.5 (about 45.4 of late), agent restarts +2.4 (about 3 of late); "
            + "against 6.9 for a node of which nothing is known", p.Why);
    }

    [Fact]
    public void What_was_long_ago_says_little()
    {
        var evidence = Reports.Evidence("6h smart 20\n12h smart 20\n18h smart 20\n24h smart 20\n30h smart 20");
        Assert.True(evidence.IsLikely);
        Assert.True(evidence.Of(Reports.At(30 + (14 * 24)), Settings).Probability < 0.01);
        Assert.Contains("nothing was reported", NodeEvidence.None.Of(Reports.At(0), Settings).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_that_comes_again_says_nothing_new()
    {
        var once = Reports.Evidence("6h ecc 5\n12h ecc 9");
        Assert.Same(once, once.With(Reports.Of("12h ecc 9")[0], Settings));
        Assert.Same(once, once.With(Reports.Of("6h ecc 500")[0], Settings));
    }

    [Fact]
    public void More_errors_never_lower_the_score_and_nothing_is_known_of_what_comes_later()
    {
        for (var seed = 0UL; seed < 300; seed++)
        {
            var reports = Enumerable.Range(0, 12).Select(i => new SignalReport(
                Reports.At((i + 1) * 6),
                [.. Enum.GetValues<NodeSignal>().Select(s => new SignalCount(s, (int)(Draw.Unit(seed, $"{s}", "count", i) * 40) - 15)).Where(c => c.Count > 0)])).ToList();
            var which = (int)(Draw.Hash(seed, "which", "report", 0) % 12);
            var signal = Enum.GetValues<NodeSignal>()[(int)(Draw.Hash(seed, "which", "signal", 0) % 5)];
            var more = reports.ToList();
            more[which] = more[which] with { Counts = more[which].Counts.Add(new SignalCount(signal, 1 + (int)(Draw.Hash(seed, "how", "many", 0) % 50))) };

            var (less, greater) = (NodeEvidence.None, NodeEvidence.None);
            for (var i = 0; i < reports.Count; i++)
            {
                (less, greater) = (less.With(reports[i], Settings), greater.With(more[i], Settings));
                var (a, b) = (less.Of(reports[i].At, Settings).Score, greater.Of(reports[i].At, Settings).Score);
                Assert.True(b >= a - 1e-9, $"seed {seed}, report {i}: {a} became {b} by more of {signal} in report {which}");
                // No hindsight: until the report that differs, nothing does.
                Assert.True(i >= which || Math.Abs(a - b) < 1e-12);
            }
        }
    }

    [Fact]
    public void Wrong_figures_are_named()
    {
        var errors = string.Join(' ', (Settings with { Threshold = 1, HalfLife = Duration.Zero, NicErrors = new(0, -1), MostOutShare = 2 }).Errors());
        Assert.All((string[])["Threshold", "HalfLife", "NicErrors", "MostOutShare"], name => Assert.Contains(name, errors, StringComparison.Ordinal));
        Assert.Empty(Settings.Errors());
    }
}
