// The program as people run it: a process of its own on a data folder, that can be killed with kill -9, or paused.
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Crash;

internal sealed class ServerProcess : IDisposable
{
    private readonly Process process;

    private ServerProcess(Process process, Uri address) => (this.process, Address) = (process, address);

    public Uri Address { get; }

    /// <summary>Starts it, and waits until it serves.</summary>
    public static Task<ServerProcess> Start(string folder, double rate) => Start(folder, rate, "/health/ready");

    /// <summary>Starts one of several on a folder, and waits until it serves or stands by.</summary>
    public static Task<ServerProcess> StartContender(string folder, double rate, string lease) => Start(
        folder, rate, "/health/live", ("Rdfe__Takeover__LeaseDuration", lease), ("Rdfe__Takeover__PollInterval", "00:00:00.1"));

    private static async Task<ServerProcess> Start(
        string folder, double rate, string until, params (string Key, string Value)[] settings)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Rdfe.Api.dll"), "--urls", address.ToString() },
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Rdfe__DataFolder"] = folder;
        start.Environment["Rdfe__OperatorKey"] = RdfeApp.OperatorKey;
        start.Environment["Rdfe__Topology"] = Path.Combine(Repository.Root, "topologies", "small.json");
        start.Environment["Rdfe__Clock__Rate"] = rate.ToString(System.Globalization.CultureInfo.InvariantCulture);
        start.Environment["Rdfe__Quotas__Cores"] = "10000";
        start.Environment["Rdfe__Quotas__Vms"] = "10000";
        start.Environment["Rdfe__Quotas__Vips"] = "10000";
        start.Environment["Rdfe__Quotas__Services"] = "10000";
        start.Environment["Rdfe__Limits__RequestsPerSecond"] = "1000000";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        var server = new ServerProcess(Process.Start(start)!, address);
        server.process.OutputDataReceived += (_, e) => server.Keep(e.Data);
        server.process.ErrorDataReceived += (_, e) => server.Keep(e.Data);
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        await server.Until(until);
        return server;
    }

    public HttpClient Client()
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(20) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RdfeApp.OperatorKey);
        return client;
    }

    /// <summary>kill -9: no handler of the program runs.</summary>
    public void Kill()
    {
        process.Kill(entireProcessTree: true);
        process.WaitForExit();
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            Kill();
        }

        process.Dispose();
    }

    /// <summary>The last lines that the program wrote.</summary>
    public string Said()
    {
        lock (said)
        {
            return string.Join('\n', said);
        }
    }

    /// <summary>Errors that the program logged: a decision that threw, a round that failed. There shall be none.</summary>
    public string Complaints()
    {
        lock (said)
        {
            return string.Join('\n', complaints);
        }
    }

    private readonly Queue<string> said = new();
    private readonly List<string> complaints = [];

    private void Keep(string? line)
    {
        lock (said)
        {
            said.Enqueue(line ?? "");
            if (line is not null && (line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal)))
            {
                complaints.Add(line);
            }

            if (said.Count > 40)
            {
                said.Dequeue();
            }
        }
    }

    /// <summary>Waits until it is the one that serves; false when it is not within the time.</summary>
    public async Task<bool> Serves(TimeSpan within) => await Answers("/health/ready", 200, within);

    /// <summary>Waits until it stands by.</summary>
    public async Task<bool> StandsBy(TimeSpan within) => await Answers("/health/ready", 503, within);

    /// <summary>SIGSTOP: it is not given a moment, whatever it is at.</summary>
    public void Pause() => Signal("STOP");

    /// <summary>SIGCONT: it goes on as if no time had passed.</summary>
    public void Continue() => Signal("CONT");

    /// <summary>SIGTERM: it is asked to end, and does.</summary>
    public void Stop()
    {
        Signal("TERM");
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)), "It does not end when it is asked to.");
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task<bool> Answers(string path, int status, TimeSpan within)
    {
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < within;)
        {
            try
            {
                using var response = await client.GetAsync(path);
                if ((int)response.StatusCode == status)
                {
                    return true;
                }
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // Between two lives nobody listens.
            }
            catch (TaskCanceledException)
            {
                // On a busy machine an answer may take longer than the client waits for one.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return false;
    }

    private async Task Until(string path)
    {
        using var client = new HttpClient { BaseAddress = Address };
        for (var patience = 0; ; patience++)
        {
            try
            {
                if ((await client.GetAsync(path)).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException) when (!process.HasExited && patience < 600)
            {
                // Not listening yet.
            }

            Assert.False(process.HasExited, $"The program ended instead of serving:\n{Said()}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
