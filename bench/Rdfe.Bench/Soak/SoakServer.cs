// The program as people run it, a process of its own on a data folder; with short retentions, so that what is kept for a while
// reaches its end many times within the hour, and a clock that runs ten minutes a second.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Rdfe.Testing;

namespace Rdfe.Bench.Soak;

internal sealed class SoakServer : IDisposable
{
    public const double Rate = 600;
    public const string OperatorKey = "operator-key-of-the-soak";

    /// <summary>How long everything is kept that is kept for a while, in fabric time: 4.8 minutes of the soak.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(2);

    /// <summary>How long idempotency records are kept, in real time.</summary>
    public static readonly TimeSpan AnswersKept = TimeSpan.FromMinutes(2);

    public static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly Queue<string> said = new();
    private readonly List<string> complaints = [];
    private readonly string socket;

    public SoakServer(string folder)
    {
        Folder = folder;
        socket = Path.Combine(folder, "soak.sock");
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Rdfe.Api.dll"), "--urls", Address.ToString() },
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in Settings(folder))
        {
            start.Environment[key] = value;
        }

        start.Environment["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "Rdfe.Bench.dll");
        start.Environment[StartupHook.SocketVariable] = socket;
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, e) => Keep(e.Data);
        process.ErrorDataReceived += (_, e) => Keep(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Folder { get; }

    public Uri Address { get; }

    public int Id => process.Id;

    public string Database => Path.Combine(Folder, "rdfe.db");

    public TimeSpan Cpu
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>What the program logged as a warning or worse.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (said)
            {
                return [.. complaints];
            }
        }
    }

    public async Task ReadyAsync()
    {
        using var client = new HttpClient { BaseAddress = Address };
        for (var patience = 0; patience < 600; patience++)
        {
            try
            {
                if ((await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new InvalidOperationException("The server does not come up:\n" + string.Join('\n', said));
    }

    /// <summary>The managed heap after a full collection, and what the collector has committed.</summary>
    public (long Live, long Committed) Heap()
    {
        using var line = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        line.Connect(new UnixDomainSocketEndPoint(socket));
        var bytes = new byte[64];
        var figures = System.Text.Encoding.ASCII.GetString(bytes, 0, line.Receive(bytes)).Split(' ');
        return (long.Parse(figures[0], CultureInfo.InvariantCulture), long.Parse(figures[1], CultureInfo.InvariantCulture));
    }

    /// <summary>Asks it to end (SIGTERM), and waits until it has.</summary>
    public int Stop()
    {
        using (var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        return process.WaitForExit(TimeSpan.FromSeconds(60)) ? process.ExitCode : -1;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }

        process.Dispose();
    }

    private static Dictionary<string, string> Settings(string folder)
    {
        var kept = Kept.ToString("c", CultureInfo.InvariantCulture);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Rdfe__DataFolder"] = folder,
            ["Rdfe__OperatorKey"] = OperatorKey,
            ["Rdfe__Topology"] = Path.Combine(Repository.Root, "topologies", "small.json"),
            ["Rdfe__Clock__Rate"] = Rate.ToString(CultureInfo.InvariantCulture),
            ["Rdfe__Clock__Start"] = "2026-03-01T00:00:00Z",
            ["Rdfe__Limits__RequestsPerSecond"] = "1000000",
            ["Rdfe__Limits__IdempotencyRetention"] = AnswersKept.ToString("c", CultureInfo.InvariantCulture),
            ["Rdfe__Events__TrimInterval"] = TrimInterval.ToString("c", CultureInfo.InvariantCulture),
            ["Rdfe__Rollouts__PlanBudget"] = "00:00:00.1",
            ["Rdfe__Webhooks__AllowLoopback"] = "true",
            ["Rdfe__Webhooks__PollInterval"] = "00:00:01",
            ["Logging__LogLevel__Default"] = "Warning",
        };
        foreach (var retention in (string[])["Events__Retention", "Events__OperationRetention", "Events__ActivityRetention", "Billing__HistoryRetention",
            "Billing__DayRetention", "Rollouts__PlanRetention", "Rollouts__Retention", "Notices__Retention", "ServiceHealth__Retention", "Windows__LedgerRetention"])
        {
            settings["Rdfe__" + retention] = kept;
        }

        return settings;
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (said)
        {
            said.Enqueue(line);
            if (line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal) || line.StartsWith("warn:", StringComparison.Ordinal))
            {
                complaints.Add(line);
            }
            else if (complaints.Count > 0 && line.StartsWith("      ", StringComparison.Ordinal) && complaints.Count < 200)
            {
                complaints[^1] += line.Length > 300 ? line[..300] : line;
            }

            if (said.Count > 60)
            {
                said.Dequeue();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
