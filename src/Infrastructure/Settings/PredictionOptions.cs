// The figures of failure prediction as settings (H4): the model, and the weather of simulated nodes.
using NodaTime;
using Rdfe.Domain.Prediction;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Infrastructure.Settings;

/// <summary>What one signal tells.</summary>
public sealed class SignalWeightOptions
{
    /// <summary>Count in one report that weighs in full.</summary>
    public int Typical { get; set; }

    /// <summary>Log-odds of one report in full.</summary>
    public double Weight { get; set; }

    internal static SignalWeightOptions Of(SignalWeight w) => new() { Typical = w.Typical, Weight = w.Weight };

    internal SignalWeight ToWeight() => new(Typical, Weight);
}

/// <summary>The section <c>Rdfe:Fabric:Prediction</c>.</summary>
public sealed class PredictionOptions
{
    private static readonly PredictionSettings Default = new();

    /// <summary>False: signals are recorded and nothing follows from them.</summary>
    public bool Enabled { get; set; } = Default.Enabled;

    /// <summary>After so long a report counts half.</summary>
    public TimeSpan HalfLife { get; set; } = Default.HalfLife.ToTimeSpan();

    /// <summary>Log-odds of a node of which nothing is known.</summary>
    public double Prior { get; set; } = Default.Prior;

    /// <summary>Probability from which a node is emptied.</summary>
    public double Threshold { get; set; } = Default.Threshold;

    /// <summary>Share of a cluster's nodes that may be out by prediction at once.</summary>
    public double MostOutShare { get; set; } = Default.MostOutShare;

    /// <summary>But at least so many.</summary>
    public int MostOutLeast { get; set; } = Default.MostOutLeast;

    public SignalWeightOptions CorrectedEcc { get; set; } = SignalWeightOptions.Of(Default.CorrectedEcc);

    public SignalWeightOptions ReallocatedSectors { get; set; } = SignalWeightOptions.Of(Default.ReallocatedSectors);

    public SignalWeightOptions Overheating { get; set; } = SignalWeightOptions.Of(Default.Overheating);

    public SignalWeightOptions NicErrors { get; set; } = SignalWeightOptions.Of(Default.NicErrors);

    public SignalWeightOptions AgentRestarts { get; set; } = SignalWeightOptions.Of(Default.AgentRestarts);

    /// <summary>The figures that controllers decide by.</summary>
    public PredictionSettings ToSettings() => new()
    {
        Enabled = Enabled,
        HalfLife = Duration.FromTimeSpan(HalfLife),
        Prior = Prior,
        Threshold = Threshold,
        MostOutShare = MostOutShare,
        MostOutLeast = MostOutLeast,
        CorrectedEcc = CorrectedEcc.ToWeight(),
        ReallocatedSectors = ReallocatedSectors.ToWeight(),
        Overheating = Overheating.ToWeight(),
        NicErrors = NicErrors.ToWeight(),
        AgentRestarts = AgentRestarts.ToWeight(),
    };
}

/// <summary>The section <c>Rdfe:Fabric:Hosts:Signals</c>: how often simulated nodes break, and how noisy they are.</summary>
public sealed class SignalOptions
{
    private static readonly SignalSettings Default = new();

    /// <summary>Time between two reports of a node.</summary>
    public TimeSpan ReportInterval { get; set; } = Default.ReportInterval.ToTimeSpan();

    /// <summary>Defects that a node gets in a year.</summary>
    public double DefectsPerNodeYear { get; set; }

    /// <summary>Reports a day in which a healthy node counts something.</summary>
    public double NoisePerNodeDay { get; set; }

    /// <summary>Share of healthy nodes that count one signal all the time.</summary>
    public double ChattyShare { get; set; } = Default.ChattyShare;

    /// <summary>Share of defects that give no sign.</summary>
    public double SuddenShare { get; set; } = Default.SuddenShare;

    /// <summary>The shortest time from the first signs to the failure.</summary>
    public TimeSpan ShortestDecline { get; set; } = Default.ShortestDecline.ToTimeSpan();

    /// <summary>The longest.</summary>
    public TimeSpan LongestDecline { get; set; } = Default.LongestDecline.ToTimeSpan();

    /// <summary>What the simulated hosts use.</summary>
    public SignalSettings ToSettings() => new()
    {
        ReportInterval = Duration.FromTimeSpan(ReportInterval),
        DefectsPerNodeYear = DefectsPerNodeYear,
        NoisePerNodeDay = NoisePerNodeDay,
        ChattyShare = ChattyShare,
        SuddenShare = SuddenShare,
        ShortestDecline = Duration.FromTimeSpan(ShortestDecline),
        LongestDecline = Duration.FromTimeSpan(LongestDecline),
    };

    internal IEnumerable<string> Errors()
    {
        if (ReportInterval < TimeSpan.FromMinutes(1) || ShortestDecline <= TimeSpan.Zero || LongestDecline < ShortestDecline)
        {
            yield return "Rdfe:Fabric:Hosts:Signals:ReportInterval must be a minute or more, ShortestDecline above 0 and at most LongestDecline.";
        }

        if (DefectsPerNodeYear is not (>= 0 and <= 1000) || NoisePerNodeDay is not (>= 0 and <= 1000))
        {
            yield return "Rdfe:Fabric:Hosts:Signals:DefectsPerNodeYear and NoisePerNodeDay must be 0 to 1,000.";
        }

        if (ChattyShare is not (>= 0 and <= 1) || SuddenShare is not (>= 0 and < 1))
        {
            yield return "Rdfe:Fabric:Hosts:Signals:ChattyShare must be 0 to 1, SuddenShare below 1.";
        }
    }
}
