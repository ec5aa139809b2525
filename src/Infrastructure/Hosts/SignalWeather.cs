// H4: what simulated nodes count before they break, and what healthy ones count as well. Everything is a hash of what it is for
// (Draw), so that a restart sees the same weather, and figures of the model can be taken without any fabric at all.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Prediction;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>How often simulated nodes break, and how noisy they are. As delivered they neither break nor make noise.</summary>
public sealed record SignalSettings
{
    /// <summary>Time between two reports of a node; one that counted nothing sends none.</summary>
    public Duration ReportInterval { get; init; } = Duration.FromHours(6);

    /// <summary>Defects that a node gets in a year.</summary>
    public double DefectsPerNodeYear { get; init; }

    /// <summary>Reports a day in which a healthy node counts something.</summary>
    public double NoisePerNodeDay { get; init; }

    /// <summary>Share of healthy nodes that count one signal all the time: a bad cable, a warm place. They are no likelier to fail.</summary>
    public double ChattyShare { get; init; } = 0.03;

    /// <summary>Share of defects that give no sign before they break the node.</summary>
    public double SuddenShare { get; init; } = 0.15;

    /// <summary>The shortest time from the first signs to the failure.</summary>
    public Duration ShortestDecline { get; init; } = Duration.FromDays(2);

    /// <summary>The longest.</summary>
    public Duration LongestDecline { get; init; } = Duration.FromDays(14);

    /// <summary>True where nodes count things without being asked to by a fault.</summary>
    public bool HasWeather => DefectsPerNodeYear > 0 || NoisePerNodeDay > 0;
}

/// <summary>Something that breaks a node.</summary>
/// <param name="Kind">What.</param>
/// <param name="Onset">When its first signs may be seen.</param>
/// <param name="Fails">When the node is dead, until people have repaired it.</param>
public sealed record NodeDefect(DefectKind Kind, Instant Onset, Instant Fails);

/// <summary>Draws signals.</summary>
public static class SignalWeather
{
    // Long before every fabric: what has happened to a node until now is a matter of counting on from here.
    private static readonly Instant Epoch = Instant.FromUtc(2000, 1, 1, 0, 0);

    private static readonly ImmutableArray<NodeSignal> Signals = [.. Enum.GetValues<NodeSignal>()];

    /// <summary>
    /// The defect that a node has or gets next: the first that breaks it after <paramref name="now"/>, and that began after it was
    /// last repaired. Null where nodes have no defects.
    /// </summary>
    public static NodeDefect? NextDefect(ulong seed, string node, Instant now, Instant? repairedAt, SignalSettings s)
    {
        if (s.DefectsPerNodeYear <= 0)
        {
            return null;
        }

        var at = Epoch;
        for (var number = 0L; ; number++)
        {
            var years = -Math.Log(1 - Draw.Unit(seed, node, "defect", number)) / s.DefectsPerNodeYear;
            var onset = at + Duration.FromDays(365 * Math.Min(years, 1000));
            var takes = s.ShortestDecline + ((s.LongestDecline - s.ShortestDecline) * Draw.Unit(seed, node, "decline", number));
            at = onset + takes;
            if (at > now && !(onset < repairedAt))
            {
                return new NodeDefect(KindOf(seed, node, number, s), onset, at);
            }
        }
    }

    /// <summary>When a node's report with that number is due: all nodes do not speak at once.</summary>
    public static Instant ReportAt(ulong seed, string node, long number, SignalSettings s) =>
        Epoch + (s.ReportInterval * (number + Draw.Unit(seed, node, "first report", 0)));

    /// <summary>The number of the first report after a time.</summary>
    public static long NextReport(ulong seed, string node, Instant after, SignalSettings s) =>
        (long)Math.Floor(((after - Epoch) / s.ReportInterval) - Draw.Unit(seed, node, "first report", 0)) + 1;

    /// <summary>What a node counts in a report; empty for nothing.</summary>
    public static ImmutableArray<SignalCount> Count(ulong seed, string node, long number, NodeDefect? defect, SignalSettings s)
    {
        var at = ReportAt(seed, node, number, s);
        var progress = defect is null || at < defect.Onset || defect.Fails <= defect.Onset ? 0 : Math.Min(1, (at - defect.Onset) / (defect.Fails - defect.Onset));
        var counts = ImmutableArray.CreateBuilder<SignalCount>();
        foreach (var signal in Signals)
        {
            var count = Noise(seed, node, signal, number, s) + Signs(seed, node, signal, number, defect, progress);
            if (count > 0)
            {
                counts.Add(new SignalCount(signal, count));
            }
        }

        return counts.ToImmutable();
    }

    private static DefectKind KindOf(ulong seed, string node, long number, SignalSettings s)
    {
        var u = Draw.Unit(seed, node, "kind of defect", number);
        return u < s.SuddenShare ? DefectKind.Sudden : ((u - s.SuddenShare) / (1 - s.SuddenShare)) switch
        {
            < 0.35 => DefectKind.Memory,
            < 0.65 => DefectKind.Disk,
            < 0.80 => DefectKind.Cooling,
            < 0.90 => DefectKind.Network,
            _ => DefectKind.Board,
        };
    }

    // Bursts, mostly small and now and then large; some nodes have one signal all the time.
    private static int Noise(ulong seed, string node, NodeSignal signal, long number, SignalSettings s)
    {
        if (s.NoisePerNodeDay <= 0)
        {
            return 0;
        }

        var (purpose, often) = ("noise of " + signal, s.NoisePerNodeDay * (s.ReportInterval / Duration.FromDays(1)) * ShareOfNoise(signal));
        if (Draw.Unit(seed, node, "chatty", 0) < s.ChattyShare && Signals[(int)(Draw.Hash(seed, node, "chatters of", 0) % (ulong)Signals.Length)] == signal)
        {
            often = Math.Max(often, 0.2);
        }

        if (Draw.Unit(seed, node, purpose, number) >= often)
        {
            return 0;
        }

        var size = Math.Pow(Draw.Unit(seed, node, purpose + ", how much", number), 2);
        return signal == NodeSignal.AgentRestarts ? 1 + (int)(size * 2) : (int)Math.Pow(2, 7 * size);
    }

    private static double ShareOfNoise(NodeSignal signal) => signal switch
    {
        NodeSignal.CorrectedEcc => 0.30,
        NodeSignal.ReallocatedSectors => 0.08,
        NodeSignal.Overheating => 0.22,
        NodeSignal.NicErrors => 0.30,
        _ => 0.10,
    };

    // Oftener and more with every day: from a few at first to dozens before the end.
    private static int Signs(ulong seed, string node, NodeSignal signal, long number, NodeDefect? defect, double progress)
    {
        if (defect is null || progress <= 0 || Often(defect.Kind, signal) is not (> 0 and var often))
        {
            return 0;
        }

        var purpose = "signs of " + signal;
        if (Draw.Unit(seed, node, purpose, number) >= often * (0.2 + (0.8 * progress)))
        {
            return 0;
        }

        var size = Draw.Unit(seed, node, purpose + ", how much", number) * (0.3 + (0.7 * progress));
        return signal == NodeSignal.AgentRestarts ? 1 + (int)(size * 3) : 1 + (int)Math.Pow(2, 7 * size);
    }

    private static double Often(DefectKind defect, NodeSignal signal) => (defect, signal) switch
    {
        (DefectKind.Sudden, _) => 0,
        (DefectKind.Memory, NodeSignal.CorrectedEcc) or (DefectKind.Disk, NodeSignal.ReallocatedSectors) => 0.9,
        (DefectKind.Cooling, NodeSignal.Overheating) or (DefectKind.Network, NodeSignal.NicErrors) => 0.9,
        (DefectKind.Board, NodeSignal.AgentRestarts) => 0.4,
        (DefectKind.Board, _) => 0.5,
        (DefectKind.Cooling, NodeSignal.CorrectedEcc) => 0.3,
        (_, NodeSignal.AgentRestarts) => 0.2,
        _ => 0,
    };
}
