// What is looked at while the soak runs: memory, handles and threads of the process, files, rows of every table, answers.
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Rdfe.Bench.Soak;

/// <param name="Minutes">Of the soak.</param>
/// <param name="Heap">Managed, after a full collection.</param>
/// <param name="Rows">By table; of the hosts' file with the prefix "hosts/".</param>
internal sealed record SoakSample(
    double Minutes, string Now, long Heap, long Committed, long Rss, int Handles, int Threads, double CpuSeconds, long DatabaseBytes, long HostsBytes,
    long PackagesBytes, long Sent, double P50, double P99, IReadOnlyDictionary<string, long> Rows);

internal static class SoakSampling
{
    public static SoakSample Take(SoakServer server, SoakTraffic traffic, double minutes, string now)
    {
        var (p50, p99) = traffic.TakeLatencies();
        var (heap, committed) = server.Heap();
        var status = File.ReadAllText($"/proc/{server.Id}/status");
        var rows = new SortedDictionary<string, long>(StringComparer.Ordinal);
        CountRows(server.Database, "", rows);
        var hosts = Path.Combine(server.Folder, "hosts.db");
        CountRows(hosts, "hosts/", rows);
        var packages = Path.Combine(server.Folder, "packages");
        return new(
            minutes, now, heap, committed, Kib(status, "VmRSS") * 1024, Directory.GetFiles($"/proc/{server.Id}/fd").Length, (int)Kib(status, "Threads"),
            server.Cpu.TotalSeconds, Size(server.Database) + Size(server.Database + "-wal"), Size(hosts) + Size(hosts + "-wal"),
            Directory.Exists(packages) ? Directory.EnumerateFiles(packages, "*", SearchOption.AllDirectories).Sum(Size) : 0,
            traffic.Sent, p50, p99, rows);
    }

    public static string Csv(IReadOnlyList<SoakSample> samples)
    {
        var tables = samples.SelectMany(s => s.Rows.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        var lines = samples.Select(s => string.Create(CultureInfo.InvariantCulture,
            $"{s.Minutes:0.00},{s.Now},{s.Heap},{s.Committed},{s.Rss},{s.Handles},{s.Threads},{s.CpuSeconds:0.0},{s.DatabaseBytes},{s.HostsBytes},{s.PackagesBytes},{s.Sent},{s.P50:0.00},{s.P99:0.00},")
            + string.Join(',', tables.Select(t => s.Rows.GetValueOrDefault(t).ToString(CultureInfo.InvariantCulture))));
        return "minutes,now,heap,committed,rss,handles,threads,cpuSeconds,databaseBytes,hostsBytes,packagesBytes,requests,p50ms,p99ms,"
            + string.Join(',', tables) + "\n" + string.Join('\n', lines) + "\n";
    }

    private static void CountRows(string file, string prefix, SortedDictionary<string, long> rows)
    {
        if (!File.Exists(file))
        {
            return;
        }

        using var db = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False;Default Timeout=10");
        db.Open();
        var tables = new List<string>();
        using (var list = db.CreateCommand())
        {
            list.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
            using var reader = list.ExecuteReader();
            while (reader.Read())
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables)
        {
            using var count = db.CreateCommand();
#pragma warning disable CA2100 // Names of the store's own tables.
            count.CommandText = $"SELECT COUNT(*) FROM \"{table}\"";
#pragma warning restore CA2100
            rows[prefix + table] = (long)count.ExecuteScalar()!;
        }
    }

    private static long Size(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private static long Kib(string status, string name) =>
        long.Parse(Regex.Match(status, $@"^{name}:\s+(\d+)", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
}
