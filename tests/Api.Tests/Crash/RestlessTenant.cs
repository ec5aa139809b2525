// A tenant that never rests: creates, stops, starts, deletes, one request after the other, and remembers every promise
// that it was given. What it asks is drawn from a seed; what it gets depends on when the server dies.
using System.Net;
using System.Text.Json.Nodes;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Crash;

internal sealed class RestlessTenant(Guid subscription, int number, SeededIds draws)
{
    private static readonly string[] Actions = ["restart", "powerOff", "start", "deallocate"];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private (HttpMethod Method, string Path, string? Body, string Key)? unanswered;
    private int count;

    /// <summary>Every operation that was accepted: its path, and how it was seen to end.</summary>
    public Dictionary<string, (string Status, string EndedAt)?> Promises { get; } = new(StringComparer.Ordinal);

    public int Accepted => Promises.Count;

    public async Task Work(HttpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // A request whose answer was lost is asked again with its key: it must not be done twice.
            var (method, path, body, key) = unanswered ?? Next();
            unanswered = (method, path, body, key);
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : RdfeApp.Text(body) };
            request.Headers.Add("Idempotency-Key", key);
            try
            {
                using var response = await client.SendAsync(request, CancellationToken.None);
                var text = await response.Content.ReadAsStringAsync(CancellationToken.None);
                Assert.True((int)response.StatusCode < 500 || response.StatusCode == HttpStatusCode.ServiceUnavailable,
                    $"{method} {path} answered {(int)response.StatusCode}: {text}");
                if (response.StatusCode == HttpStatusCode.Accepted)
                {
                    var location = new Uri(response.Headers.GetValues("Operation-Location").Single());
                    Promises.TryAdd(location.AbsolutePath, null);
                }

                unanswered = null;
            }
            catch (HttpRequestException)
            {
                return;
            }
            catch (TaskCanceledException)
            {
                return;
            }
        }
    }

    /// <summary>Looks at every promise: an end that was seen must be the end that is still there.</summary>
    public async Task<int> StillOpen(HttpClient client)
    {
        var open = 0;
        foreach (var (path, seen) in Promises.ToList())
        {
            using var response = await client.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{path} was promised, and now: {(int)response.StatusCode} {text}");
            var operation = JsonNode.Parse(text)!;
            var status = (string)operation["status"]!;
            if (status is "notStarted" or "running")
            {
                Assert.True(seen is null, $"{path} had ended as {seen} and is {status} again.");
                open++;
                continue;
            }

            var end = (status, (string)operation["endedAt"]!);
            Assert.True(seen is null || seen == end, $"{path} ended as {seen}, and now as {end}.");
            Promises[path] = end;
        }

        return open;
    }

    private (HttpMethod, string, string?, string) Next()
    {
        var key = $"{number}-{count++}";
        var roll = Roll(10);
        if (names.Count < 4 || roll < 4)
        {
            var name = $"box-{number}-{count}";
            names.Add(name);
            var place = roll % 2 == 0 ? "\"availabilitySet\": \"front\"" : "\"region\": \"north\"";
            return (HttpMethod.Put, Machine(name), $$"""{ {{place}}, "size": "ExtraSmall", "image": "ubuntu-22.04" }""", key);
        }

        var some = names.Order(StringComparer.Ordinal).ElementAt(Roll(names.Count));
        if (roll < 6)
        {
            names.Remove(some);
            return (HttpMethod.Delete, Machine(some), null, key);
        }

        return (HttpMethod.Post, $"{Machine(some)}/{Actions[Roll(Actions.Length)]}", null, key);
    }

    private string Machine(string name) => $"/subscriptions/{subscription}/virtualMachines/{name}";

    private int Roll(int below)
    {
        Span<byte> bytes = stackalloc byte[4];
        draws.Fill(bytes);
        return (int)(BitConverter.ToUInt32(bytes) % (uint)below);
    }
}
