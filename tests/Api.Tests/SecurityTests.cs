// Holes that the security review found (docs/security.md), each by its name, and promises that nothing else holds.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rdfe.Api.Http;
using Rdfe.Api.Tests.Abuse;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;
using Rdfe.Testing;

// On Windows the tests that ask for modes of files are skipped, which the analyser does not see.
#pragma warning disable CA1416
namespace Rdfe.Api.Tests;

[Trait("spec", "R3")]
public sealed class SecurityTests
{
    private const string Capability = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task The_log_told_the_capability_of_a_guest_whose_question_failed()
    {
        var log = new KeptLog();
        using var factory = LoggerFactory.Create(b => b.AddProvider(log));
        var edge = new EdgeMiddleware(_ => throw new InvalidOperationException("broken"), new DbContextOptions<RdfeDbContext>(), factory.CreateLogger<EdgeMiddleware>());
        var http = new DefaultHttpContext { Request = { Method = "GET", Path = $"/instances/{Capability}/metadata/instance" } };
        await edge.InvokeAsync(http);
        Assert.Equal(500, http.Response.StatusCode);
        Assert.Contains("/instances/***/metadata/instance", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain(Capability, log.Lines.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guests_capability_is_in_no_trace()
    {
        var trace = ActivityTraceId.CreateRandom();
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = a =>
            {
                if (a.TraceId == trace)
                {
                    told.TrySetResult(string.Join(' ', a.TagObjects.Select(t => $"{t.Key}={t.Value}").Append(a.DisplayName)));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var app = new RdfeApp();
        var question = new HttpRequestMessage(HttpMethod.Get, $"/instances/{Capability}/metadata/versions");
        question.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using var answer = await app.ClientWith(null).SendAsync(question);
        Assert.Equal(400, (int)answer.StatusCode);
        Assert.DoesNotContain(Capability, await told.Task.WaitAsync(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_does_not_name_itself_and_no_page_of_others_is_let_in()
    {
        using var app = new RdfeApp();
        app.UseKestrel(0);
        _ = app.Operator;
        using var connection = new RawConnection(app.ClientOptions.BaseAddress);
        foreach (var asked in (string[])["OPTIONS /subscriptions", "GET /"])
        {
            var answer = await connection.SendAsync(Encoding.ASCII.GetBytes(
                $"{asked} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://elsewhere.example\r\nAccess-Control-Request-Method: GET\r\n\r\n"),
                head: false, endsHere: false);
            Assert.True(answer.IsOfTheProgram);
            Assert.DoesNotContain(answer.Headers.Keys, h => h.StartsWith("access-control", StringComparison.OrdinalIgnoreCase)
                || h.Equals("server", StringComparison.OrdinalIgnoreCase) || h.Equals("set-cookie", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task The_log_told_the_addresses_of_webhooks_with_the_secrets_in_their_paths()
    {
        var log = new KeptLog();
        using var app = new RdfeApp { Replace = s => s.AddSingleton<ILoggerProvider>(log) };
        _ = app.Operator;
        using var client = app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(Features.Webhooks.WebhookSender.ClientName);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("http://localhost:1/T0/B0/hook-secret"));
        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(log.Lines, l => l.Contains("hook-secret", StringComparison.Ordinal));
    }

    [Fact]
    public void A_webhook_is_led_nowhere_else_by_redirections_proxies_or_cookies()
    {
        using var handler = Features.Webhooks.WebhookSender.HandlerFor(new WebhookOptions());
        Assert.False(handler.AllowAutoRedirect || handler.UseProxy || handler.UseCookies);
    }

    [Fact]
    public void Whoever_had_a_network_of_version_6_had_a_full_bucket_for_each_of_its_addresses()
    {
        var rates = new RateLimits(Options.Create(new RdfeOptions { Limits = { UnauthenticatedPerSecond = 2 } }), new TestClock());
        bool Taken(string address) => rates.Unauthenticated(RateLimits.OriginOf(IPAddress.Parse(address))) is null;
        Assert.True(Taken("2606:2800:220:1::1"));
        Assert.True(Taken("2606:2800:220:1:ffff::2"));
        Assert.False(Taken("2606:2800:220:1:1:2:3:4"));
        Assert.True(Taken("2606:2800:220:2::1"));
        Assert.Equal(RateLimits.OriginOf(IPAddress.Parse("192.0.2.1")), RateLimits.OriginOf(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.NotEqual(RateLimits.OriginOf(IPAddress.Parse("192.0.2.1")), RateLimits.OriginOf(IPAddress.Parse("192.0.2.2")));
    }

    [Theory]
    [InlineData("short", false)]
    [InlineData("fifteen-letters", false)]
    [InlineData("sixteen--letters", true)]
    [InlineData("", true)]
    public void An_operators_key_of_a_few_letters_was_accepted(string key, bool good)
    {
        var result = new RdfeOptionsRules().Validate(null, new RdfeOptions { OperatorKey = key });
        Assert.Equal(good, result.Succeeded);
        Assert.DoesNotContain(result.Failures ?? [], f => key.Length > 0 && f.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_a_data_folder_that_was_open_to_all_the_store_was_readable_by_all()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes: the folder's access list is inherited.");
        using var app = RdfeApp.With(("Rdfe:OperatorKey", ""));
        Open(app.Folder);
        // As an earlier version left it, or a hand that was not careful.
        var key = Path.Combine(app.Folder, DataFolder.OperatorKeyName);
        await File.WriteAllTextAsync(key, "a-key-that-was-put-here");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await app.ClientWith("a-key-that-was-put-here").GetAsync("/subscriptions").Expect(200);
        await app.ClientWith("a-key-that-was-put-here").PostAsync("/fabric/emulator/snapshot", RdfeApp.Json(new { name = "s" })).Expect(201);
        Assert.Empty(ReadableByOthers(app.Folder));
        Assert.NotEqual(UnixFileMode.None, File.GetUnixFileMode(app.Folder) & UnixFileMode.OtherRead);
    }

    [Fact]
    public void A_secret_was_written_into_a_file_that_others_could_read_already()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such modes: the folder's access list is inherited.");
        var root = Directory.CreateTempSubdirectory("rdfe-test-").FullName;
        try
        {
            using var folder = new DataFolder(root);
            var path = folder.At(DataFolder.OperatorKeyName);
            File.WriteAllText(path, "");
            Open(path);
            folder.WriteSecret(DataFolder.OperatorKeyName, "secret");
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal("secret", File.ReadAllText(path));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Open(string path) =>
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

    // Every file with content that a way of readable folders leads to.
    private static List<string> ReadableByOthers(string folder) =>
    [
        .. Directory.EnumerateFiles(folder).Where(f => new FileInfo(f).Length > 0 && Lets(f, UnixFileMode.OtherRead)),
        .. Directory.EnumerateDirectories(folder).Where(d => Lets(d, UnixFileMode.OtherExecute)).SelectMany(ReadableByOthers),
    ];

    private static bool Lets(string path, UnixFileMode mode) => (File.GetUnixFileMode(path) & mode) != 0;

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
