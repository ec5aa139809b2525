// What the soak came to: figures as text, and the plots. Flat is what the last third holds no more of than the first did.
using System.Globalization;
using System.Text;

namespace Rdfe.Bench.Soak;

internal static class SoakReport
{
    private const double Mib = 1024 * 1024;

    // What the operator has published, and what there is one of for each cluster, node or key: bounded by the fabric, not by time.
    private static readonly HashSet<string> Bounded = ["Documents", "Meta", "ClusterBundles", "ClusterHealth", "hosts/Nodes"];

    /// <summary>The samples of the load, without the time in which caches fill and retentions are reached for the first time.</summary>
    public static List<SoakSample> Settled(IReadOnlyList<SoakSample> load) => [.. load.Where(s => s.Minutes >= Math.Min(10, load[^1].Minutes / 4))];

    /// <summary>Means of the first and the last third, and what a straight line through all gains in an hour.</summary>
    public static (double First, double Last, double AnHour) Trend(IReadOnlyList<SoakSample> settled, Func<SoakSample, double> of)
    {
        var third = Math.Max(1, settled.Count / 3);
        var (x, y) = (settled.Average(s => s.Minutes), settled.Average(of));
        var spread = settled.Sum(s => (s.Minutes - x) * (s.Minutes - x));
        return (settled.Take(third).Average(of), settled.TakeLast(third).Average(of),
            spread == 0 ? 0 : 60 * settled.Sum(s => (s.Minutes - x) * (of(s) - y)) / spread);
    }

    /// <summary>Tables that hold more than they did before anybody had come, when everything was deleted and all retentions are over.</summary>
    public static List<(string Table, long Before, long After)> Left(SoakSample before, SoakSample after) =>
        [.. after.Rows.Select(r => (r.Key, before.Rows.GetValueOrDefault(r.Key), r.Value)).Where(r => r.Item2 != r.Value)];

    public static bool IsLeak((string Table, long Before, long After) row) =>
        // The last row of a log stays, whatever its age: the next one's number follows from it.
        row.After > row.Before + 1 && !Bounded.Contains(row.Table);

    public static string Write(IReadOnlyList<SoakSample> samples, IReadOnlyList<SoakSample> load, SoakTraffic traffic, int lives, int deliveries, string books, IReadOnlyList<string> complaints)
    {
        var settled = Settled(load);
        var text = new StringBuilder();
        void Line(string name, Func<SoakSample, double> of, double unit, string format = "0.0")
        {
            var (first, last, hour) = Trend(settled, of);
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {(first / unit).ToString(format, CultureInfo.InvariantCulture)} | {(last / unit).ToString(format, CultureInfo.InvariantCulture)} | {(last / Math.Max(first, 1e-9) - 1) * 100:+0.0;-0.0} % | {(hour / unit).ToString("+" + format + ";-" + format, CultureInfo.InvariantCulture)} |");
        }

        var (before, end) = (samples[0], samples[^1]);
        var minutes = load[^1].Minutes - load[0].Minutes;
        text.AppendLine(CultureInfo.InvariantCulture, $"{minutes:0.0} minutes of load, {load[0].Now} to {load[^1].Now} in the fabric; {load[^1].Sent:#,0} requests, {load[^1].Sent / minutes / 60:0.0} a second; {lives} lives of tenants; {deliveries} deliveries of webhooks taken; {(load[^1].CpuSeconds - load[0].CpuSeconds) / minutes / 60:0.00} cores.");
        text.AppendLine().AppendLine("| | first third | last third | change | a line through all, per hour |").AppendLine("|---|---|---|---|---|");
        Line("managed heap after a full collection, MiB", s => s.Heap, Mib);
        Line("committed by the collector, MiB", s => s.Committed, Mib);
        Line("resident memory, MiB", s => s.Rss, Mib);
        Line("database and its log, MiB", s => s.DatabaseBytes, Mib);
        Line("hosts' file, MiB", s => s.HostsBytes, Mib, "0.00");
        Line("packages, KiB", s => s.PackagesBytes, 1024);
        Line("rows of all tables", s => s.Rows.Values.Sum(), 1, "0");
        Line("handles", s => s.Handles, 1);
        Line("threads", s => s.Threads, 1);
        Line("p50, ms", s => s.P50, 1, "0.00");
        Line("p99, ms", s => s.P99, 1);
        text.AppendLine().AppendLine("Answers: " + Counts(traffic.Statuses.Select(s => (s.Key.ToString(CultureInfo.InvariantCulture), s.Value))) + ".");
        text.AppendLine().AppendLine("Refusals: " + Counts(traffic.Codes.Select(s => (s.Key, s.Value))) + ".");
        text.AppendLine().AppendLine("Operations that were waited for: " + Counts(traffic.Ends.Select(s => (s.Key, s.Value))) + ".");
        text.AppendLine().AppendLine("Done: " + Counts(traffic.Done.Where(d => !d.Key.StartsWith("GET", StringComparison.Ordinal)).Select(s => (s.Key, s.Value))) + ".");
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"When everything was deleted and {SoakServer.Kept.TotalDays:0} days of retention were over ({end.Now}): heap {before.Heap / Mib:0.0} MiB before, {end.Heap / Mib:0.0} MiB after; rows that are not as many as before:").AppendLine();
        text.AppendLine("| table | before | most | after |").AppendLine("|---|---|---|---|");
        foreach (var row in Left(before, end))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Table}{(IsLeak(row) ? " (left)" : "")} | {row.Before} | {samples.Max(s => s.Rows.GetValueOrDefault(row.Table))} | {row.After} |");
        }

        text.AppendLine().AppendLine("Books: " + books);
        text.AppendLine().AppendLine(CultureInfo.InvariantCulture, $"Findings: {traffic.Findings.Count}; warnings in the log: {complaints.Count}.").AppendLine();
        foreach (var finding in traffic.Findings.Concat(complaints).Take(40))
        {
            text.AppendLine("- " + finding.ReplaceLineEndings(" "));
        }

        return text.ToString();
    }

    public static void Plot(string folder, IReadOnlyList<SoakSample> samples)
    {
        SoakLine Of(string name, Func<SoakSample, double> of) => new(name, [.. samples.Select(s => (s.Minutes, of(s)))]);
        void Save(string name, string svg) => File.WriteAllText(Path.Combine(folder, name + ".svg"), svg);
        Save("memory", SoakPlot.Draw("Memory", "MiB", [Of("heap after a full collection", s => s.Heap / Mib), Of("committed by the collector", s => s.Committed / Mib), Of("resident", s => s.Rss / Mib)]));
        Save("files", SoakPlot.Draw("Files", "MiB", [Of("database and its log", s => s.DatabaseBytes / Mib), Of("hosts' file", s => s.HostsBytes / Mib)]));
        var largest = samples.SelectMany(s => s.Rows).GroupBy(r => r.Key).OrderByDescending(g => g.Max(r => r.Value)).Take(6).Select(g => g.Key);
        Save("rows", SoakPlot.Draw("Rows of the largest tables", "rows", [.. largest.Select(t => Of(t, s => s.Rows.GetValueOrDefault(t)))], logarithmic: true));
        Save("handles", SoakPlot.Draw("Open handles and threads", "", [Of("handles", s => s.Handles), Of("threads", s => s.Threads)]));
        Save("latency", SoakPlot.Draw("Time to an answer", "ms", [Of("median", s => s.P50), Of("99th percentile", s => s.P99)], logarithmic: true));
        Save("requests", SoakPlot.Draw("Requests a second", "", [new("requests", [.. samples.Zip(samples.Skip(1)).Select(p => (p.Second.Minutes, (p.Second.Sent - p.First.Sent) / Math.Max(0.01, p.Second.Minutes - p.First.Minutes) / 60))])]));
    }

    private static string Counts(IEnumerable<(string Name, long Count)> counts) =>
        string.Join(", ", counts.OrderByDescending(c => c.Count).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Name} {c.Count:#,0}")));
}
