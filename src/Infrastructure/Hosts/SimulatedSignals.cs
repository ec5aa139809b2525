// H4: the reports of simulated nodes, and the end of those whose defect has come to its end. A node that has nothing to report is
// not on the agenda at all; where there is weather, only its next report that says something is.
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Prediction;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedSignals(SimulatedWorld world, SimulatedFaults faults)
{
    // A hundred days of silence are looked over at a time.
    private const int MostLookedOver = 400;

    /// <summary>A node's power may have changed.</summary>
    public Action<SimulatedNode, Instant> OnBroken { get; set; } = (_, _) => { };

    private SignalSettings Settings => world.Durations.Signals;

    private ulong Seed => world.Durations.Seed;

    /// <summary>The first time that fabric time is told: nodes that nobody has spoken to grow old as well.</summary>
    public void Begin(Instant now)
    {
        foreach (var node in Settings.HasWeather ? world.Topology?.Nodes ?? [] : [])
        {
            Look(world.NodeOf(node.Cluster, node.Id), now);
        }
    }

    /// <summary>What ails the node may be another now: its next report is looked for anew.</summary>
    public void Look(SimulatedNode node, Instant now)
    {
        var version = ++node.SignalVersion;
        var defect = DefectOf(node, now);
        if (defect is null && Settings.NoisePerNodeDay <= 0)
        {
            return;
        }

        if (defect is not null && defect.Fails > now)
        {
            world.At(defect.Fails, when =>
            {
                if (node.SignalVersion == version)
                {
                    Break(node, when);
                }
            });
        }

        Next(node, version, defect, WeatherNext(node, now));
    }

    /// <summary>People have repaired it: it was returned, and is provisioned anew.</summary>
    public void Repaired(SimulatedNode node, Instant now)
    {
        if (Settings.DefectsPerNodeYear > 0 || node.Condition.Broken)
        {
            world.Change(node, node.Condition with { Broken = false, RepairedAt = now });
        }

        Look(node, now);
    }

    private void Next(SimulatedNode node, int version, NodeDefect? defect, long from)
    {
        var number = from;
        while (number - from < MostLookedOver && SignalWeather.Count(Seed, node.Id.Value, number, defect, Settings).IsEmpty)
        {
            number++;
        }

        world.At(SignalWeather.ReportAt(Seed, node.Id.Value, number, Settings), when =>
        {
            if (node.SignalVersion != version)
            {
                return;
            }

            var counts = SignalWeather.Count(Seed, node.Id.Value, number, defect, Settings);
            if (!counts.IsEmpty && node.Condition is { Bare: false })
            {
                world.Say(node, new FabricEvent.SignalsReported(when, node.Id, counts));
            }

            Next(node, version, defect, number + 1);
        });
    }

    private long WeatherNext(SimulatedNode node, Instant now) => SignalWeather.NextReport(Seed, node.Id.Value, now, Settings);

    // A fault is somebody's wish, and comes before what the node would have had by itself.
    private NodeDefect? DefectOf(SimulatedNode node, Instant now) =>
        faults.DegradingOf(node) is { } fault
            ? new NodeDefect(fault.Parameters.Defect ?? Domain.Faults.DefectKind.Board, fault.From, fault.From + (fault.Parameters.FailsAfter ?? Duration.Zero))
            : node.Condition.Broken ? null : SignalWeather.NextDefect(Seed, node.Id.Value, now, node.Condition.RepairedAt, Settings);

    private void Break(SimulatedNode node, Instant now)
    {
        if (faults.DegradingOf(node) is null)
        {
            world.Change(node, node.Condition with { Broken = true });
        }

        OnBroken(node, now);
    }
}
