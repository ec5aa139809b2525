// The program as people run it: a process of its own on a data folder of its own, that can be killed with kill -9.
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

    public static async Task<ServerProcess> Start(string folder, double rate)
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
        var server = new ServerProcess(Process.Start(start)!, address);
        server.process.OutputDataReceived += (_, e) => server.Keep(e.Data);
        server.process.ErrorDataReceived += (_, e) => server.Keep(e.Data);
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        await server.UntilReady();
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

    private async Task UntilReady()
    {
        using var client = new HttpClient { BaseAddress = Address };
        for (var patience = 0; ; patience++)
        {
            try
            {
                if ((await client.GetAsync("/health/ready")).IsSuccessStatusCode)
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
