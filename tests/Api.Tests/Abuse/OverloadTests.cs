// More than can be served, and slower than can be waited for: the program says so at once to those who are too many, serves
// the others meanwhile, and everybody as before when it is over.
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Tests.Abuse;

[Trait("spec", "R7")]
public sealed class OverloadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const string Key = $"Host: localhost\r\nAuthorization: Bearer {RdfeApp.OperatorKey}\r\n";

    [Fact]
    public void Limits_that_cannot_hold_are_all_named_at_once()
    {
        Assert.True(new RdfeOptionsRules().Validate(null, new RdfeOptions()).Succeeded);
        var result = new RdfeOptionsRules().Validate(null, new RdfeOptions
        {
            Limits = { MaxRequests = 0, MaxWaitingHeavyRequests = -1, BodyGrace = TimeSpan.FromSeconds(1), HeadersTimeout = TimeSpan.Zero },
        });
        Assert.Equal(4, result.Failures!.Count());
    }

    [Fact]
    public async Task Slow_headers_and_slow_bodies_are_cut_off_and_others_are_served_meanwhile()
    {
        using var app = Served(("MaxRequests", "3"), ("HeadersTimeout", "00:00:02"), ("BodyGrace", "00:00:01.5"), ("MinBodyBytesPerSecond", "1000"));
        var tenant = await app.TenantAsync();
        using var headers = await SlowClient.Open(app.ClientOptions.BaseAddress, "GET /subscriptions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
        using var body = await SlowClient.Open(app.ClientOptions.BaseAddress, Upload(tenant.Path("/affinityGroups/slow"), 5000));
        await body.ReadUntil("100 Continue");
        var cut = Task.WhenAll(headers.Dribble(), body.Dribble());
        var served = 0;
        while (!cut.IsCompleted)
        {
            await tenant.Http.GetAsync("/subscriptions").Expect(200);
            served++;
        }

        var said = await cut;
        Assert.True(served > 1);
        Assert.StartsWith("HTTP/1.1 408", said[0], StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 408", said[1], StringComparison.Ordinal);
        Assert.Contains("\"requestTimeout\"", said[1], StringComparison.Ordinal);
        await tenant.Get("/affinityGroups/slow").Expect(404);
        await tenant.Put("/affinityGroups/slow", new { region = "north" }).Expect(201);
    }

    [Fact]
    public async Task More_requests_than_can_be_served_are_turned_away_and_what_waits_is_served_when_there_is_room()
    {
        using var app = Served(("MaxRequests", "2"), ("MaxWaitingRequests", "1"), ("MaxHeavyRequests", "1"), ("MaxWaitingHeavyRequests", "0"), ("BodyGrace", "00:01:00"));
        var tenant = await app.TenantAsync();
        var address = app.ClientOptions.BaseAddress;
        const string region = """{ "region": "north" }""";
        using var first = await SlowClient.Open(address, Upload(tenant.Path("/affinityGroups/a"), region.Length));
        using var second = await SlowClient.Open(address, Upload(tenant.Path("/affinityGroups/b"), region.Length));
        await first.ReadUntil("100 Continue");
        await second.ReadUntil("100 Continue");

        // Two are inside; of twenty more one waits.
        var flood = Enumerable.Range(0, 20).Select(_ => tenant.Http.GetAsync("/subscriptions")).ToList();
        var waits = flood.ToList();
        for (var i = 0; i < 19; i++)
        {
            var done = await Task.WhenAny(waits).WaitAsync(Patience);
            waits.Remove(done);
            Assert.Equal("1", (await done).Headers.RetryAfter?.ToString());
            await done.ExpectProblem(503, "overloaded");
        }

        Assert.False(waits[0].IsCompleted);
        // What costs much is counted by itself, and whether the program lives is always told.
        await tenant.Http.GetAsync("/health/live").Expect(200);
        await tenant.Http.Post("/fabric/clock/advance", new { by = "PT1S" }).Expect(202);
        using var heavy = await SlowClient.Open(address, Upload("/fabric/topology", 1000));
        await heavy.ReadUntil("100 Continue");
        await tenant.Http.Post("/fabric/clock/advance", new { by = "PT1S" }).ExpectProblem(503, "overloaded");

        await first.Send(region);
        await waits[0].WaitAsync(Patience).Expect(200);
        await first.ReadUntil("HTTP/1.1 201");
        await second.Send(region);
        await second.ReadUntil("HTTP/1.1 201");
        await tenant.Get("/affinityGroups/a").Expect(200);
        await tenant.Get("/affinityGroups/b").Expect(200);
        app.CheckBooks();
    }

    [Fact]
    public async Task More_connections_than_can_be_served_are_told_or_closed_and_the_next_is_served_when_there_is_room()
    {
        using var app = Served(("MaxConnections", "4"));
        var address = app.ClientOptions.BaseAddress;
        var asked = Encoding.ASCII.GetBytes($"GET /subscriptions HTTP/1.1\r\n{Key}\r\n");
        var open = new List<RawConnection>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                open.Add(new RawConnection(address));
                var answer = await open[i].SendAsync(asked, head: false, endsHere: false).WaitAsync(Patience);
                if (i < 4)
                {
                    Assert.Equal(200, answer.Status);
                }
                else if (answer.Status != 0)
                {
                    Assert.Equal(503, answer.Status);
                    Assert.Equal("1", answer.Headers["retry-after"]);
                    Assert.Equal("close", answer.Headers["connection"]);
                    Assert.Equal("application/problem+json", answer.MediaType);
                    Assert.Contains("\"overloaded\"", answer.Body, StringComparison.Ordinal);
                }

                Assert.True(i != 4 || answer.Status == 503, "The first beyond the limit is told.");
            }

            // Those who are inside are served all the while.
            Assert.Equal(200, (await open[0].SendAsync(asked, head: false, endsHere: false)).Status);
        }
        finally
        {
            open.ForEach(o => o.Dispose());
        }

        // The server learns of closed connections a little later.
        var watch = Stopwatch.StartNew();
        var last = 0;
        while (last != 200 && watch.Elapsed < Patience)
        {
            using var connection = new RawConnection(address);
            last = (await connection.SendAsync(asked, head: false, endsHere: false)).Status;
        }

        Assert.Equal(200, last);
    }

    private static RdfeApp Served(params (string Key, string Value)[] limits)
    {
        var app = RdfeApp.With([.. limits.Select(l => ("Rdfe:Limits:" + l.Key, l.Value))]);
        app.UseKestrel(0);
        _ = app.Operator;
        return app;
    }

    // The server says to go on when it begins to read the body: then the request is inside.
    private static string Upload(string path, int length) =>
        $"PUT {path} HTTP/1.1\r\n{Key}Content-Type: application/json\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n";

    private sealed class SlowClient : IDisposable
    {
        private readonly TcpClient client = new() { NoDelay = true };
        private readonly StringBuilder said = new();
        private readonly byte[] buffer = new byte[4096];
        private NetworkStream stream = null!;

        public static async Task<SlowClient> Open(Uri address, string begin)
        {
            var slow = new SlowClient();
            await slow.client.ConnectAsync(address.Host, address.Port);
            slow.stream = slow.client.GetStream();
            await slow.Send(begin);
            return slow;
        }

        public async Task Send(string text) => await stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask().WaitAsync(Patience);

        public async Task ReadUntil(string text)
        {
            while (!said.ToString().Contains(text, StringComparison.Ordinal))
            {
                Assert.True(await More().WaitAsync(Patience), $"Instead of {text}: {said}");
            }
        }

        /// <summary>A byte now and then, until the server has had enough; gives what it said.</summary>
        public async Task<string> Dribble()
        {
            var watch = Stopwatch.StartNew();
            var more = More();
            while (watch.Elapsed < Patience)
            {
                try
                {
                    if (!await more.WaitAsync(TimeSpan.FromMilliseconds(100)))
                    {
                        return said.ToString();
                    }

                    more = More();
                }
                catch (TimeoutException)
                {
                    try
                    {
                        await Send("x");
                    }
                    catch (IOException)
                    {
                        // Closed already: what it said comes with the next read.
                    }
                }
            }

            throw new TimeoutException($"Never cut off: {said}");
        }

        public void Dispose() => client.Dispose();

        private async Task<bool> More()
        {
            try
            {
                var count = await stream.ReadAsync(buffer);
                said.Append(Encoding.UTF8.GetString(buffer, 0, count));
                return count > 0;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
