using System.Diagnostics;
using Rdfe.Domain;
using Rdfe.Domain.Planning;

namespace Rdfe.Bench.Planning;

/// <summary>
/// Ganeti's hroller on the same cluster (Debian's ganeti-htools 3.0.2). Its graph's edges are DRBD pairs, so each pair of nodes that
/// exclude each other becomes an instance without size that has one node as primary and the other as secondary.
/// </summary>
internal static class Hroller
{
    public sealed record Answer(int Rounds, double Seconds, int Broken, int Missing);

    /// <summary>Pairs of nodes that host a group in different update domains, found by brute force.</summary>
    public static HashSet<(int, int)> Pairs(MaintenanceInventory town)
    {
        var pairs = new HashSet<(int, int)>();
        var members = town.Nodes.SelectMany((n, v) => n.Instances.Select(i => (i.Group, i.UpdateDomain, Node: v)));
        foreach (var group in members.Where(m => m.Group is not null).Distinct().GroupBy(m => m.Group))
        {
            var all = group.OrderBy(m => m.Node).ToList();
            for (var a = 0; a < all.Count; a++)
            {
                for (var b = a + 1; b < all.Count; b++)
                {
                    if (all[a].UpdateDomain != all[b].UpdateDomain && all[a].Node != all[b].Node)
                    {
                        pairs.Add((all[a].Node, all[b].Node));
                    }
                }
            }
        }

        return pairs;
    }

    /// <summary>Writes the cluster in htools' text form; one node has to be the master.</summary>
    public static void Export(MaintenanceInventory town, IEnumerable<(int, int)> pairs, string path)
    {
        using var file = new StreamWriter(path) { NewLine = "\n" };
        file.WriteLine("default|uuid-default|preferred||\n");
        for (var v = 0; v < town.Nodes.Length; v++)
        {
            file.WriteLine($"{town.Nodes[v].Id}|65536|0|65536|1000000|1000000|16|{(v == 0 ? "M" : "N")}|uuid-default|1||N|0|0|1.0");
        }

        file.WriteLine();
        var number = 0;
        foreach (var (a, b) in pairs.Order())
        {
            file.WriteLine($"c{number++:0000000}|0|0|0|running|Y|{town.Nodes[a].Id}|{town.Nodes[b].Id}|drbd||0|-|N");
        }

        // No cluster tags; then a policy that allows everything, for the cluster and for its one group.
        file.WriteLine("\n");
        const string Policy = "|3584,1,40960,1,1,1|128,1,128,1,0,1;65536,16,4194304,16,8,12|plain,drbd,ext,rbd,sharedfile,file,blockdev,diskless|1.0|1000.0";
        file.WriteLine(Policy);
        file.WriteLine("default" + Policy);
    }

    /// <summary>Its answer, checked against the promise; null where it is not installed.</summary>
    public static Answer? Run(MaintenanceInventory town, HashSet<(int, int)> pairs)
    {
        var path = Path.Combine(Path.GetTempPath(), $"rdfe-plan-{Environment.ProcessId}.data");
        Export(town, pairs, path);
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("hroller", ["--offline-maintenance", "-v", "-t", path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (text, error, seconds) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync(), 0.0);

            // The system forgets a process's CPU time when it ends, so it is asked while it runs.
            while (!process.WaitForExit(20))
            {
                seconds = CpuOf(process) ?? seconds;
            }

            return process.ExitCode == 0
                ? Check(town, pairs, text.Result, seconds)
                : throw new InvalidOperationException($"hroller: {error.Result}");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double? CpuOf(Process process)
    {
        try
        {
            return process.TotalProcessorTime.TotalSeconds;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static Answer Check(MaintenanceInventory town, HashSet<(int, int)> pairs, string text, double seconds)
    {
        var number = town.Nodes.Select((n, v) => (n.Id.Value, v)).ToDictionary();
        var round = new Dictionary<int, int>();
        var rounds = 0;
        foreach (var names in text.Split('\n').Select(l => l.Trim().Split(',')).Where(n => number.ContainsKey(n[0])))
        {
            rounds++;
            Array.ForEach(names, n => round[number[n]] = rounds);
        }

        var broken = pairs.Count(p => round.GetValueOrDefault(p.Item1) == round.GetValueOrDefault(p.Item2));
        return new(rounds, seconds, broken, town.Nodes.Length - round.Count);
    }
}
