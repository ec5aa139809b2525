// The whole program behind an in-memory server, on a real SQLite file in a folder of its own.
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Time;
using Rdfe.Testing;

[assembly: AssemblyFixture(typeof(Rdfe.Api.Tests.RdfeApp))]

namespace Rdfe.Api.Tests;

/// <summary>
/// One for all tests that can share it; a test that needs other settings makes its own with <see cref="With"/>.
/// </summary>
public class RdfeApp : WebApplicationFactory<Program>
{
    public const string OperatorKey = "operator-key-of-the-tests";
    private static int seeds = 1000;
    private readonly Dictionary<string, string?> settings = new(StringComparer.Ordinal)
    {
        ["Rdfe:OperatorKey"] = OperatorKey,
        ["Rdfe:Limits:RequestsPerSecond"] = "1000000",
        ["Rdfe:Limits:UnauthenticatedPerSecond"] = "1000000",
    };

    private HttpClient? theOperator;
    private readonly SeededIds subscriptionIds = new(Interlocked.Increment(ref seeds));

    public RdfeApp()
    {
        Folder = Directory.CreateTempSubdirectory("rdfe-test-").FullName;
        settings["Rdfe:DataFolder"] = Folder;
        settings["Rdfe:Topology"] = Path.Combine(Repository.Root, "topologies", "small.json");
        settings["Rdfe:Clock:Rate"] = "0";
        // The test host knows one life of the program only.
        settings["Rdfe:Takeover:StepDown"] = "exit";
    }

    public string Folder { get; }

    public Action<IServiceCollection>? Replace { get; set; }

    /// <summary>One for all calls: each client has connections of its own, and the factory keeps every one until the end.</summary>
    public HttpClient Operator => theOperator ??= ClientWith(OperatorKey);

    public static RdfeApp With(params (string Key, string Value)[] settings)
    {
        var app = new RdfeApp();
        foreach (var (key, value) in settings)
        {
            app.settings[key] = value;
        }

        return app;
    }

    public void Set(string key, string value) => settings[key] = value;

    public HttpClient ClientWith(string? key)
    {
        // The factory starts its server on first use, and tests run at once: one of them starts it.
        lock (settings)
        {
            StartServer();
        }

        var client = CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false, BaseAddress = ClientOptions.BaseAddress });
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A fresh subscription and its operator's view of it.</summary>
    public async Task<Tenant> TenantAsync(object? quotas = null)
    {
        var id = subscriptionIds.NextGuid();
        var tenant = new Tenant(this, id, Operator);
        await tenant.Http.PutAsync(tenant.Path(""), Json(new { displayName = "Test", quotas })).Expect(201);
        return tenant;
    }

    /// <summary>Moves the fabric's clock, running all that falls due on the way.</summary>
    public Task Advance(Duration by)
    {
        var now = Services.GetRequiredService<FabricClock>().Now;
        return Services.GetRequiredService<FabricEngine>().AdvanceTo(now + by).WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Holds every book of the store against what it counts.</summary>
    public void CheckBooks()
    {
        using var db = Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();
        Books.Check(db, Services.GetRequiredService<FabricCatalogue>().Topology);
    }

    public static HttpContent Json(object body) =>
        new StringContent(System.Text.Json.JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    public static HttpContent Text(string body, string mediaType = "application/json") =>
        new StringContent(body, Encoding.UTF8, mediaType);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }

        builder.ConfigureLogging(l => l.ClearProviders());
        builder.ConfigureTestServices(s =>
        {
            s.AddSingleton<IdSource>(new SeededIds());
            Replace?.Invoke(s);
        });
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Directory.Exists(Folder))
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(Folder, recursive: true);
        }
    }
}

/// <summary>A subscription as a test uses it.</summary>
public sealed record Tenant(RdfeApp App, Guid Id, HttpClient Http)
{
    public string Path(string below) => $"/subscriptions/{Id}{below}";

    public Task<HttpResponseMessage> Put(string below, object body) => Http.PutAsync(Path(below), RdfeApp.Json(body));

    public Task<HttpResponseMessage> Patch(string below, object body) =>
        Http.PatchAsync(Path(below), RdfeApp.Json(body));

    public Task<HttpResponseMessage> Post(string below, object? body = null) =>
        Http.PostAsync(Path(below), body is null ? null : RdfeApp.Json(body));

    public Task<HttpResponseMessage> Get(string below) => Http.GetAsync(Path(below));

    public Task<HttpResponseMessage> Delete(string below) => Http.DeleteAsync(Path(below));

    /// <summary>The same subscription, as the holder of a key with this role sees it.</summary>
    public async Task<Tenant> As(string role)
    {
        var key = await Put($"/keys/{role}", new { role }).Expect(201);
        return this with { Http = App.ClientWith((string)key["secret"]!) };
    }
}

public static class Expectations
{
    /// <summary>The document of an answer that must have this status; a failure shows what came instead.</summary>
    public static async Task<JsonObject> Expect(this Task<HttpResponseMessage> sending, int status)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"Expected {status}, got {(int)response.StatusCode}: {text}");
        return text.Length == 0 ? [] : (JsonObject)JsonNode.Parse(text)!;
    }

    /// <summary>The problem of a refused request.</summary>
    public static async Task<JsonObject> ExpectProblem(this Task<HttpResponseMessage> sending, int status, string code)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"Expected {status}, got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = (JsonObject)JsonNode.Parse(text)!;
        Assert.Equal(code, (string?)problem["code"]);
        Assert.Equal(status, (int?)problem["status"]);
        foreach (var member in (string[])["type", "title", "detail", "instance", "traceId"])
        {
            Assert.False(string.IsNullOrEmpty((string?)problem[member]), $"The problem has no {member}: {text}");
        }

        return problem;
    }
}
