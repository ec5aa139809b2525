// R6, R7: an hour of mixed load at accelerated time, on the program as a process of its own. Memory is flat, no row is left that nobody
// has, the books balance. Figures and plots go to docs/soak, what they say to docs/soak.md.
using System.Diagnostics;
using System.Globalization;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Testing;

namespace Rdfe.Bench.Soak;

internal static class SoakBench
{
    private const int Tenants = 6;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TenantsPause = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan OperatorsPause = TimeSpan.FromMilliseconds(500);

    // A heap that grows by less than this from the first to the last third of an hour is called flat.
    private const double Flat = 1.05;

    public static int Run(string[] args) => RunAsync(
        args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 60,
        args.Length > 1 ? args[1] : Path.Combine(Repository.Root, "docs", "soak")).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(double minutes, string to)
    {
        // Which SQLite is loaded is said by the first code of the store that runs in this process (docs/adr/0006).
        System.Runtime.CompilerServices.RuntimeHelpers.RunModuleConstructor(typeof(RdfeDbContext).Module.ModuleHandle);
        Directory.CreateDirectory(to);
        var folder = Directory.CreateTempSubdirectory("rdfe-soak-").FullName;
        using var server = new SoakServer(folder);
        await server.ReadyAsync();
        using var traffic = new SoakTraffic(server.Address);
        using var receiver = new SoakReceiver(server.Address.Port == 65535 ? 20000 : server.Address.Port + 1);
        var (watch, samples) = (Stopwatch.StartNew(), new List<SoakSample>());
        var theOperator = new SoakOperator(traffic);
        // Code that runs for the first time, and nodes that all start: not what is measured.
        await theOperator.AdvanceAsync("PT2H");
        async Task SampleAsync()
        {
            samples.Add(SoakSampling.Take(server, traffic, watch.Elapsed.TotalMinutes, await theOperator.NowAsync()));
            await File.WriteAllTextAsync(Path.Combine(to, "samples.csv"), SoakSampling.Csv(samples));
            var s = samples[^1];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{s.Minutes,5:0.0} min {s.Now[..16]}  heap {s.Heap / 1048576.0:0.0} rss {s.Rss / 1048576.0:0} MiB, db {s.DatabaseBytes / 1048576.0:0.0} MiB, {s.Rows.Values.Sum()} rows, {s.Handles} handles, {s.Threads} threads, {s.Sent} sent, p50 {s.P50:0.0} p99 {s.P99:0.0} ms, cpu {s.CpuSeconds:0} s, findings {traffic.Findings.Count}, log {server.Complaints.Count}"));
        }

        await SampleAsync();
        using var stop = new CancellationTokenSource();
        var tenants = Enumerable.Range(1, Tenants).Select(n => new SoakTenant(traffic, n, receiver.Url)).ToList();
        var work = tenants.Select(t => Task.Run(() => t.LiveAsync(TenantsPause, stop.Token))).Append(Task.Run(() => theOperator.WorkAsync(OperatorsPause, stop.Token))).ToList();
        var began = watch.Elapsed;
        while ((watch.Elapsed - began).TotalMinutes < minutes && work.TrueForAll(w => !w.IsCompleted))
        {
            await Task.Delay(Every, TimeProvider.System);
            await SampleAsync();
        }

        var load = samples.ToList();
        await stop.CancelAsync();
        await theOperator.TidyAsync(TimeSpan.FromMinutes(3));
        await Task.WhenAll(work);
        await SampleAsync();
        // What is kept for a while goes when its time is over: twice the retention in the fabric, and the time of answers here.
        await theOperator.AdvanceAsync(string.Create(CultureInfo.InvariantCulture, $"PT{2 * SoakServer.Kept.TotalHours:0}H"));
        await Task.Delay(SoakServer.AnswersKept + 2 * SoakServer.TrimInterval, TimeProvider.System);
        await SampleAsync();
        if (server.Stop() != 0)
        {
            traffic.Found("The server did not end as it should.");
        }

        var report = SoakReport.Write(samples, load, traffic, tenants.Sum(t => t.Lives), receiver.Taken, Audit(folder), server.Complaints);
        await File.WriteAllTextAsync(Path.Combine(to, "figures.txt"), report.ReplaceLineEndings("\n"));
        SoakReport.Plot(to, samples);
        Console.WriteLine(report);
        var (first, last, _) = SoakReport.Trend(SoakReport.Settled(load), s => s.Heap);
        var good = traffic.Findings.IsEmpty && last <= first * Flat && !SoakReport.Left(samples[0], samples[^1]).Exists(SoakReport.IsLeak);
        Directory.Delete(folder, recursive: true);
        return good ? 0 : 1;
    }

    private static string Audit(string folder)
    {
        using var db = new RdfeDbContext(StoreStartup.OptionsFor(Path.Combine(folder, "rdfe.db")));
        var topologies = Path.Combine(Repository.Root, "topologies");
        try
        {
            Books.Check(db, FabricStartup.Load(db, Path.Combine(topologies, "small.json"), topologies).Topology);
            return "they balance.";
        }
        catch (InvalidOperationException wrong)
        {
            return wrong.Message;
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        }
    }
}
