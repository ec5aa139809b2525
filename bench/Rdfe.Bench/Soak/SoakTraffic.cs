// Sends requests and counts what came of them: answers by status, how long they took, and whatever is not as promised.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Rdfe.Bench.Soak;

internal sealed record SoakAnswer(int Status, string Body)
{
    public bool Good => Status is >= 200 and < 300;

    public JsonNode? Json => Body.StartsWith('{') || Body.StartsWith('[') ? JsonNode.Parse(Body) : null;

    public string? Operation => (string?)Json?["operation"];
}

internal sealed class SoakTraffic : IDisposable
{
    private const int MostFindings = 200;
    private readonly HttpClient client;
    private ConcurrentQueue<double> latencies = new();

    public SoakTraffic(Uri address)
    {
        client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", SoakServer.OperatorKey);
    }

    public ConcurrentDictionary<int, long> Statuses { get; } = new();

    /// <summary>Refusals by their code.</summary>
    public ConcurrentDictionary<string, long> Codes { get; } = new();

    /// <summary>What succeeded, by method and collection.</summary>
    public ConcurrentDictionary<string, long> Done { get; } = new();

    /// <summary>Ends of operations, by status.</summary>
    public ConcurrentDictionary<string, long> Ends { get; } = new();

    public ConcurrentQueue<string> Findings { get; } = new();

    public long Sent => Statuses.Values.Sum();

    public async Task<SoakAnswer> SendAsync(string method, string path, object? body = null, string? key = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = body switch
        {
            null => null,
            byte[] zip => new ByteArrayContent(zip) { Headers = { ContentType = new MediaTypeHeaderValue("application/zip") } },
            string text => new StringContent(text, Encoding.UTF8, "application/json"),
            _ => new StringContent(System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        var began = Stopwatch.GetTimestamp();
        try
        {
            using var response = await client.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            latencies.Enqueue(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            return Count(method, path, new SoakAnswer((int)response.StatusCode, text));
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Found($"{method} {path} was not answered: {e.Message}");
            return Count(method, path, new SoakAnswer(0, ""));
        }
    }

    /// <summary>Answers name operations by their whole address.</summary>
    public string PathOf(string operation) => new Uri(client.BaseAddress!, operation).AbsolutePath;

    /// <summary>Waits until the operation has ended, and gives how; null when it has not within that time.</summary>
    public async Task<string?> EndOf(string? operation, TimeSpan within)
    {
        for (var watch = Stopwatch.StartNew(); operation is not null && watch.Elapsed < within;)
        {
            var answer = await SendAsync("GET", operation);
            if (answer.Status is 404)
            {
                return "trimmed";
            }

            if (answer.Json?["endedAt"] is not null)
            {
                var status = (string)answer.Json!["status"]!;
                Ends.AddOrUpdate(status, 1, (_, n) => n + 1);
                return status;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }

        return null;
    }

    public void Found(string what)
    {
        if (Findings.Count < MostFindings)
        {
            Findings.Enqueue(what);
        }
    }

    /// <summary>The median and the 99th percentile, in milliseconds, of what was answered since the last call.</summary>
    public (double P50, double P99) TakeLatencies()
    {
        var sorted = Interlocked.Exchange(ref latencies, new()).Order().ToArray();
        return sorted.Length == 0 ? (0, 0) : (sorted[sorted.Length / 2], sorted[(int)((sorted.Length - 1) * 0.99)]);
    }

    /// <summary>Reads the stream of events for a while.</summary>
    public async Task ListenAsync(TimeSpan howLong, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(howLong);
        try
        {
            await using var stream = await client.GetStreamAsync(new Uri("/fabric/events", UriKind.Relative), end.Token);
            var buffer = new byte[8192];
            while (await stream.ReadAsync(buffer, end.Token) > 0)
            {
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The reader has gone, in the middle of a word: that is what is tried.
        }
    }

    public void Dispose() => client.Dispose();

    private SoakAnswer Count(string method, string path, SoakAnswer answer)
    {
        Statuses.AddOrUpdate(answer.Status, 1, (_, n) => n + 1);
        if (answer.Good)
        {
            Done.AddOrUpdate(Kind(method, path), 1, (_, n) => n + 1);
        }
        else if (answer.Status >= 400)
        {
            var code = (string?)answer.Json?["code"] ?? "none";
            Codes.AddOrUpdate(code, 1, (_, n) => n + 1);
            // Turned away for a moment is no fault; anything else of the server's is.
            if (answer.Status >= 500 && code is not ("regionReadOnly" or "clusterReadOnly" or "safeMode" or "clockAdvancing" or "overloaded"))
            {
                Found(string.Create(CultureInfo.InvariantCulture, $"{method} {path} answered {answer.Status}: {answer.Body[..Math.Min(400, answer.Body.Length)]}"));
            }
        }

        return answer;
    }

    // The path without what has a name of its own.
    private static string Kind(string method, string path)
    {
        var parts = path.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts[0] switch
        {
            "subscriptions" => method + " " + string.Join('/', parts.Skip(2).Where((_, i) => i % 2 == 0).DefaultIfEmpty("subscription")),
            "instances" => method + " metadata",
            _ => method + " " + string.Join('/', parts.Take(2)) + (parts.Length > 3 ? "/" + parts[^1] : ""),
        };
    }
}
