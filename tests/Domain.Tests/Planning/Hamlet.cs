using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using NodaTime;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>
/// Clusters and plans as text. A node is a line: its name, minutes, then instances as <c>role.number/udN</c>, or <c>-</c>.
/// <para>
/// On an instance: <c>!</c> down, <c>!5</c> down for 5 more minutes, <c>fixed.web.0</c> before it for one that may not be moved. On a node:
/// <c>done</c>, <c>began-5</c> under way for 5 minutes, <c>shut</c> takes no instances, <c>free3</c> has room for 3 more (0), <c>fd2</c>
/// stands in fault domain 2 (0).
/// </para>
/// </summary>
internal static class Hamlet
{
    public static readonly Instant Now = Instant.FromUtc(2012, 2, 29, 0, 0);
    private static readonly Resources One = new(100, 1_024, 0, 0);

    public static MaintenanceInventory Of(string text, int most = int.MaxValue)
    {
        var nodes = ImmutableArray.CreateBuilder<MaintainedNode>();
        var down = ImmutableArray.CreateBuilder<InstanceDown>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var node = new MaintainedNode(new(words[0]), Duration.FromMinutes(Number(words[1])), []) { Free = Resources.None };
            foreach (var word in words[2..])
            {
                if (word == "done")
                {
                    node = node with { Due = false, Version = "new" };
                }
                else if (word.StartsWith("began-", StringComparison.Ordinal))
                {
                    node = node with { BeganAt = Now - Duration.FromMinutes(Number(word[6..])) };
                }
                else if (word == "shut")
                {
                    node = node with { TakesInstances = false };
                }
                else if (word.StartsWith("free", StringComparison.Ordinal))
                {
                    node = node with { Free = One * Number(word[4..]) };
                }
                else if (word.StartsWith("fd", StringComparison.Ordinal))
                {
                    node = node with { FaultDomain = Number(word[2..]) };
                }
                else if (word != "-")
                {
                    var parts = word.Replace("fixed.", "", StringComparison.Ordinal).Split('/', '!');
                    var group = parts[0][..parts[0].IndexOf('.', StringComparison.Ordinal)];
                    var instance = new MaintainedInstance(
                        new(parts[0]), group == "lone" ? null : new GroupId(group), Number(parts[1][2..]), One, MayMove: !word.StartsWith("fixed.", StringComparison.Ordinal));
                    node = node with { Instances = node.Instances.Add(instance) };
                    if (parts.Length > 2 && instance.Group is { } g)
                    {
                        Instant? until = parts[2].Length == 0 ? null : Now + Duration.FromMinutes(Number(parts[2]));
                        down.Add(new InstanceDown(instance.Id, g, instance.UpdateDomain, node.Id, until));
                    }
                }
            }

            nodes.Add(node with { Total = (One * node.Instances.Length) + node.Free });
        }

        return new MaintenanceInventory(Now, nodes.DrainToImmutable(), down.DrainToImmutable(), most);
    }

    /// <summary>A plan as text: rounds, times in minutes with what they wait for, and the bounds.</summary>
    public static string Print(this MaintenancePlan plan)
    {
        var text = new StringBuilder();
        foreach (var move in plan.Moves)
        {
            text.Append(CultureInfo.InvariantCulture, $"move {move.Instance} from {move.From} to {move.To}\n");
        }

        foreach (var round in plan.Rounds)
        {
            text.Append(CultureInfo.InvariantCulture, $"round {round.Number}: {string.Join(' ', round.Nodes)}\n");
        }

        foreach (var node in plan.Nodes)
        {
            text.Append(CultureInfo.InvariantCulture, $"{node.Node} {Minutes(node.Starts)}-{Minutes(node.Ends)}{(node.Wait is { } w ? " " + Print(w) : "")}\n");
        }

        foreach (var left in plan.Left)
        {
            text.Append(CultureInfo.InvariantCulture, $"{left.Node} never {Print(left.Wait)}\n");
        }

        return text.Append(CultureInfo.InvariantCulture,
            $"at least {plan.RoundBound.Rounds} rounds ({string.Join(' ', plan.RoundBound.Clique)}), {plan.TimeBound.Time.TotalMinutes} min ({string.Join(' ', plan.TimeBound.Clique)})\n")
            .ToString();
    }

    /// <summary>What a plan leaves of its cluster: in rounds, and from moment to moment. Cores are told in instances.</summary>
    public static string PrintRoom(this MaintenancePlan plan) =>
        string.Concat(plan.Rounds.Select(r => string.Create(CultureInfo.InvariantCulture,
            $"round {r.Number}: {r.Takes.TotalMinutes} min, {r.FreeCores / 100.0} free, {r.FreeNodes:0.##} nodes\n")))
        + string.Concat(plan.Steps.Select(s => string.Create(CultureInfo.InvariantCulture,
            $"{Minutes(s.At)}: {string.Join(' ', s.Ends.Select(n => $"-{n}").Concat(s.Starts.Select(n => $"+{n}")))}; {s.NodesDown} nodes and {s.InstancesDown} instances down, {s.FreeCores / 100.0} free, {s.FreeNodes:0.##} nodes, {s.EmptyNodes} empty\n")));

    public static string Print(this NextNodes next) =>
        $"start: {(next.MayStart.IsEmpty ? "nobody" : string.Join(' ', next.MayStart))}\n"
        + string.Concat(next.Waiting.Select(w => $"{w.Node} {(w.Predicted is { } at ? Minutes(at) : "never")} {Print(w.Wait)}\n"));

    private static string Print(NodeWait wait) =>
        string.Join(' ', new[] { $"{wait.Kind}", wait.Mine?.Value, wait.Instance?.Value, wait.Node?.Value }.OfType<string>());

    private static string Minutes(Instant at) => (at - Now).TotalMinutes.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
