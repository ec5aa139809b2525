// Durable creates through HTTP: 64 callers, each asking for its next virtual machine as soon as the last one is accepted.
// Then, in the same run and on the same disk, a bare loop that inserts the very same rows, 100 creates to a transaction.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Rdfe.Bench.Http;

internal static class HttpCreates
{
    private const int Callers = 64;
    private const int WarmUpSeconds = 10;

    public static int Run(string[] args) => RunAsync(args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(int seconds)
    {
        using var server = new BenchServer("default.json", rate: 1);
        var (tenant, http) = await server.TenantAsync();
        var load = new Load(http, tenant, await RegionsAsync(server));
        await load.RunAsync(TimeSpan.FromSeconds(WarmUpSeconds));
        load.Clear();

        var (batches, units) = server.Committer.Committed;
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var rounds = server.Rounds;
        var clock = Stopwatch.StartNew();
        await load.RunAsync(TimeSpan.FromSeconds(seconds));
        var took = clock.Elapsed.TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        var (batchesAfter, unitsAfter) = server.Committer.Committed;
        (batches, units) = (batchesAfter - batches, unitsAfter - units);
        var latencies = load.Latencies();
        var perSecond = latencies.Length / took;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            HTTP, {Callers} callers, {took:0.0} s: {latencies.Length} accepted, {perSecond:0} creates/s; p50 {At(latencies, 0.5):0.0} ms, p99 {At(latencies, 0.99):0.0} ms; errors {load.Errors}
            commits: {batches}, {batches / took:0}/s; {units} units, {(double)units / batches:0.0} to a commit, of them {(double)latencies.Length / batches:0.0} creates; engine {(server.Rounds - rounds) / took:0} rounds/s
            CPU of server and callers together: {cpu.TotalSeconds / took:0.00} cores, {cpu.TotalMilliseconds / latencies.Length:0.00} ms a create
            """));
        if (load.FirstError is { } error)
        {
            Console.Error.WriteLine(error);
            return 1;
        }

        var bare = BareInserts.Run(server, tenant);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            bare loop: {bare.Creates} creates, {bare.Rows:0.0} rows and {bare.Updates} updates each, 100 to a transaction: {bare.PerSecond:0} creates/s, {bare.CpuMs:0.00} ms of CPU each
            ratio: {perSecond / bare.PerSecond:P1}
            """));
        return 0;
    }

    private static async Task<string[]> RegionsAsync(BenchServer server)
    {
        var list = await BenchServer.Sent(server.Operator.GetAsync("/fabric/regions"), 200);
        return [.. list["value"]!.AsArray().Select(r => (string)r!["name"]!)];
    }

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[(int)(share * (sorted.Length - 1))];

    private sealed class Load(HttpClient http, Guid tenant, string[] regions)
    {
        private readonly ConcurrentBag<double> latencies = [];
        private int number;
        private int errors;

        public int Errors => errors;

        public string? FirstError { get; private set; }

        public void Clear() => latencies.Clear();

        public double[] Latencies() => [.. latencies.Order()];

        public async Task RunAsync(TimeSpan time)
        {
            var until = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(c => Task.Run(() => CallAsync(regions[c % regions.Length], until))));
        }

        private async Task CallAsync(string region, long until)
        {
            var body = Encoding.UTF8.GetBytes($$"""{"region":"{{region}}","size":"ExtraSmall","image":"ubuntu-24.04"}""");
            while (Stopwatch.GetTimestamp() < until)
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new("application/json");
                var path = $"/subscriptions/{tenant}/virtualMachines/vm-{Interlocked.Increment(ref number)}";
                var began = Stopwatch.GetTimestamp();
                using var response = await http.PutAsync(path, content);
                var answer = await response.Content.ReadAsByteArrayAsync();
                if ((int)response.StatusCode == 202)
                {
                    latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                }
                else if (Interlocked.Increment(ref errors) == 1)
                {
                    FirstError = Encoding.UTF8.GetString(answer);
                }
            }
        }
    }
}
