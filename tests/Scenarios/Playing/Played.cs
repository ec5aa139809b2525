// What came of a scenario: its log, what was counted on the way, and the files that it leaves.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Persistence.Fabric;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Scenarios.Playing;

internal sealed class Played
{
    private readonly Dictionary<string, string> phases = new(StringComparer.Ordinal);

    private static readonly Duration ComesBackWithin = Duration.FromMinutes(30);

    private readonly Dictionary<string, Instant> moved = new(StringComparer.Ordinal);

    public List<string> Log { get; } = [];

    public List<string> Final { get; } = [];

    /// <summary>The figures of the whole, as they were said.</summary>
    public List<string> Totals { get; } = [];

    public Availability Availability { get; } = new();

    public bool BrakesEnabled { get; set; } = true;

    /// <summary>How often each kind of event happened.</summary>
    public Dictionary<string, int> Kinds { get; } = new(StringComparer.Ordinal);

    /// <summary>Moves of instances by healing.</summary>
    public int Moves { get; private set; }

    /// <summary>
    /// Instances that ran well where they were, were moved by healing, and were not ready again half an hour later: what
    /// healing itself took down. By tenant.
    /// </summary>
    public Dictionary<string, int> RunningLost { get; } = new(StringComparer.Ordinal);

    /// <summary>Most nodes that were in Human Investigate at a time.</summary>
    public int MostInvestigated { get; private set; }

    public Duration? BrakeOnAt { get; private set; }

    /// <summary>Nodes on which a start was under way when the brake went on.</summary>
    public int InFlightAtBrake { get; private set; }

    /// <summary>The threshold of the brake for the cluster.</summary>
    public int Threshold { get; private set; }

    public void Count(IReadOnlyList<EventRow> news, Stage stage)
    {
        foreach (var e in news)
        {
            Kinds[e.Kind] = Kinds.GetValueOrDefault(e.Kind) + 1;
            switch (e.Kind)
            {
                case "instancePhaseChanged":
                    phases[e.Subject] = e.Data;
                    if (e.Data == "ready" && moved.Remove(e.Subject, out var at) && e.At - at <= ComesBackWithin)
                    {
                        RunningLost[TenantOf(e)]--;
                    }

                    break;
                case "roleTerminated" or "guestAgentSilent":
                    phases[e.Subject] = e.Kind;
                    break;
                case "instanceMoved":
                    Moves++;
                    // What was on a node that is lost was down already, whatever was last heard of it.
                    if (phases.GetValueOrDefault(e.Subject) == "ready" && !e.Data.Contains("(nodeLost)", StringComparison.Ordinal))
                    {
                        RunningLost[TenantOf(e)] = RunningLost.GetValueOrDefault(TenantOf(e)) + 1;
                        moved[e.Subject] = e.At;
                    }

                    phases[e.Subject] = "placed";
                    break;
                case "brakeOn":
                    if (BrakeOnAt is null)
                    {
                        BrakeOnAt = e.At - stage.Began;
                        InFlightAtBrake = stage.See(s => s.Instances.Values.Where(i => i is { Phase: InstancePhase.Booting, Node: not null }).Select(i => i.Node)
                            .Distinct().Count(n => s.Nodes[n!.Value].State == NodeState.Ready));
                    }

                    Availability.Marks.Add((e.At - stage.Began, "brake on"));
                    break;
            }
        }

        var (nodes, investigated) = stage.See(s => (s.Nodes.Count, s.Nodes.Values.Count(n => n.State == NodeState.HumanInvestigate)));
        Threshold = stage.Settings.Health.Brakes.ThresholdFor(nodes);
        MostInvestigated = Math.Max(MostInvestigated, investigated);
    }

    public void Take(Stage stage) => stage.See(s =>
    {
        Availability.Take(stage.Elapsed, s);
        return true;
    });

    private static string TenantOf(EventRow e) => Stage.TenantOf(e.Subject.Split('.')[0]);

    /// <summary>Writes the log, and the availability where it was sampled.</summary>
    public IEnumerable<string> WriteTo(string folder)
    {
        Directory.CreateDirectory(folder);
        var files = new List<(string Name, string Text)> { ("log.txt", string.Join('\n', Log) + "\n") };
        if (Availability.Samples.Count > 0)
        {
            files.Add(("availability.csv", Availability.Csv()));
            files.Add(("availability.svg", Chart.Draw(Availability, Title)));
        }

        foreach (var (name, text) in files)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            yield return Path.Combine(folder, name);
        }
    }

    /// <summary>The title of its picture.</summary>
    public string Title => $"Availability of each tenant, brakes {(BrakesEnabled ? "on" : "off")}";
}
